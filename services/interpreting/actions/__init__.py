"""What interpreting can do, by noun: roster, bookings by hand, offers, an interpreter's own, planning, what follows from a
visit, what is looked at again.
"""

from services.interpreting.actions.again import look_again
from services.interpreting.actions.desk import (
    BookingFilter,
    assign,
    cancel,
    explain,
    find_booking,
    list_bookings,
    release,
    why_not,
)
from services.interpreting.actions.offering import accept, answer_by_link, by_link, decline, offer, run_out, withdraw
from services.interpreting.actions.own import (
    calendar,
    change_availability,
    consequences,
    drop_calendar_link,
    entry_of,
    fresh_token,
    new_calendar_link,
    own_ids,
    own_offer,
    own_offers,
)
from services.interpreting.actions.parts import Parts
from services.interpreting.actions.planning import SlotWish, day_plan, free_slots
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
    "SlotWish",
    "accept",
    "answer_by_link",
    "assign",
    "by_link",
    "calendar",
    "cancel",
    "change_availability",
    "consequences",
    "correct_visit",
    "day_plan",
    "decline",
    "drop_calendar_link",
    "end_visit",
    "entry_of",
    "explain",
    "find_booking",
    "find_interpreter",
    "free_slots",
    "fresh_token",
    "list_bookings",
    "list_interpreters",
    "look_again",
    "new_calendar_link",
    "offer",
    "own_ids",
    "own_offer",
    "own_offers",
    "register_interpreter",
    "release",
    "request_booking",
    "reschedule_visit",
    "run_out",
    "start_visit",
    "update_interpreter",
    "update_visit",
    "why_not",
    "withdraw",
]
