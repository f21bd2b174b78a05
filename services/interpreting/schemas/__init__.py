"""Schemas of what comes in and goes out over HTTP. The only patient data are ids, references and the language."""
