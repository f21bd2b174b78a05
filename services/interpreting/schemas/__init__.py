"""Shapes of what comes in and goes out over HTTP, by noun. Nothing of a patient but ids, references and the language."""
