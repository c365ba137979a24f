"""Score the UK forecast: made on 2020-12-31, read against what was on record on 2021-06-30.

    python scenarios/uk-renewables/score.py [--replications 100] [--seed 1]

Two rows a measure. ``happened``: the forecast as it stands. ``on record``: the same paths, each event kept
with the share of events that are on record at its age, as measured between the extracts of 2019-12 and
2020-12; the outcome itself is a record, so this is like against like. The naive forecast beside them is
Poisson at half of the last twelve months on record.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from forecasts.delay import Delay
from forecasts.inputs import Inputs, read_inputs
from forecasts.vintages import reporting_delay
from sim.clocks import minute_of
from sim.experiment import replicate
from sim.ledger import Ledger, read_extracts, read_ledger
from sim.model.compile import compile_model

HERE = Path(__file__).parent
AS_OF, SCORED = date(2020, 12, 31), date(2021, 6, 30)
Ints = npt.NDArray[np.int64]


def simulated(inputs: Inputs, seed: int, replications: int) -> dict[str, Ints]:
    """Simulate events by measure: an array (replications, months of the half-year)."""
    model = compile_model(inputs.scenario, inputs.ledger, as_of=AS_OF, until=SCORED, horizon_months=7)
    outcome = replicate(model, seed, range(replications), collect=())
    edges = [minute_of(date(2021, m, 1), model.epoch) for m in range(1, 8)]
    found: dict[str, Ints] = {}
    for measure, milestone in inputs.scenario.counts.by_measure.items():
        times = outcome.milestones[..., model.milestones.index(milestone)]
        inside = [((times >= a) & (times < b) & outcome.active).sum(axis=1) for a, b in pairwise(edges)]
        found[measure] = np.stack(inside, axis=1).astype(np.int64)
    return found


def on_record(events: Ints, delay: Delay | None, seed: int) -> Ints:
    """Keep each event with the share on record at its age on the scoring date."""
    if delay is None:
        return events
    shares = [delay.share_known(age) for age in range(events.shape[1] - 1, -1, -1)]
    return np.random.default_rng(seed).binomial(events, shares)


def recorded(ledger: Ledger, milestone: str, after: date, until: date) -> int:
    """Count events on record, dated after one day and up to another."""
    return sum(1 for day in ledger.dates[milestone] if isinstance(day, date) and after < day <= until)


def crps(sample: npt.ArrayLike, outcome: float) -> float:
    """Give the fair continuous ranked probability score of a sample (Ferro 2014).

    Examples
    --------
    >>> crps([1.0, 3.0], 2.0)
    0.0
    """
    x = np.sort(np.asarray(sample, dtype=np.float64))
    n = len(x)
    spread = 2.0 * float(np.sum((2 * np.arange(1, n + 1) - n - 1) * x)) / (n * (n - 1))
    return float(np.abs(x - outcome).mean()) - spread / 2.0


def row(name: str, sample: Ints, outcome: int) -> str:
    """Write one line of the table."""
    low, middle, high = np.quantile(sample, [0.1, 0.5, 0.9])
    inside = "inside" if low <= outcome <= high else "OUTSIDE"
    return (
        f"{name:<26}{low:7.0f}{middle:7.0f}{high:7.0f}{outcome:9d}  {inside:<8}{crps(sample, outcome):7.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the forecast and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    inputs = read_inputs(HERE / "scenario.yaml", adopted=True, as_of=AS_OF, until=SCORED)
    form, path = inputs.scenario.ledger_format, inputs.scenario.ledger_path()
    assert form is not None
    assert path is not None
    names = [m.name for m in inputs.scenario.milestones]
    delays = reporting_delay(inputs.ledger, AS_OF, extracts=read_extracts(path, names, form, AS_OF))
    truth = read_ledger(path, names, form=form, as_of=SCORED)
    year_before = date(AS_OF.year - 1, AS_OF.month, AS_OF.day)
    print(f"{'':<26}{'p10':>7}{'p50':>7}{'p90':>7}{'recorded':>9}  {'80 %':<8}{'CRPS':>7}")
    for measure, events in simulated(inputs, options.seed, options.replications).items():
        milestone = inputs.scenario.counts.by_measure[measure]
        outcome = recorded(truth, milestone, AS_OF, SCORED)
        rate = recorded(inputs.ledger, milestone, year_before, AS_OF) / 2
        naive = np.random.default_rng(options.seed).poisson(rate, 2000)
        kept = on_record(events, delays.get(milestone), options.seed)
        print(row(f"{measure}, happened", events.sum(axis=1), outcome))
        print(row(f"{measure}, on record", kept.sum(axis=1), outcome))
        print(row(f"{measure}, naive", naive, outcome))


if __name__ == "__main__":
    main()
