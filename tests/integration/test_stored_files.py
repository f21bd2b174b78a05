"""A content and the record that names it: what is taken away again, and what is better kept."""

import pytest
from pymongo.errors import AutoReconnect

from shared.errors import Conflict
from shared.records import StaleRecord
from shared.stored_files import Files


@pytest.mark.parametrize(
    ("fault", "kept"), [(None, True), (StaleRecord("a"), False), (Conflict("no"), False), (AutoReconnect("away"), True)]
)
def test_only_what_no_record_can_name_is_taken_away(database, fault, kept):
    files, names = Files(database), []

    def write() -> None:
        with files.until_named() as put:
            names.extend([put(b"one"), put(b"two")])
            if fault:
                raise fault

    if fault:
        with pytest.raises(type(fault)):
            write()
    else:
        write()
    assert [files.get(name) for name in names] == ([b"one", b"two"] if kept else [None, None])
