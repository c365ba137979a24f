"""Whatever the bytes of a ledger or plan are, the answer is a table or a list of problems."""

from __future__ import annotations

import gzip
import string
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.ledger import Ledger, Reading, from_rows, known_on, ledger_of_bytes
from sim.ledger.write import ledger_rows
from sim.plan import plan_of_bytes

MILESTONES = ("signed", "started", "built")
READING = Reading(MILESTONES, money="万元", today=date(2026, 1, 1))
CELLS = st.sampled_from(
    [
        *("", "P1", "P2", "2021-01-04", "2020-01-01", "2021-02-30", "unknown", "是", "合计", "starts", "个"),
        *("3500", "-1", "3亿元", "1e400", "nan", '"', "\ufeff", "１２", "2021", "13", "adjusted", "9" * 400),
        *("²", "٣"),
    ]
)
HEADERS = st.sampled_from(
    [
        *(
            "id",
            "signed",
            "started",
            "built",
            "签约",
            "investment",
            "投资(亿元)",
            "area",
            "planned_signed",
            "",
        ),
        *("reported_started", "withdrawn", "measure", "target", "unit", "year", "month", "version", "date"),
        "scope",
    ]
)
TABLES = st.tuples(
    st.lists(HEADERS, min_size=1, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=5)
).map(lambda t: "\n".join(",".join(row) for row in [t[0], *t[1]]).encode())


def said(error: InputError) -> None:
    """At least one problem, each with its remedy."""
    assert error.problems
    assert all(p.expected and p.remedy for p in error.problems)


def sound(data: bytes) -> None:
    """Read as a ledger and as a plan; nothing but `InputError` may come out."""
    try:
        ledger = ledger_of_bytes(data, "t.csv", READING)
    except InputError as error:
        said(error)
    else:
        assert len(ledger) == len(set(ledger.ids)) > 0
        assert list(ledger.ids) == sorted(ledger.ids)
        assert ledger_rows(ledger, "zh", MILESTONES)
    try:
        assert plan_of_bytes(data, "t.csv").targets
    except InputError as error:
        said(error)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@example(b"")
@example(b"PK\x03\x04")
@example(b"\x1f\x8b")
@example(b"\xff\xfei\x00d\x00")
@example(b'id,signed\n"P1,2021-01-04')
def test_any_bytes(data: bytes) -> None:
    sound(data)


@settings(max_examples=300, deadline=None)
@given(TABLES)
def test_any_table(data: bytes) -> None:
    sound(data)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(0, 400), st.integers(0, 255))
def test_any_damaged_gzip(data: bytes, place: int, byte: int) -> None:
    packed = bytearray(gzip.compress(data))
    packed[place % len(packed)] = byte
    sound(bytes(packed))


DAYS = st.dates(date(2019, 1, 1), date(2022, 12, 31))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.text(string.ascii_letters + "甲乙é", min_size=1, max_size=6), "signed": DAYS},
        optional={"started": DAYS, "built": DAYS, "withdrawn": DAYS, "reported_started": DAYS},
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row["id"],
)


def cells(ledger: Ledger) -> object:
    return ledger.ids, ledger.dates, ledger.withdrawn, ledger.reported


@settings(max_examples=100, deadline=None)
@given(ROWS, DAYS, DAYS, st.randoms())
def test_views_nest_and_order_does_not_matter(
    rows: list[dict[str, object]], one: date, other: date, chance: object
) -> None:
    early, late = sorted((one, other))
    ledger = from_rows(rows, MILESTONES)
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cells(from_rows(shuffled, MILESTONES))[:3] == cells(ledger)[:3]  # type: ignore[index]
    assert cells(known_on(known_on(ledger, late), early)) == cells(known_on(ledger, early))
