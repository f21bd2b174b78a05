"""What training can do, one function per verb, by noun; `Parts` is what every action is handed: no globals, no clients made here."""

from services.training.actions.parts import Parts, Secrets

__all__ = ["Parts", "Secrets"]
