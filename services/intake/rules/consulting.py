"""When departments see patients, as far as times are proposed for a visit: the usual hours of outpatient clinics, the emergency
department around the clock. Whoever books may type any other time.
"""

OPENS, CLOSES = "08:30", "17:15"
ALWAYS_OPEN = ("emergency",)
