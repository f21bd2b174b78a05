"""The records of intake as they are stored."""

from typing import Any

Case = dict[str, Any]
Visit = dict[str, Any]
Patient = dict[str, Any]
