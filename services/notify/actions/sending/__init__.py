"""How notices leave: dispatcher (who is tried when, by lease), webhooks and mail (one try each), contact (an applicant's address, asked of its owner), connection (the HTTP call)."""
