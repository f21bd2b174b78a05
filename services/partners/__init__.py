"""Owns `partners`: organizations with their contacts, API keys (as keyed hashes) and webhook endpoints; and `agreements`.

Publishes organization.*, agreement.*, api_key.issued|revoked, webhook.changed. Consumes accounts, notify's endpoint.disabled, and training's
placements (the read copy `stays`, from which activity is counted).
"""
