"""A file sealed in segments opens only as it was: whole, in order, under its record and block."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sealing import SEGMENT_BYTES, DataKey, Unreadable

KEY = DataKey("r-1", b"\x01" * 32)
SIZES = [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 7]


def content(size: int) -> bytes:
    return bytes(place % 251 for place in range(size))


def sealed(size: int, key: DataKey = KEY, block: str = "document/1") -> list[bytes]:
    return list(key.seal_stream(block, io.BytesIO(content(size))))


@pytest.mark.parametrize("size", SIZES)
def test_it_opens_however_it_is_cut_into_pieces(size: int) -> None:
    whole = b"".join(sealed(size))
    for step in (1 << 10, 255 * 1024, len(whole) or 1):
        pieces = [whole[place : place + step] for place in range(0, len(whole), step)]
        assert b"".join(KEY.open_stream("document/1", pieces)) == content(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_cut_short_or_goes_on_does_not_open(size: int) -> None:
    salt, *segments = sealed(size)
    for wrong in (
        [],
        [salt],
        [salt, *segments[:-1]],
        [salt, *segments[:-1], segments[-1][:-1]],
        [salt, *segments, b"\0"],
        [salt, *segments, segments[-1]],
        [b"\0" * 32, *segments],
        [salt[:-1], *segments],
    ):
        with pytest.raises(Unreadable):
            list(KEY.open_stream("document/1", wrong))


def test_segments_stay_in_their_places_and_files() -> None:
    salt, *segments = sealed(3 * SEGMENT_BYTES + 7)
    other = sealed(3 * SEGMENT_BYTES + 7)
    for wrong in (
        [salt, segments[1], segments[0], *segments[2:]],
        [salt, segments[0], *segments[2:]],
        [salt, segments[0], segments[0], *segments[2:]],
        [salt, other[1], *segments[1:]],
    ):
        with pytest.raises(Unreadable):
            list(KEY.open_stream("document/1", wrong))


def test_it_is_bound_to_record_block_and_key() -> None:
    whole = sealed(10)
    for key, block in (
        (KEY, "document/2"),
        (DataKey("r-2", b"\x01" * 32), "document/1"),
        (DataKey("r-1", b"\x02" * 32), "document/1"),
    ):
        with pytest.raises(Unreadable):
            list(key.open_stream(block, whole))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2 * SEGMENT_BYTES), st.data())
def test_no_altered_byte_passes(size: int, data: st.DataObject) -> None:
    whole = bytearray(b"".join(sealed(size)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unreadable):
        list(KEY.open_stream("document/1", [bytes(whole)]))


def test_a_file_is_read_from_its_beginning_again() -> None:
    source = io.BytesIO(b"abc")
    for _ in range(2):
        assert b"".join(KEY.open_stream("d", KEY.seal_stream("d", source))) == b"abc"
