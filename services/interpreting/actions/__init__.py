"""What interpreting can do, by noun: roster, bookings by hand, what follows from a visit, what is looked at again."""

from services.interpreting.actions.again import look_again
from services.interpreting.actions.desk import (
    BookingFilter,
    assign,
    cancel,
    explain,
    find_booking,
    list_bookings,
    release,
)
from services.interpreting.actions.parts import Parts
from services.interpreting.actions.roster import (
    find_interpreter,
    list_interpreters,
    register_interpreter,
    update_interpreter,
)
from services.interpreting.actions.visits import (
    correct_visit,
    end_visit,
    request_booking,
    reschedule_visit,
    start_visit,
    update_visit,
)

__all__ = [
    "BookingFilter",
    "Parts",
    "assign",
    "cancel",
    "correct_visit",
    "end_visit",
    "explain",
    "find_booking",
    "find_interpreter",
    "list_bookings",
    "list_interpreters",
    "look_again",
    "register_interpreter",
    "release",
    "request_booking",
    "reschedule_visit",
    "start_visit",
    "update_interpreter",
    "update_visit",
]
