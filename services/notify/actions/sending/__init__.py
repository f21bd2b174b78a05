"""How notices leave: dispatcher (who is tried when, by lease), webhooks and mail (one try each), connection (the HTTP call)."""
