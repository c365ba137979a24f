"""An office whose truth is known: what forecasts say of a surge of filings and of lost reviewers.

The truth is one simulated life of the office: six years in ordinary times, then a year with or without a
change. The forecaster sees the ledger of the six years, knows of the change, and states the work of a case
up to a tenth wrongly. Filings are declared to the truth one by one; the forecaster knows only their rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.clocks import NEVER
from sim.experiment import pilot, replicate
from sim.ledger import Ledger, from_rows, known_on
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.scenario import Scenario, load_scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SCENARIO = Path(__file__).with_name("office") / "scenario.yaml"

#: First day of the office, day of knowledge, end of the year forecast.
OPENED, AS_OF, UNTIL = date(2014, 1, 1), date(2019, 12, 31), date(2020, 12, 31)

#: What becomes of the year after the as-of date: filings a month and the reviewers left.
CHANGES: dict[str, tuple[float, float]] = {
    "none": (100.0, 28.0),
    "surge": (160.0, 28.0),
    "loss": (100.0, 20.0),
}


@dataclass(frozen=True)
class Truth:
    """One life of the office.

    Parameters
    ----------
    change : str
    ledger : Ledger
        As known on the as-of date.
    permits : (12,) int64
        Permits of each month of the year after.
    """

    change: str
    ledger: Ledger
    permits: Ints


def truth_of(change: str, number: int) -> Truth:
    """Live one life of the office; lives of one number share filings and luck until the as-of date."""
    scenario = _true_scenario(change)
    filings = _filings(CHANGES[change][0], number)
    names = [m.name for m in scenario.milestones]
    model = compile_model(scenario, from_rows(filings, names), as_of=OPENED - timedelta(days=1), until=UNTIL)
    lived = replicate(
        with_pilot(model, pilot(model, number, engine="auto")), number, range(1), fixed=True, engine="auto"
    )
    days = lived.milestones[0] // 1440
    left = np.asarray(lived.withdrawn[0], dtype=np.int64) // 1440
    ledger = known_on(_recorded(model, filings, days, left), AS_OF)
    k = model.milestones.index("permitted")
    return Truth(change, ledger, _months(lived.milestones[0][:, k]))


def _true_scenario(change: str) -> Scenario:
    """Return the true office: filings as declared, reviewers of the change from the as-of date on."""
    scenario = load_scenario(SCENARIO, ["known-filings"])
    reviewers = CHANGES[change][1]
    return scenario.with_reforms(["known-loss"]) if reviewers < CHANGES["none"][1] else scenario


def _filings(rate: float, number: int) -> list[dict[str, object]]:
    """Return the projects filed in seven years; the last year at another rate."""
    rng = np.random.default_rng([20140101, number])
    rows: list[dict[str, object]] = []
    for m in range((UNTIL.year - OPENED.year + 1) * 12):
        first = date(OPENED.year + m // 12, m % 12 + 1, 1)
        mean = rate if first > AS_OF else CHANGES["none"][0]
        rows += [
            {
                "id": f"{first:%Y-%m}-{i:03d}",
                "planned_filed": first + timedelta(days=int(rng.integers(28))),
                "kind": f"kind {rng.integers(2)}",
                "county": f"county {rng.integers(3)}",
            }
            for i in range(int(rng.poisson(mean)))
        ]
    return rows


def _recorded(model: Model, filings: list[dict[str, object]], days: Ints, left: Ints) -> Ledger:
    """Return what the office wrote down."""
    row_of = {name: i for i, name in enumerate(model.project_ids)}
    rows = []
    for filing in filings:
        i = row_of[str(filing["id"])]
        row = {key: value for key, value in filing.items() if not key.startswith("planned")}
        dated = {name: days[i, k] for k, name in enumerate(model.milestones)} | {"withdrawn": left[i]}
        row |= {
            name: model.epoch + timedelta(days=int(day)) for name, day in dated.items() if day < NEVER // 1440
        }
        rows.append(row)
    return from_rows(rows, model.milestones, source="office")


def _months(minutes: Ints) -> Ints:
    """Count what reached a milestone in each month after the as-of date."""
    first = (AS_OF - OPENED).days + 1
    ends = [(date(AS_OF.year + 1 + m // 12, m % 12 + 1, 1) - OPENED).days for m in range(1, 13)]
    return np.histogram(minutes[minutes < NEVER] // 1440, np.array([first, *ends]))[0]
