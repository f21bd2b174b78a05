"""Owns `cases` (with their visits, messages, documents) and `patients`; personal data stand in sealed blocks.

Publishes referral.*, case.*, visit.*, document.*, message.*, patient.*. Hears organizations, keys, departments, accounts, bookings, deliveries.
"""
