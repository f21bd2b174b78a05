"""Codes of applications that no other rule owns: professions, reasons for an end, attendance."""

from services.training.rules import hands_on
from services.training.rules.documents import tuberculosis

PROFESSIONS = (*hands_on.PROFESSIONS, "pharmacist", "dietitian", "psychologist", "administrator", "student", "other")
SCHEMES = tuple(tuberculosis.screening_table()["exempt"])
"""Schemes exempt from the tuberculosis screening before entry."""
SEXES = ("male", "female", "other", "unknown")
WITHDRAW_REASONS = ("applicant", "family", "health", "visa", "funding", "other_place", "other")
REJECT_REASONS = ("no_capacity", "not_qualified", "papers", "condition_not_met", "not_offered", "duplicate", "other")
END_REASONS = ("health", "conduct", "family", "visa", "host", "security", "other")
ATTENDED = ("present", "half", "absent")
EVALUATED = ("trainee", "programme")
DOCUMENT_STATES = ("to_check", "accepted", "refused")
DECISIONS = ("accepted", "waitlisted", "rejected")
