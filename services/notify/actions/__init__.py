"""What notify can do: tell (telling), keep what others own (copies), send (sending/), end and settle (ending), show (reading)."""

from services.notify.actions.parts import Means, Parts

__all__ = ["Means", "Parts"]
