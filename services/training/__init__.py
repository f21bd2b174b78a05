"""Owns programmes and applications: training of people from elsewhere, stays of the hospital's staff abroad, in-house courses.

Publishes programme.*, application.*, paper.*, placement.*, certificate.issued, group.*, batch.* and the other events of an application.
Consumes partners' organizations and agreements, accounts, departments, and notify's delivered notifications.
"""
