"""No cell of a CSV of ours is taken for a formula, whatever is in a name; numbers stay numbers."""

import csv
import io

import pytest

from shared.csv_safe import cell, written


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "　＝"])
def test_what_begins_like_a_formula_is_made_text(begin):
    assert cell(f"{begin}cmd|' /C calc'!A0").startswith("'")


def test_numbers_also_below_nothing_stay_numbers_and_nothing_is_empty():
    assert (cell(-3), cell(2.5), cell(None), cell("A-1"), cell("")) == (-3, 2.5, "", "A-1", "")


def test_it_opens_as_utf_8_and_reads_back():
    content = written([["国", 'a "quoted", one'], ["タイ\nx", -1]])
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))) == [["国", 'a "quoted", one'], ["タイ\nx", "-1"]]  # fmt: skip
