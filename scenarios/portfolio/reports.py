"""Where the numbers of `reporting:` in process/plan-year.yaml come from: reports of other places.

    python -m scenarios.portfolio.reports

Prints; what it prints is written into the files by hand. The works are those of Mengjin, whose plan is in
no published report (classes in Zhumadian's shares), as they are without any law of reporting. `ahead`, `lean`
and `front` (one of Henan's places, one of others) are fitted to each row of `reference_class.csv`, weighed by
how far the reports of a season lie apart. Ranges are as wide as places lie apart around the fit beyond
the works' own luck: standard deviation times the root of three, to either side.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from forecasts.asked import Groups
from forecasts.inputs import read_inputs
from forecasts.money import year_money
from forecasts.outlook import Period
from sim.experiment import Collect, pilot, replicate
from sim.model.compile import compile_model, with_pilot

ROOT = Path(__file__).resolve().parents[1]
SEED, REPLICATIONS = 1, 200
#: Classes as the reports name them, and as groups of the ledger.
CLASSES = {"all": "all", "completing": "year_class=completing", "continuing": "year_class=continuing",
           "new start": "year_class=new_start"}  # fmt: skip
HENAN = ("Zhumadian", "Pingdingshan", "Henan", "Zhengzhou", "Puyang", "Jiaozuo")
#: Months that lie apart alike; the first tell the range of `front`, the last that of `ahead`.
SEASONS = ((3, 7), (8, 9), (10, 12))
RANGES = {"front": SEASONS[0], "ahead": SEASONS[2]}
Floats = npt.NDArray[np.float64]
OVERLAY = """schema: 1
extends: {parent}
name: works
reporting:
  front: {{value: 0, range: none, status: assumed, source: works as they are}}
  lean: {{value: 0, range: none, status: assumed, source: works as they are}}
  ahead: {{value: 0, range: none, status: assumed, source: works as they are}}
"""


@dataclass(frozen=True)
class Report:
    """One row of the reference class: its class, month, share of plan, and whether it is Henan's."""

    group: int
    month: int
    share: float
    henan: bool


def read_reports() -> list[Report]:
    """Read the reference class."""
    with (ROOT / "reference_class.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    order = list(CLASSES)
    return [
        Report(order.index(r["project_class"]), int(r["month_end"]), float(r["pct_of_annual_plan"]),
               r["place"] in HENAN)
        for r in rows
    ]  # fmt: skip


def works() -> Floats:
    """Share of the plan that the works have done by each month's end, in %: (R, class, 12)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "works.yaml"
        file.write_text(OVERLAY.format(parent=ROOT / "mengjin" / "scenario.yaml"), encoding="utf-8")
        inputs = read_inputs(file, adopted=True, ledger=ROOT / "mengjin" / "portfolio.csv",
                             as_of="2020-12-31", until="2021-12-31")  # fmt: skip
    assert inputs.as_of is not None
    assert inputs.until is not None
    scenario = inputs.scenario
    model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    ready = with_pilot(model, pilot(model, SEED))
    collect = Collect(("lengths",), construction=scenario.milestone_names.index("built"))
    outcome = replicate(ready, SEED, range(REPLICATIONS), collect=collect)
    plan = np.nan_to_num(ready.attributes.plan_this_year)
    groups = Groups.of(ready, inputs)
    members = np.array([groups.members(name) & (plan > 0) for name in CLASSES.values()])
    period = Period.of(inputs.as_of, inputs.until)
    money = year_money(scenario, inputs.ledger, ready, outcome, period, members, fixed=False)
    return np.asarray(100 * money.reported[:, :, 1:] / (members @ plan)[:, None], dtype=np.float64)


def reported(numbers: Sequence[float] | Floats, done: float, month: int, *, henan: bool) -> float:
    """Share of the plan that is reported where the works have done a share of it."""
    ahead, lean, own, others = numbers
    x = month / 12
    profile = 1 + (own if henan else others) * (1 - x) ** 2
    return float((1 + ahead) * profile * ((1 - lean) * done + lean * 100 * x))


def main() -> None:
    """Fit and print."""
    reports, done = read_reports(), works()
    middle = np.median(done, axis=0)

    def residuals(numbers: Floats) -> Floats:
        return np.array(
            [
                r.share - reported(numbers, middle[r.group, r.month - 1], r.month, henan=r.henan)
                for r in reports
            ]
        )

    spread = np.ones(len(reports))
    for _ in range(3):  # the fit, how far reports lie apart around it, and again
        found = _fitted(residuals, spread)
        spread = np.array([_apart(residuals(found), reports, _season(r.month)) for r in reports])
    names = ("ahead", "lean", "front of Henan's places", "front of others")
    say(f"{len(reports)} reports: " + ", ".join(f"{n} {v:.2f}" for n, v in zip(names, found, strict=True)))
    for name, months in RANGES.items():
        rows = [r for r in reports if r.group == 0 and months[0] <= r.month <= months[1]]
        base = np.array([_base(found, middle, r) for r in rows])
        left = 1 - np.array([r.month for r in rows]) / 12
        slope = np.sqrt(((left**2 * base if name == "front" else base / (1 + found[0])) ** 2).mean())
        luck = (
            np.sqrt(np.mean([done[:, 0, r.month - 1].var() for r in rows])) * (1 + found[0]) * (1 - found[1])
        )
        apart = _apart(residuals(found), reports, months)
        half = np.sqrt(3 * max(apart**2 - luck**2, 0.0)) / slope
        say(
            f"{name}: {len(rows)} reports lie {apart:.1f} points around it, {luck:.1f} are luck: -+{half:.2f}"
        )


def _fitted(residuals: Callable[[Floats], Floats], spread: Floats) -> Floats:
    """Fit the four numbers; residuals of more than their spread count less (soft l1)."""
    bounds = ([-0.2, 0.0, -0.95, -0.95], [0.5, 0.95, 4.0, 4.0])
    start = [0.05, 0.5, 0.5, 0.0]
    fit = least_squares(lambda x: residuals(x) / spread, start, bounds=bounds, loss="soft_l1")
    return np.asarray(fit.x, dtype=np.float64)


def _season(month: int) -> tuple[int, int]:
    return next(months for months in SEASONS if months[0] <= month <= months[1])


def _apart(left: Floats, reports: Sequence[Report], months: tuple[int, int]) -> float:
    """How far reports of all projects lie apart in some months: sd in points, Henan's and others apart."""
    parts = [
        np.array([x for x, r in zip(left, reports, strict=True)
                  if r.group == 0 and r.henan == henan and months[0] <= r.month <= months[1]])
        for henan in (True, False)
    ]  # fmt: skip
    squares = sum(((part - part.mean()) ** 2).sum() for part in parts)
    return float(np.sqrt(squares / (sum(map(len, parts)) - len(parts))))


def _base(numbers: Floats, middle: Floats, row: Report) -> float:
    """Give what a report would be without `front`."""
    return reported((numbers[0], numbers[1], 0, 0), middle[0, row.month - 1], row.month, henan=row.henan)


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
