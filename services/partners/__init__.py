"""Owns `partners`: organizations with their contacts, API keys (as keyed hashes) and webhook endpoints; and `agreements`.

Publishes organization.*, agreement.*, api_key.issued|revoked, webhook.changed. Hears accounts, notify's endpoint.disabled, and training's
placements (`stays`, from which activity is counted).
"""
