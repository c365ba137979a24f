"""Projects on the lists of a three-batches event 三个一批: small industry, picked because it is ready.

A place whose `margins.csv` has ``list.<name>.projects`` gets that many projects beside its portfolio. What is
known of them on the day of the event is what being listed says: signed (sign list), started (start list), in
production that day (production list), and nothing of what came after. Lists are made of what is ready: what
is on a sign list has land and permit by the event (how soon it can start is a law of the scenario, `listed`
tells it who is meant), and the works of a start list have begun when it closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from scenarios.portfolio.attributes import Dealer, Margins, counts, lognormal_cut, quantiles
from scenarios.portfolio.planning import Planner

Row = dict[str, Any]

CLASS = {"sign": "new_start", "start": "new_start", "production": "completing"}


def list_names(margins: Margins) -> list[str]:
    """Give the names of the lists of a place, as its margins order them."""
    return [key.split(".")[1] for key in margins if key.startswith("list.") and key.endswith(".projects")]


def _days(name: str, what: str, rows: Sequence[Row], margins: Margins, dealer: Dealer) -> list[date]:
    """Dates so many days before the event, evenly between the least and the most."""
    event = date.fromisoformat(margins[f"list.{name}.event"])
    low, high = (int(margins[f"list.{name}.{what}.{end}"]) for end in ("low", "high"))
    slices = dealer.slices([row["slot"] for row in rows], f"list {what}")
    return [event - timedelta(days=round(low + (high - low) * float(u))) for u in slices]


def _make(name: str, margins: Margins, dealer: Dealer) -> list[Row]:
    """Make the projects of one list."""
    kind = name.split("-", maxsplit=1)[0]
    n, factories = (int(margins[f"list.{name}.{what}"]) for what in ("projects", "factory"))
    rows: list[Row] = [{"slot": f"list {name} {i:02d}", "list": name, "listed": kind} for i in range(n)]
    slots = [row["slot"] for row in rows]
    routes = dealer.deal(slots, ["factory"] * factories + ["granted"] * (n - factories), "list route")
    limits = (float(margins[f"list.investment.{what}"]) for what in ("mean", "sigma", "smallest", "largest"))
    money = lognormal_cut(dealer.slices(slots, "list investment"), *limits)
    area = quantiles(margins, "list.area", dealer.slices(slots, "list area"))
    units = sorted(set(counts(margins, "county")))
    for row, route, budget, mu, u in zip(
        rows, routes, money, area, dealer.luck(slots, "list county"), strict=True
    ):
        built = route == "factory"
        row |= {
            "county": units[int(u * len(units))], "kind": "industry", "key_level": "county",
            "land_route": route, "land_state": "factory" if built else "net", "year_class": CLASS[kind],
            "area": 0 if built else round(float(mu)), "investment": round(float(budget), 2),
        }  # fmt: skip
    for row, signed in zip(rows, _days(name, "signed", rows, margins, dealer), strict=True):
        row["signed"] = signed
    event = date.fromisoformat(margins[f"list.{name}.event"])
    if kind == "sign":
        for row in rows:
            row["land_supplied"], row["permitted"] = row["signed"], event
    else:
        for row, start in zip(rows, _days(name, "started", rows, margins, dealer), strict=True):
            row["started"] = start
    if kind == "production":
        for row in rows:
            row["in_production"] = event
    return rows


def add_lists(margins: Margins, dealer: Dealer) -> list[Row]:
    """Make the projects of all lists of a place."""
    return [row for name in list_names(margins) for row in _make(name, margins, dealer)]


def plan_lists(rows: Sequence[Row], planner: Planner) -> None:
    """Plan listed projects: what a list promises is planned for the end of its period."""
    end = planner.year_end
    for row in rows:
        kind = row["list"].split("-")[0]
        start = row.get("started", end)
        production = row.get("in_production", end if kind == "start" else start + timedelta(days=365))
        accepted = production - timedelta(days=int(planner.margins["plan.production_days"]))
        row["planned_started"], row["planned_accepted"] = start, accepted
        # A month, not the two of other projects: a period leaves a listed start no more.
        row["planned_built"] = accepted - timedelta(days=int(planner.margins["plan.production_days"]))
        row["planned_in_production"] = production
        later = production + timedelta(days=int(planner.margins["plan.capacity_days"]))
        row["planned_at_capacity"] = end if kind == "production" else later
        planner.add_money(row)
