"""The JSON API: agencies.py for agencies, cases.py and visits.py for the desk. One short view per endpoint."""

from services.intake.routes import agencies, cases, visits

BLUEPRINTS = [agencies.blp, cases.blp, visits.blp]
