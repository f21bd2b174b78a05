"""The domain rules of partners, without I/O: organizations and their states, API keys, webhook endpoints, agreements and their activity."""
