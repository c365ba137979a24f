"""Where the calibrated numbers of scenario.yaml come from: `offices`, then `serial`, then `orders`.

    python -m scenarios.kaifeng.calibrate offices      reviewers for a base utilisation of 0.75
    python -m scenarios.kaifeng.calibrate serial       serial_fraction from "pre-review saves 6-8 months"
    python -m scenarios.kaifeng.calibrate orders       the required orders of the reforms, paired

Prints; what it prints is written into scenario.yaml by hand. `offices` reads the mean work of an average
new start; the other two run the reference engine on the compare cohort with central parameters.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from scenarios.kaifeng.history import DEALER, candidates
from scenarios.portfolio.attributes import make_slots, read_margins
from sim.engine.reference import run
from sim.ledger.table import from_rows
from sim.model.arrays import Model
from sim.model.compile import compile_model
from sim.quantities import Quantity, minutes
from sim.sampling import Sampler
from sim.scenario import Scenario, load_scenario
from sim.spec import TimeLaw, law_for
from sim.trace import NEVER

HERE = Path(__file__).resolve().parent
SEED = 1
WORKING_DAYS = 250 / 12
#: Signings of new starts a month.
RATE = 110 / 15
#: The saving that the text claims, in natural days (6 to 8 months), and its middle.
CLAIM = (183.0, 213.5, 244.0)
Floats = npt.NDArray[np.float64]


def say(text: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")


def mean_days(law: TimeLaw | None) -> float:
    """Mean of a law in days of its own clock."""
    if law is None:
        return 0.0
    times = {name: p for name, p in law.args.items() if name != "sigma"}
    args = {name: minutes(Quantity(p.value, p.unit)) / 1440 for name, p in times.items()}
    if law.family == "uniform":
        return (args["low"] + args["high"]) / 2
    return float(args.get("mean", args.get("value", 0.0)))


def loads(scenario: Scenario, slots: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Reviewers kept busy by new starts, by office."""
    total: dict[str, float] = defaultdict(float)
    for activity in scenario.activities.values():
        name = activity.resource
        if name is None or scenario.resources[name].kind != "office":
            continue
        for slot in slots:
            if activity.applies_if is not None and not activity.applies_if.holds(slot):
                continue
            p = activity.returned.value if activity.returned is not None else 0.0
            again = sum(p**k for k in range(1, activity.max_rounds))
            first = mean_days(law_for(activity.work, slot) if activity.work else None)
            later = mean_days(law_for(activity.rework, slot)) if activity.rework else first
            share = activity.share.value if activity.share is not None else 1.0
            total[name] += share * (first + again * later)
    return {name: days / len(slots) * RATE / WORKING_DAYS for name, days in total.items()}


def offices() -> None:
    """Print the reviewers of every office for a utilisation of 0.75 (0.6 to 0.9)."""
    scenario = load_scenario(str(HERE / "scenario.yaml"))
    slots = [
        s for s in make_slots(read_margins(HERE / "margins.csv"), DEALER) if s["year_class"] == "new_start"
    ]
    for name, load in sorted(loads(scenario, slots).items()):
        low, high = math.ceil(load / 0.9), math.ceil(load / 0.6)
        value = max(low, round(load / 0.75))
        numbers = f"{{value: {value}, range: [{low}, {high}]}}"
        say(f"{name:22} load {load:6.2f}  reviewers {numbers}  at {load / value:.2f}")


def cohort(reforms: Sequence[str]) -> Model:
    """Compile the new starts under some reforms: sent in from signing, nobody else in the city."""
    scenario = load_scenario(str(HERE / "scenario.yaml"), reforms)
    margins = read_margins(HERE / "margins.csv")
    rows = [r for r in candidates(make_slots(margins, DEALER), margins) if r["id"].endswith(" 00")]
    new = [{k: v for k, v in r.items() if k != "slot"} for r in rows if r["year_class"] == "new_start"]
    ledger = from_rows(new, scenario.milestone_names, source="new starts")
    return compile_model(scenario, ledger, as_of=None, until=None, arrivals=False)


def with_serial(model: Model, fraction: float) -> Model:
    """Set the central value of the serial fraction."""
    changed = [replace(p, value=fraction) if p.name == "serial_fraction" else p for p in model.parameters]
    return replace(model, parameters=tuple(changed))


def days(model: Model, replications: int, *, fixed: bool) -> Floats:
    """Signed to permitted, natural days: one row a replication, NaN where it was not reached."""
    sampler = Sampler(model)
    permitted = model.milestones.index("permitted")
    rows = []
    for r in range(replications):
        draws = sampler.draw(SEED, r, fixed=fixed)
        end = run(model, draws).milestones[:, permitted]
        rows.append(np.where(end < NEVER, (end - draws.signed) / 1440, np.nan))
    return np.array(rows)


def paired(a: Floats, b: Floats, group: npt.NDArray[np.bool_]) -> tuple[float, float, float]:
    """Mean of a - b over projects that reach the milestone under both, with a 95 % interval."""
    each = np.nanmean((a - b)[:, group], axis=1)
    half = student.ppf(0.975, len(each) - 1) * each.std(ddof=1) / math.sqrt(len(each))
    return float(each.mean()), float(each.mean() - half), float(each.mean() + half)


def serial(replications: int = 30) -> None:
    """Print the serial fractions at which pre-review saves 6, 7 and 8 months."""
    base = cohort([])
    after = days(cohort(["pre-review"]), replications, fixed=True)
    everyone = np.ones(len(base.project_ids), dtype=np.bool_)

    def saving(fraction: float) -> float:
        return paired(days(with_serial(base, fraction), replications, fixed=True), after, everyone)[0]

    for fraction in (0.0, 1.0):
        say(f"serial fraction {fraction:.2f}: pre-review saves {saving(fraction):.1f} days")
    for claim in CLAIM:
        low, high = 0.0, 1.0
        for _ in range(7):
            middle = (low + high) / 2
            low, high = (middle, high) if saving(middle) < claim else (low, middle)
        say(f"{claim:.1f} days at a serial fraction of {(low + high) / 2:.3f}")


def orders(replications: int = 40) -> None:
    """Print the paired savings of the reforms and the two parts of pre-review, by state of land."""
    names = ("", "parallel", "pre-review", "land-limits", "land-limits+parallel", "land-limits+pre-review")
    models = {name: cohort([name] if name else []) for name in names}
    found = {name: days(model, replications, fixed=False) for name, model in models.items()}
    state = np.array(models[""].attributes.land_state)
    groups = {
        "all": np.ones(len(state), dtype=np.bool_),
        "net and revived": np.isin(state, ["net", "revived"]),
        "conversion": state == "conversion",
    }
    pairs = [
        ("", "parallel"), ("parallel", "pre-review"), ("", "pre-review"), ("", "land-limits"),
        ("land-limits", "land-limits+pre-review"), ("land-limits", "land-limits+parallel"),
        ("land-limits+parallel", "land-limits+pre-review"),
    ]  # fmt: skip
    for label, group in groups.items():
        say(f"{label} ({group.sum()})")
        for name, value in found.items():
            reached = np.isfinite(value[:, group]).mean()
            say(f"  {name or 'base':24} {np.nanmean(value[:, group]):7.1f} days, reached {reached:.2f}")
        for slow, fast in pairs:
            mean, low, high = paired(found[slow], found[fast], group)
            say(f"  {slow or 'base':22} -> {fast:24} saves {mean:7.1f} ({low:.1f} to {high:.1f})")


if __name__ == "__main__":
    {"offices": offices, "serial": serial, "orders": orders}[sys.argv[1]]()
