"""The JSON API by noun: programmes (public and the house's), applications with their commands, papers, groups, a certificate's check."""

from services.training.routes import applications, certificates, groups, papers, placements, programmes

BLUEPRINTS = [programmes.blp, applications.blp, papers.blp, placements.blp, groups.blp, certificates.blp]
"""In the order of the docs."""
