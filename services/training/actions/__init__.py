"""What training can do, one function per verb, by noun; `Dependencies` is what every action is handed: no globals, no clients made here."""

from services.training.dependencies import Dependencies, Secrets

__all__ = ["Dependencies", "Secrets"]
