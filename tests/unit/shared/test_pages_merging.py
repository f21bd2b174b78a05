"""Two people save the same form: each field keeps what was changed of it, whoever was first; nothing else is touched."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from shared.ui.merging import Merged, merged, snapshot
from shared.ui.refusals import Change, Clash, Form
from shared.ui.typed import read_typed

NAMES = ("name.latin", "phone", "needs.diet", "seen_by", "rows.0.tag", "rows.0.level", "rows.1.tag", "rows.1.level")
WORDS = st.sampled_from(["", "a", "b", "ค", "two\nlines", " kept "])
FORMS = st.fixed_dictionaries(dict.fromkeys(NAMES, WORDS))


def both(began: dict[str, str], mine: dict[str, str], theirs: dict[str, str]) -> Merged:
    return merged(_sent(mine), snapshot(_values(began)), _values(theirs))


def _values(form: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] if value else [] for name, value in form.items()}


def _sent(form: dict[str, str]) -> MultiDict[str, str]:
    return read_typed(MultiDict(form)).values


def _as_form(result: Merged) -> dict[str, str]:
    return dict.fromkeys(NAMES, "") | dict(result.fields)


def _same(one: str, other: str) -> bool:
    return one.strip() == other.strip()


@given(began=FORMS, mine=FORMS, theirs=FORMS)
def test_a_field_is_mine_where_i_changed_it_and_theirs_where_i_did_not(began: Any, mine: Any, theirs: Any) -> None:
    result = _as_form(both(began, mine, theirs))
    for name in ("name.latin", "phone", "needs.diet", "seen_by"):
        expected = theirs[name] if _same(mine[name], began[name]) else mine[name]
        assert _same(result[name], expected), name


@given(began=FORMS, mine=FORMS, theirs=FORMS)
def test_numbered_rows_are_one_thing(began: Any, mine: Any, theirs: Any) -> None:
    result = _as_form(both(began, mine, theirs))
    rows = [name for name in NAMES if name.startswith("rows.")]
    touched = any(not _same(mine[name], began[name]) for name in rows)
    assert all(_same(result[name], (mine if touched else theirs)[name]) for name in rows)


@given(began=FORMS, mine=FORMS)
def test_over_a_record_that_did_not_change_the_form_stands_as_it_was_sent(began: Any, mine: Any) -> None:
    result = both(began, mine, began)
    assert all(_same(_as_form(result)[name], mine[name]) for name in NAMES)
    assert all(one.now is None for one in result.differences)


@given(began=FORMS, theirs=FORMS)
def test_an_untouched_form_changes_nothing(began: Any, theirs: Any) -> None:
    result = both(began, began, theirs)
    assert result.differences == []
    assert all(_same(_as_form(result)[name], theirs[name]) for name in NAMES)


@given(mine=FORMS, theirs=FORMS, lost=st.sampled_from(["", "nonsense", "[1]", '{"phone": 3}']))
def test_without_what_the_form_began_with_nothing_of_mine_is_lost(mine: Any, theirs: Any, lost: str) -> None:
    result = _as_form(merged(_sent(mine), lost, _values(theirs)))
    assert all(_same(result[name], mine[name]) for name in NAMES if mine[name].strip())


def test_what_both_changed_is_shown_and_what_both_changed_alike_is_not() -> None:
    began = dict.fromkeys(NAMES, "")
    result = both(began, began | {"phone": "1", "seen_by": "x"}, began | {"phone": "2", "seen_by": "x"})
    assert {one.name: one.now for one in result.differences} == {"phone": ["2"], "seen_by": None}


def test_a_box_taken_out_by_me_stays_out_and_one_taken_out_by_them_too() -> None:
    began = {"box": ["on"], "other": ["on"]}
    result = merged(MultiDict([("other", "on")]), snapshot(began), {"box": ["on"], "other": []})
    assert list(result.fields) == []


def test_a_choice_without_an_empty_option_begins_as_the_browser_sends_it() -> None:
    form = Form("/x", {"kind": None, "level": "b"}, 1, False, None, "f")
    for name in ("kind", "level"):
        form.offers(name, [("a", "A"), ("b", "B")], False)
    assert form.shown == {"kind": ["a"], "level": ["b"]}
    assert form.seen == snapshot({"kind": ["a"], "level": ["b"]})


def test_the_last_change_of_its_noun_and_part_tells_whether_an_act_is_recorded() -> None:
    def clash(*events: tuple[str, str]) -> Clash:
        return Clash([Change(None, "sato", name, name, about) for name, about in events], 3, "/")  # type: ignore[arg-type]

    arrived = ("visit.arrived", "v1")
    assert clash(arrived).recorded("visit.arrived", ["v1"]) is not None
    assert clash(arrived, ("case.care_started", ""), ("message.posted", "")).recorded("visit.arrived", ["v1"])
    assert clash(arrived, ("visit.booked", "v2")).recorded("visit.arrived", ["v1"])
    assert clash(arrived, ("visit.corrected", "v1")).recorded("visit.arrived", ["v1"]) is None
    assert clash(("visit.arrived", "v2")).recorded("visit.arrived", ["v1"]) is None
    assert clash(("visit.no_show", "v1")).recorded("visit.arrived", ["v1"]) is None
    assert clash().recorded("visit.arrived", ["v1"]) is None
