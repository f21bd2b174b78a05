"""Owns `cases` (with their visits, messages, documents) and `patients`. Personal data are stored in encrypted blocks.

Publishes referral.*, case.*, visit.*, document.*, message.*, patient.*. Consumes organizations, keys, departments, accounts, bookings, deliveries.
"""
