"""Owns `partners`: organizations with their contacts, API keys (as keyed hashes) and webhook endpoints.

Says organization.*, api_key.issued|revoked, webhook.changed. Hears accounts, and notify's endpoint.disabled.
"""
