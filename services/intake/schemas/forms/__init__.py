"""Shapes of the pages' queries and forms, by noun. Shapes that the API has too are in requests.py."""
