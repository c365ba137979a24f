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


def scale(rows: Sequence[Row], margins: Margins) -> None:
    """Scale money so that the plan, and where given the investment of a group, is what was published."""
    total = margins.get("plan.total")
    if not total:
        return
    factor = float(total) / sum(row["plan_this_year"] for row in rows)
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
    """Write the ledger, with the columns that only this place has."""
    money = ("investment", "plan_this_year")
    header = (
        "id", "name", *ATTRIBUTES, *columns, "area (mu)", *(f"{name} (亿元)" for name in money),
        "signed", "started", *(f"planned_{name}" for name in PLANNED), "synthetic",
    )  # fmt: skip
    lines: list[list[Any]] = [list(header)]
    for row in rows:
        plain = [row[name] for name in ("id", "name", *ATTRIBUTES, *columns, "area")]
        sums = [f"{row[name]:.2f}" for name in money]
        days = [row.get(name) for name in ("signed", "started", *(f"planned_{name}" for name in PLANNED))]
        lines.append([*plain, *sums, *days, "true"])
    return to_csv(lines)


def make(folder: Path) -> dict[str, bytes]:
    """Make the two files of a place."""
    margins = read_margins(folder / "margins.csv")
    dealer = Dealer(int(margins["seed"]))
    slots = make_slots(margins, dealer)
    columns = add_columns(slots, margins, dealer)
    projects = number(slots, margins["prefix"], dealer)
    add_dates(projects, margins, dealer)
    planner = Planner(margins, dealer, int(margins["year"]))
    planner.plan_starts(projects)
    planner.add_plan(projects)
    scale(projects, margins)
    return {"portfolio.csv": table(projects, columns), "plan.csv": to_csv(planner.plan_rows(projects))}


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
