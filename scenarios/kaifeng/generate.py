"""Make the synthetic portfolio of the Kaifeng scenario: portfolio.csv, plan.csv, truth.csv.

    python -m scenarios.kaifeng.generate [--check]

Reads `margins.csv` and the scenario only. Same bytes every time; `--check` compares instead of writing.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from scenarios.kaifeng.history import DEALER, History, invested, simulate
from scenarios.portfolio.attributes import Margins, make_slots, read_margins
from scenarios.portfolio.planning import Planner, planned_acceptance
from scenarios.portfolio.table import to_csv
from sim.scenario import Scenario, load_scenario

HERE = Path(__file__).resolve().parent
AS_OF = date(2021, 9, 30)
NEW_YEAR, YEAR_END = date(2021, 1, 1), date(2021, 12, 31)
MILESTONES = (
    "signed", "land_supplied", "permitted", "started", "built", "accepted", "in_production", "at_capacity",
)  # fmt: skip
PLANNED = ("started", "built", "accepted", "in_production", "at_capacity")
ATTRIBUTES = ("county", "kind", "key_level", "land_route", "land_state", "year_class")
#: Ends of the months that truth.csv tells, and every day on which money is looked at.
MONTH_ENDS = (AS_OF, date(2021, 10, 31), date(2021, 11, 30), YEAR_END)
MONEY_DAYS = (date(2020, 11, 30), date(2020, 12, 31), date(2021, 8, 31), *MONTH_ENDS)
Row = dict[str, Any]


def fits(history: History, row: int, candidate: Mapping[str, Any], margins: Margins) -> bool:
    """Say whether the state of a candidate on 1 January 2021 is that of its class.

    Nothing after that day is looked at, so the selection tells a forecaster nothing about the future
    (but that a project signed in 2021 was signed).
    """
    left = history.left(row)
    if left is not None and left < max(NEW_YEAR, candidate["signed"]):
        return False
    started = history.when(row, "started")
    began = started is not None and started < NEW_YEAR
    if candidate["year_class"] in {"new_start", "reserve"}:
        return not began
    done = history.when(row, "accepted" if candidate["year_class"] == "completing" else "built")
    if not began or (done is not None and done < NEW_YEAR):
        return False
    assert started is not None
    due = planned_acceptance(started, candidate["kind"], margins)
    if candidate["year_class"] == "completing":
        return due <= YEAR_END
    return candidate["kind"] == "infrastructure" or started >= date(2020, 7, 1)


def select(history: History, slots: Sequence[Row], margins: Margins) -> list[Row]:
    """Take the first candidate of each slot that fits its class, and give the projects their ids."""
    of_slot: dict[str, list[int]] = defaultdict(list)
    for row, candidate in enumerate(history.rows):
        of_slot[candidate["slot"]].append(row)
    chosen: list[Row] = []
    missing: list[str] = []
    for slot in slots:
        good = [r for r in of_slot[slot["slot"]] if fits(history, r, history.rows[r], margins)]
        if good:
            chosen.append({**history.rows[good[0]], "row": good[0]})
        else:
            missing.append(f"{slot['slot']} ({slot['year_class']}, {slot['kind']}, {slot['land_state']})")
    if missing:
        raise SystemExit(f"no candidate fits: {'; '.join(missing)}: raise COPIES in history.py")
    order = DEALER.luck([p["slot"] for p in chosen], "id")
    for number, (_, project) in enumerate(sorted(zip(order, chosen, strict=True), key=lambda x: x[0]), 1):
        project["id"] = f"KF-SYN-{number:03d}"
        project["name"] = f"合成项目 {number:03d}"
    return sorted(chosen, key=lambda p: p["id"])


def report_day(event: date) -> date:
    """Milestones are reported on the Monday after (weekly dispatch)."""
    return event + timedelta(days=7 - event.weekday())


def month_before(day: date) -> date:
    """Last day of the month before a date: what a report of that date covers."""
    return date(day.year, day.month, 1) - timedelta(days=1)


def add_known(projects: Sequence[Row], history: History) -> None:
    """Add what the ledger of the as-of date says, and what became of it by the end of the year.

    Events are known once reported; money is reported one month late and ahead of the physical work.
    """
    ahead = 1 + history.parameter("reporting.ahead")
    for p in projects:
        for name in MILESTONES:
            day = p["signed"] if name == "signed" else history.when(p["row"], name)
            p[f"true_{name}"] = day if day is not None and day <= YEAR_END else None
            told = day if name == "signed" or day is None else report_day(day)
            known = day is not None and told is not None and told <= AS_OF
            p[name], p[f"reported_{name}"] = (day, told) if known else (None, None)
        left = history.left(p["row"])
        p["true_withdrawn"] = left if left is not None and left <= YEAR_END else None
        p["withdrawn"] = left if left is not None and left <= AS_OF else None
        money = {day: invested(history, p["row"], day) for day in MONEY_DAYS}
        last_year = date(2020, 12, 31)
        p["true_money"] = {end: money[end] - money[last_year] for end in MONTH_ENDS}
        p["told_money"] = {
            end: (money[month_before(end)] - money[month_before(last_year)]) * ahead for end in MONTH_ENDS
        }
        p["invested_this_year"] = p["told_money"][AS_OF]
        p["invested_to_date"] = money[month_before(AS_OF)] * ahead


def add_lists(projects: Sequence[Row], scenario: Scenario) -> None:
    """Put projects on the sign, start and production lists that are closed, as known at the cut-off."""
    for p in projects:
        p["lists"] = []
    closed = [spec for spec in scenario.lists if spec.cutoff <= AS_OF]
    for spec in closed:
        eligible = [
            p
            for p in projects
            if (spec.eligible is None or spec.eligible.holds(p))
            and not any(name.startswith(spec.kind) for name in p["lists"])
            and _ready(p, spec.kind, spec.cutoff, spec.event)
        ]
        eligible.sort(key=lambda p: (_list_day(p, spec.kind), p["id"]))
        for p in eligible[: spec.size]:
            p["lists"].append(spec.name)
    for p in projects:
        p["list"] = ";".join(p["lists"])


def _list_day(p: Row, kind: str) -> date:
    """Date that puts a project on a list of a kind: signing, planned start, planned production."""
    column = {"sign": "signed", "start": "planned_started", "production": "planned_in_production"}[kind]
    day: date = p[column]
    return day


def _ready(p: Row, kind: str, cutoff: date, event: date) -> bool:
    """Say whether a project can be on a list at its cut-off.

    Sign: signed in the three months up to the event. Start: signed by the cut-off, not started, planned to
    start by the end of the quarter after it. Production: on the start list of the period before or
    completing, under way, not in production.
    """

    def by(name: str) -> bool:
        day: date | None = p[f"true_{name}"]
        return day is not None and day <= cutoff

    if p["true_withdrawn"] is not None and p["true_withdrawn"] <= cutoff:
        return False
    if kind == "sign":
        return bool(event - timedelta(days=92) < p["signed"] <= min(event, AS_OF))
    horizon = cutoff + timedelta(days=153)
    if kind == "start":
        return bool(p["signed"] <= cutoff and not by("started") and p["planned_started"] <= horizon)
    from_class = p["year_class"] == "completing" or "start-1" in p["lists"]
    return bool(from_class and by("started") and not by("in_production"))


def table(projects: Sequence[Row], columns: Mapping[str, Callable[[Row], Any]]) -> bytes:
    """Write one row a project as CSV bytes."""
    return to_csv([list(columns), *([value(p) for value in columns.values()] for p in projects)])


def ledger_columns() -> dict[str, Callable[[Row], Any]]:
    """Give the columns of portfolio.csv."""
    plain = ("id", "name", *ATTRIBUTES)
    columns: dict[str, Callable[[Row], Any]] = {name: _get(name) for name in plain}
    columns["area (mu)"] = _get("area")
    for name in ("investment", "invested_to_date", "invested_this_year", "plan_this_year"):
        columns[f"{name} (亿元)"] = _money(name)
    columns["list"] = _get("list")
    for prefix, names in (("", MILESTONES), ("planned_", PLANNED), ("reported_", MILESTONES)):
        for name in names:
            columns[f"{prefix}{name}"] = _get(f"{prefix}{name}")
    columns["withdrawn"] = _get("withdrawn")
    columns["synthetic"] = lambda p: "true"
    return columns


def truth_columns() -> dict[str, Callable[[Row], Any]]:
    """Give the columns of truth.csv: the same future to the end of the year."""
    columns: dict[str, Callable[[Row], Any]] = {"id": _get("id")}
    for name in (*MILESTONES, "withdrawn"):
        columns[name] = _get(f"true_{name}")
    for end in MONTH_ENDS:
        columns[f"true_this_year_{end:%Y_%m} (亿元)"] = _month_money("true_money", end)
        columns[f"reported_this_year_{end:%Y_%m} (亿元)"] = _month_money("told_money", end)
    columns["synthetic"] = lambda p: "true"
    return columns


def _get(name: str) -> Callable[[Row], Any]:
    return lambda p: p.get(name)


def _money(name: str) -> Callable[[Row], Any]:
    return lambda p: f"{p[name]:.2f}"


def _month_money(series: str, end: date) -> Callable[[Row], Any]:
    return lambda p: f"{p[series][end]:.3f}"


def make() -> tuple[dict[str, bytes], History]:
    """Make the three files as bytes, and give the history they come from."""
    margins = read_margins(HERE / "margins.csv")
    scenario = load_scenario(str(HERE / "scenario.yaml"), adopted=True)
    slots = make_slots(margins, DEALER)
    history = simulate(scenario, slots, margins)
    projects = select(history, slots, margins)
    for p in projects:
        p["really_started"] = history.when(p["row"], "started")
    planner = Planner(margins, DEALER, NEW_YEAR.year)
    planner.plan_starts(projects)
    planner.add_plan(projects)
    add_known(projects, history)
    add_lists(projects, scenario)
    files = {
        "portfolio.csv": table(projects, ledger_columns()),
        "plan.csv": to_csv(planner.plan_rows(projects)),
        "truth.csv": table(projects, truth_columns()),
    }
    return files, history


def main() -> int:
    """Write the files, or compare them."""
    files, _ = make()
    check = "--check" in sys.argv[1:]
    different = [name for name, data in files.items() if check and (HERE / name).read_bytes() != data]
    for name, data in files.items():
        if not check:
            (HERE / name).write_bytes(data)
        sys.stdout.write(f"{name}: {'differs' if name in different else len(data)}\n")
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
