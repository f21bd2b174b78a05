"""Read copies rebuilt from the event logs of those who published: a consumer requests them, a publisher sends them again."""
