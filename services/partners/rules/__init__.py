"""What partners decides, without I/O: organizations and their states, API keys, webhook endpoints."""
