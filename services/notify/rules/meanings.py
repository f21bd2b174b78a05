"""What the codes of the API mean, for its document: a sentence for each, or the section of the pages' words that names them."""

from collections.abc import Mapping

from services.notify.rules import audience, inbox, notices, preferences

MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    audience.KINDS: "preferences.means",
    inbox.STATES: {
        "unread": "Not read by the caller yet",
        "all": "All but what is archived",
        "archived": "What was put away",
    },
    notices.CHANNELS: {
        "inbox": "On the pages of the recipient",
        "email": "By e-mail",
        "webhook": "To an endpoint of an organization",
    },
    preferences.SWITCHED: {"inbox": "On the pages of the recipient", "email": "By e-mail"},
    notices.STATUSES: {
        "queued": "It leaves now",
        "scheduled": "It leaves at `due_at`",
        "sending": "It is on its way",
        "delivered": "It was taken",
        "failed": "It is tried again at `due_at`",
        "dead": "It could not be delivered, and is tried no more",
        "uncertain": "Whether it arrived is not known; a person settles it",
        "suppressed": "It was not sent; `reason` says why",
    },
    ("true", "false"): {"true": "Only what is unread", "false": "What `state` says"},
}
