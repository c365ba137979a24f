"""A known surge of filings, known lost reviewers: the past times the ratio of two simulations.

Every life of the office has its own misstatement of the work of a case, up to a tenth. The forecast is the
product's: hazards of the ledger's past, times the ratio of two simulations adjusted by a hindcast of two
years.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.forecasts.office import AS_OF, CHANGES, SCENARIO, UNTIL, Truth, truth_of
from benchmarks.rows import Row
from forecasts.hindcast import Hindcast, hindcast_of, looking_back
from forecasts.history import history_of
from forecasts.ledgerforecast import forecast_ledger
from forecasts.months import month_of
from forecasts.outlook import Period, counts
from sim.experiment import Outcome, pilot, replicate
from sim.ledger import Ledger
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.scenario import Scenario, load_scenario

Floats = npt.NDArray[np.float64]

#: Errors of past x ratio, of hazards, of the simulation alone; whether the 80 % interval of the first held.
Told = tuple[float, float, float, float]

#: Lives of the office, replications of each simulation.
LIVES, REPLICATIONS = 8, 200


def benchmark() -> Iterator[Row]:
    """Yield the mean error of the year's permits under each change, and how often 80 % intervals held."""
    found = [_life(number) for number in range(1, LIVES + 1)]
    for change in CHANGES:
        told = np.array([life[change] for life in found])  # (lives, 4): ratio, hazards, simulation, inside
        error = 100 * np.abs(told[:, :3]).mean(axis=0)
        bound = 4.0 if change != "none" else None
        source = f"{LIVES} lives; hazards alone {error[1]:.1f} %, simulation alone {error[2]:.1f} %"
        yield Row("change", f"{change}: past x ratio, mean absolute error", float(error[0]), "%",
                  at_most=bound, source=source)  # fmt: skip
        yield Row("change", f"{change}: 80 % intervals that held", float(100 * told[:, 3].mean()), "%")


def _life(number: int) -> dict[str, Told]:
    """Forecast the year of one life under each change."""
    truths = {change: truth_of(change, number) for change in CHANGES}
    ledger = truths["none"].ledger
    with tempfile.TemporaryDirectory() as folder:
        return _told(_misstated(number, Path(folder)), truths, ledger)


def _told(scenario: Scenario, truths: dict[str, Truth], ledger: Ledger) -> dict[str, Told]:
    """Forecast the year under each change with the office as its forecaster knows it."""
    past = _hindcast(scenario, ledger)
    history = history_of(ledger, month_of(AS_OF))
    hazards = forecast_ledger(history, 12, paths=REPLICATIONS).paths("permitted").sum(axis=1)
    base = _permits(scenario, ledger)
    found = {}
    for change, truth in truths.items():
        changed = base if change == "none" else _permits(scenario.with_reforms([change]), ledger)
        told = hazards * np.exp(past.adjusted(np.log(changed / base)))
        found[change] = _errors(truth, told, hazards, changed)
    return found


def _errors(
    truth: Truth, told: Floats, hazards: Floats, changed: Floats
) -> tuple[float, float, float, float]:
    came = float(truth.permits.sum())
    errors = [float(np.median(sample) / came - 1.0) for sample in (told, hazards, changed)]
    low, high = np.quantile(told, [0.1, 0.9])
    return errors[0], errors[1], errors[2], float(low <= came <= high)


def _misstated(number: int, folder: Path) -> Scenario:
    """Return the office as its forecaster knows it: the work of a case wrong by up to a tenth."""
    factor = 4.0 * np.random.default_rng([7, number]).uniform(0.9, 1.1)
    overlay = folder / "misstated.yaml"  # read again for every further reform
    low, high = 0.9 * factor, 1.1 * factor
    overlay.write_text(
        f"parameters: {{work: {{value: {factor:.4f} wd, range: [{low:.4f} wd, {high:.4f} wd]}}}}\n",
        encoding="utf-8",
    )
    return load_scenario(SCENARIO, [str(overlay)])


def _ready(model: Model) -> Model:
    return with_pilot(model, pilot(model, 1, engine="compiled"))


def _run(model: Model) -> Outcome:
    return replicate(model, 1, range(REPLICATIONS), engine="compiled")


def _permits(scenario: Scenario, ledger: Ledger) -> Floats:
    """Return the permits of the year in each replication."""
    model = _ready(compile_model(scenario, ledger, as_of=AS_OF, until=UNTIL))
    period, k = Period.of(AS_OF, UNTIL), model.milestones.index("permitted")
    found = [
        counts(block.milestones[..., k], block.active, period, model.epoch)[:, -1]
        for block in _run(model).blocks()
    ]
    return np.concatenate(found)


def _hindcast(scenario: Scenario, ledger: Ledger) -> Hindcast:
    """Set what replications say of the two years before beside the ledger."""
    past, back = looking_back(ledger, AS_OF)
    known = scenario.with_reforms(["known-filings"])
    model = _ready(compile_model(known, past, as_of=back, until=AS_OF))
    return hindcast_of(model, _run(model), ledger, AS_OF)
