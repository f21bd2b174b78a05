"""notify owns `notifications`: one notice per cause, recipient and channel.

Says: notification.delivered, notification.dead, endpoint.disabled, preferences.changed.
Hears: intake's cases and visits, interpreting's bookings and interpreters, partners' organizations and webhooks, accounts, departments.
"""
