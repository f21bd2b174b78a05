"""Meanings of the API's codes for the OpenAPI document: a sentence for each, or the section of the words files that names them."""

from collections.abc import Mapping

from services.notify.rules import audience, inbox, notifications, preferences

MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    audience.KINDS: "preferences.means",
    inbox.STATES: {
        "unread": "Entries the caller has not read",
        "all": "All entries except archived ones",
        "archived": "Archived entries",
    },
    notifications.CHANNELS: {
        "inbox": "In the recipient's inbox on the pages",
        "email": "By e-mail",
        "webhook": "To a webhook endpoint of an organization",
    },
    preferences.SWITCHABLE_CHANNELS: {"inbox": "In the recipient's inbox on the pages", "email": "By e-mail"},
    notifications.STATUSES: {
        "queued": "It is sent now",
        "scheduled": "It is sent at `due_at`",
        "sending": "It is being sent",
        "delivered": "The receiver accepted it",
        "failed": "It is tried again at `due_at`",
        "dead": "It could not be delivered and is not tried again",
        "uncertain": "It is not known whether it arrived; a person settles it",
        "suppressed": "It was not sent; `reason` says why",
    },
    ("true", "false"): {"true": "Only unread entries", "false": "The entries that `state` selects"},
}
