"""notify owns `notifications`: one notice per cause, recipient and channel.

Says: notification.delivered, notification.dead, notification.suppressed, endpoint.disabled, preferences.changed.
Hears: intake's cases and visits, interpreting's bookings and interpreters, partners' organizations, agreements and webhooks, training's
applications and placements, accounts, departments.
"""
