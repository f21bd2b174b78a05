"""The JSON API by noun: programmes, applications with their commands, documents, placements, groups, certificates."""

from services.training.routes import applications, certificates, documents, groups, placements, programmes

BLUEPRINTS = [programmes.blp, applications.blp, documents.blp, placements.blp, groups.blp, certificates.blp]
"""In the order of the documentation."""
