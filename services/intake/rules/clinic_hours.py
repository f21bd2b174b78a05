"""Hours between which times are proposed for a visit: those of outpatient clinics; all day for the emergency department.

Any other time can be typed.
"""

OPENS, CLOSES = "08:30", "17:15"
ALWAYS_OPEN = ("emergency",)
