"""Make the synthetic portfolio of a place as known on the eve of its plan year: portfolio.csv and plan.csv.

    python -m scenarios.portfolio.place luohe [--check]

Reads the `margins.csv` of the place and nothing else. Same bytes every time; `--check` compares.
What is under way on that day is known by its signing and its start only: how far it is follows from the
laws of the scenario, so nothing of a future is in the files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from scenarios.portfolio.attributes import CLASSES, Dealer, Margins, counts, make_slots, read_margins
from scenarios.portfolio.batches import add_lists, plan_lists
from scenarios.portfolio.planning import Planner
from scenarios.portfolio.signing import signing_dates
from scenarios.portfolio.table import to_csv

ROOT = Path(__file__).resolve().parents[1]
ATTRIBUTES = ("county", "kind", "key_level", "land_route", "land_state", "year_class")
PLANNED = ("started", "built", "accepted", "in_production", "at_capacity")
#: Classes of projects that have started before the plan year begins.
UNDER_WAY = ("continuing", "completing")
Row = dict[str, Any]


def _spread(names: Sequence[str], what: str, first: date, last: date, dealer: Dealer) -> list[date]:
    """Give dates evenly spread between two, dealt out in a keyed order."""
    days = (last - first).days + 1
    return [first + timedelta(days=int(u * days)) for u in dealer.slices(names, what)]


def add_columns(rows: Sequence[Row], margins: Margins, dealer: Dealer) -> tuple[str, ...]:
    """Deal out what only this place has, ``attribute.<column>.<value>`` in the margins; give the columns."""
    names = [row["slot"] for row in rows]
    columns = dict.fromkeys(key.split(".")[1] for key in margins if key.startswith("attribute."))
    for column in columns:
        values = dealer.deal(names, counts(margins, f"attribute.{column}"), column)
        for row, value in zip(rows, values, strict=True):
            row[column] = value
    return tuple(columns)


def add_dates(rows: Sequence[Row], margins: Margins, dealer: Dealer) -> None:
    """Give each project its signing, and its start where it is under way."""
    for year_class in CLASSES:
        group = [row for row in rows if row["year_class"] == year_class]
        names = [row["slot"] for row in group]
        if not group:
            continue
        if year_class in UNDER_WAY:
            first, last = (
                date.fromisoformat(margins[f"started.{year_class}.{end}"]) for end in ("first", "last")
            )
            low, high = (int(margins[f"signed_before_start.{end}"]) for end in ("low", "high"))
            lead = low + (high - low) * dealer.slices(names, "lead")
            starts = _spread(names, "started", first, last, dealer)
            for row, start, days in zip(group, starts, lead, strict=True):
                row["started"] = row["really_started"] = start
                row["signed"] = start - timedelta(days=round(float(days)))
        else:
            for row, day in zip(
                group, signing_dates(dealer.slices(names, "signed"), year_class, margins), strict=True
            ):
                row["signed"] = day


def add_readiness(rows: Sequence[Row], margins: Margins, dealer: Dealer) -> None:
    """Give those new starts that have land, or a permit, on the eve of the year the dates of these.

    ``ready.permitted`` and ``ready.land_supplied`` are shares of the new starts; the first signed are the
    most ready. A plan lists projects that are to start: most have something in hand.
    """
    new = [row for row in rows if row["year_class"] == "new_start"]
    if not new or "ready.permitted" not in margins:
        return
    new.sort(key=lambda row: (row["signed"], row["id"]))
    eve = date(int(margins["year"]), 1, 1) - timedelta(days=1)
    permitted = round(float(margins["ready.permitted"]) * len(new))
    landed = round(float(margins["ready.land_supplied"]) * len(new))
    names = [row["slot"] for row in new]
    since, before = dealer.slices(names, "ready since"), dealer.luck(names, "land before permit")
    span = int(margins["ready.days"])
    for i, row in enumerate(new[: permitted + landed]):
        last = eve - timedelta(days=round(span * float(since[i])))
        if i < permitted:
            row["permitted"] = max(last, row["signed"] + timedelta(days=30))
            last = row["permitted"] - timedelta(days=round(span * (0.5 + 0.5 * float(before[i]))))
        row["land_supplied"] = max(last, row["signed"] + timedelta(days=15))


def scale(rows: Sequence[Row], margins: Margins) -> None:
    """Scale money so that what was published is met: the new starts' investment, and plans.

    ``investment.new_start`` fixes the total of the new starts (their plan follows from their dates). A plan
    that is given (``plan.total``, or ``plan.total.<key levels>`` for a part) is met by the others, where new
    starts have a total of their own, and by all where not.
    """
    fixed = margins.get("investment.new_start")
    new = [row for row in rows if row["year_class"] == "new_start"] if fixed else []
    if fixed:
        _multiply(new, float(fixed) / sum(row["investment"] for row in new))
    for key, total in margins.items():
        if not total or not (key == "plan.total" or key.startswith("plan.total.")):
            continue
        levels = key.removeprefix("plan.total").strip(".").split(";")
        part = [row for row in rows if levels == [""] or row["key_level"] in levels]
        given = [row for row in part if row["year_class"] == "new_start"] if fixed else []
        others = [row for row in part if not (fixed and row["year_class"] == "new_start")]
        left = float(total) - sum(row["plan_this_year"] for row in given)
        _multiply(others, left / sum(row["plan_this_year"] for row in others))


def _multiply(rows: Sequence[Row], factor: float) -> None:
    """Multiply the money of projects."""
    for row in rows:
        for name in ("plan_this_year", "investment"):
            row[name] = round(row[name] * factor, 2)


def number(rows: Sequence[Row], prefix: str, dealer: Dealer) -> list[Row]:
    """Give the projects ids in a keyed order, so that an id tells nothing."""
    order = np.argsort(dealer.luck([row["slot"] for row in rows], "id"), kind="stable")
    found = [rows[place] for place in order]
    for n, row in enumerate(found, 1):
        row["id"], row["name"] = f"{prefix}-SYN-{n:03d}", f"合成项目 {n:03d}"
    return found


def table(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """Write the ledger, with the columns that only this place has.

    A place with lists has columns for them and their kind, and one for what a production list has reached.
    """
    money = ("investment", "plan_this_year")
    listed = any("list" in row for row in rows)
    ready = ("land_supplied", "permitted") if any("land_supplied" in row for row in rows) else ()
    known = ("signed", *ready, "started", *(("in_production",) if listed else ()))
    days = (*known, *(f"planned_{name}" for name in PLANNED))
    plain = ("id", "name", *ATTRIBUTES, *columns, *(("listed",) if listed else ()), "area")
    header = [*plain[:-1], "area (mu)", *(f"{name} (亿元)" for name in money)]
    lines: list[list[Any]] = [[*header, *(("list",) if listed else ()), *days, "synthetic"]]
    for row in rows:
        sums = [f"{row[name]:.2f}" for name in money]
        on = [row.get("list", "")] if listed else []
        lines.append([*(row.get(n, "none") for n in plain), *sums, *on, *(row.get(d) for d in days), "true"])
    return to_csv(lines)


def make(folder: Path) -> dict[str, bytes]:
    """Make the two files of a place."""
    margins = read_margins(folder / "margins.csv")
    dealer = Dealer(int(margins["seed"]))
    slots = make_slots(margins, dealer)
    columns = add_columns(slots, margins, dealer)
    projects = number([*slots, *add_lists(margins, dealer)], margins["prefix"], dealer)
    others = [row for row in projects if "list" not in row]
    add_dates(others, margins, dealer)
    add_readiness(others, margins, dealer)
    planner = Planner(margins, dealer, int(margins["year"]))
    planner.plan_starts(others)
    planner.add_plan(others)
    plan_lists([row for row in projects if "list" in row], planner)
    scale(projects, margins)
    made = {"portfolio.csv": table(projects, columns)}
    if margins.get("plan.published") != "no":
        made["plan.csv"] = to_csv(planner.plan_rows(projects))
    return made


def main() -> int:
    """Write the files of a place, or compare them."""
    parser = argparse.ArgumentParser(description="make the synthetic portfolio of a place")
    parser.add_argument("place")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    given = parser.parse_args()
    folder = ROOT / given.place
    different = []
    for name, data in make(folder).items():
        path = folder / name
        if not given.check:
            path.write_bytes(data)
        elif not path.is_file() or path.read_bytes() != data:
            different.append(name)
        sys.stdout.write(f"{given.place}/{name}: {'differs' if name in different else len(data)}\n")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
