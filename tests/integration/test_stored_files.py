"""A content and the record that names it: what is taken away again, and what is better kept."""

import pytest
from gridfs import GridFSBucket
from pymongo.errors import AutoReconnect

from shared.errors import Conflict
from shared.outbox.records import StaleRecord
from shared.stored_files import Files


@pytest.mark.parametrize(
    ("fault", "kept"), [(None, True), (StaleRecord("a"), False), (Conflict("no"), False), (AutoReconnect("away"), True)]
)
def test_only_what_no_record_can_name_is_taken_away(database, fault, kept):
    files, names = Files(database), []

    def write() -> None:
        with files.until_named() as put:
            names.extend([put([b"on", b"e"]), put([b"two"])])
            if fault:
                raise fault

    if fault:
        with pytest.raises(type(fault)):
            write()
    else:
        write()
    found = [files.get(name) for name in names]
    assert [one and b"".join(one) for one in found] == ([b"one", b"two"] if kept else [None, None])


def test_a_content_of_many_chunks_comes_back_and_goes_altogether(database):
    files, whole = Files(database), bytes(range(256)) * 20_000
    name = files.put(whole[place : place + 100_000] for place in range(0, len(whole), 100_000))
    assert b"".join(files.get(name)) == whole
    bucket = GridFSBucket(database, "documents")
    assert bucket.open_download_stream(name).read() == whole, "any GridFS reader opens it"
    files.drop(name)
    assert files.get(name) is None and database["documents.chunks"].count_documents({}) == 0
