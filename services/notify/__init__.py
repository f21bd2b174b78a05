"""Owns `notifications`: one for each cause, recipient and channel.

Publishes notification.delivered|dead|suppressed, endpoint.disabled, preferences.changed.
Consumes intake's cases and visits, interpreting's bookings and interpreters, partners' organizations, agreements and webhooks, training's
applications and placements, accounts, departments.
"""
