"""The JSON API, one short view per endpoint: organizations, keys and agreements for staff, self-service for agencies."""
