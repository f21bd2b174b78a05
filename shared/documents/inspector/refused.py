"""The exception by which an inspector rejects a file."""


class Refused(Exception):
    """The file is rejected. `reason`: a code of `shared.documents.formats`; `media_type`: the type whose parser rejected it, if any."""

    def __init__(self, reason: str, media_type: str = "") -> None:
        super().__init__(reason)
        self.reason, self.media_type = reason, media_type
