"""Synthetic portfolios of the places: made again byte for byte, with the counts and sums published."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from scenarios.portfolio.attributes import read_margins
from scenarios.portfolio.batches import list_names
from scenarios.portfolio.place import make

ROOT = Path(__file__).resolve().parents[2] / "scenarios"
PLACES = sorted(path.parent.name for path in ROOT.glob("*/margins.csv") if path.parent.name != "kaifeng")
LISTED = [place for place in PLACES if list_names(read_margins(ROOT / place / "margins.csv"))]

Row = dict[str, str]


def rows_of(place: str) -> list[Row]:
    """Read the ledger of a place."""
    with (ROOT / place / "portfolio.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def money(rows: list[Row], column: str) -> float:
    """Add up a column."""
    return sum(float(row[f"{column} (亿元)"]) for row in rows)


@pytest.mark.parametrize("place", PLACES)
def test_a_portfolio_is_made_again_byte_for_byte(place: str) -> None:
    made = make(ROOT / place)
    assert set(made) == {path.name for path in (ROOT / place).glob("p*.csv")} - {"published.csv"}
    for name, data in made.items():
        assert (ROOT / place / name).read_bytes() == data, f"{place}/{name}"


@pytest.mark.parametrize("place", PLACES)
def test_classes_levels_and_lists_have_the_counts_of_the_margins(place: str) -> None:
    margins, rows = read_margins(ROOT / place / "margins.csv"), rows_of(place)
    plain = [row for row in rows if not row.get("list")]
    for column in ("year_class", "key_level", "kind"):
        asked = {k.split(".", 1)[1]: int(v) for k, v in margins.items() if k.startswith(f"{column}.")}
        assert Counter(row[column] for row in plain) == Counter({k: n for k, n in asked.items() if n})
    lists = Counter(row["list"] for row in rows if row.get("list"))
    assert lists == {name: int(margins[f"list.{name}.projects"]) for name in list_names(margins)}


def test_columns_that_only_one_place_has_are_dealt_out_as_often_as_the_margins_say() -> None:
    found = Counter(row["white_list"] for row in rows_of("luohe"))
    assert found == {"yes": 125, "no": 196}
    assert "white_list" not in rows_of("zaozhuang")[0]
    levels = {row["key_level"] for row in rows_of("luohe") if row["white_list"] == "yes"}
    assert levels == {"provincial", "city"}, "who is on it has nothing to do with the level"


def test_what_is_listed_was_ready_when_its_list_closed() -> None:
    for place in LISTED:
        margins = read_margins(ROOT / place / "margins.csv")
        for row in (row for row in rows_of(place) if row["list"]):
            event = date.fromisoformat(margins[f"list.{row['list']}.event"])
            if row["listed"] == "sign":
                assert row["signed"] <= row["land_supplied"] <= row["permitted"] == str(event)
            if row["listed"] == "start":
                assert timedelta(60) <= event - date.fromisoformat(row["started"]) <= timedelta(210)
        assert {row["listed"] for row in rows_of(place) if not row["list"]} == {"none"}


@pytest.mark.parametrize("place", ["luohe", "zaozhuang", "xinzheng"])
def test_higher_levels_have_the_larger_projects_of_every_class(place: str) -> None:
    rows = rows_of(place)
    share = sum(row["key_level"] == "provincial" for row in rows) / len(rows)
    for year_class in ("new_start", "continuing", "completing"):
        of_class = [row for row in rows if row["year_class"] == year_class]
        upper = [row for row in of_class if row["key_level"] == "provincial"]
        assert len(upper) == pytest.approx(share * len(of_class), abs=1)
    plan = {level: [float(r["plan_this_year (亿元)"]) for r in rows if r["key_level"] == level]
            for level in {row["key_level"] for row in rows}}  # fmt: skip
    others = [x for level, values in plan.items() if level != "provincial" for x in values]
    assert sum(plan["provincial"]) / len(plan["provincial"]) > 1.5 * sum(others) / len(others)


@pytest.mark.parametrize(
    ("place", "level", "plan"),
    [("xinzheng", ("provincial", "city"), 252.24), ("xinzheng", ("county",), 67.31)],
)
def test_the_plan_of_a_part_is_the_published_one(place: str, level: tuple[str, ...], plan: float) -> None:
    part = [row for row in rows_of(place) if row["key_level"] in level]
    assert money(part, "plan_this_year") == pytest.approx(plan, abs=0.01 * len(part))


@pytest.mark.parametrize(("place", "total"), [("xinzheng", 210.0), ("mengjin", 422.3)])
def test_new_starts_have_the_published_investment(place: str, total: float) -> None:
    new = [row for row in rows_of(place) if row["year_class"] == "new_start"]
    assert money(new, "investment") == pytest.approx(total, abs=0.01 * len(new))
    assert 0.2 < money(new, "plan_this_year") / total < 0.6  # follows from dates; not set


@pytest.mark.parametrize("place", LISTED)
def test_listed_projects_are_known_by_what_their_list_says(place: str) -> None:
    margins = read_margins(ROOT / place / "margins.csv")
    for row in rows_of(place):
        if not row["list"]:
            assert not row["in_production"]
            continue
        event, kind = margins[f"list.{row['list']}.event"], row["list"].split("-")[0]
        assert row["kind"] == "industry"
        assert row["signed"] <= event
        assert (row["started"] == "") == (kind == "sign")
        assert row["started"] <= event
        assert row["in_production"] == (event if kind == "production" else "")
        assert (row["land_route"] == "factory") == (row["area (mu)"] == "0")
