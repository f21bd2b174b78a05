"""The one way an inspector says no."""


class Refused(Exception):
    """`reason`: a code of `shared.documents.formats`; `media_type`: whose parser said it, where one did."""

    def __init__(self, reason: str, media_type: str = "") -> None:
        super().__init__(reason)
        self.reason, self.media_type = reason, media_type
