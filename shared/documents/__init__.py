"""Uploaded documents: accepted types, inspection, file names for download."""
