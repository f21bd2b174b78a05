"""Training owns programmes and applications: who may come to learn here, and whom of ours we send abroad.

Publishes training.programme.*, application.*, paper.*, placement.*, certificate.issued, group.*, batch.* and what else happens to an application;
consumes partners' organizations and agreements, accounts and departments, and which of notify's mails reached an applicant.
"""
