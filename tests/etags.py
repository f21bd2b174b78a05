"""What an ETag of the API says: `"7-5f0c…"` is version 7 of a record, which If-Match is about, and a digest of all that is shown."""

import re
from typing import Any


def version(answer: Any) -> int:
    """The record's version in the ETag of an answer, of whichever client."""
    found = re.fullmatch(r'"([0-9]+)-[0-9a-f]{24}"', answer.headers["ETag"])
    assert found, answer.headers["ETag"]
    return int(found[1])
