"""The JSON API: agencies.py for agencies, cases.py, visits.py and patients.py for the desk. One short view per endpoint."""

from services.intake.routes import agencies, cases, patients, visits

BLUEPRINTS = [agencies.blp, cases.blp, visits.blp, patients.blp]
