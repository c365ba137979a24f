"""From what a person names to what is backtested: a scenario with its ledger, or a table of series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from forecasts.backtest.sources import LedgerSource, SeriesSource, busy_from, read_series
from forecasts.delay import delay_of
from forecasts.history import History, history_of
from forecasts.inputs import Inputs
from forecasts.months import end_of, full_month
from sim.errors import InputError, Problem
from sim.ledger import Ledger, read_extracts

#: Share of events on record at which a month's count is taken as its outcome.
SETTLED: Final = 0.95

#: Extracts of one register that are looked at, newest first.
_EXTRACTS: Final = 1000


def is_series(target: str) -> bool:
    """Tell whether a target is a table of series and not a scenario.

    Examples
    --------
    >>> is_series("us.csv"), is_series("kaifeng"), is_series("city/scenario.yaml")
    (True, False, False)
    """
    return Path(target).suffix.lower() == ".csv"


def series_source(path: Path, chain: tuple[str, ...]) -> SeriesSource:
    """Return what a table of series gives to a backtest."""
    return read_series(path, chain)


def ledger_source(inputs: Inputs, *, measures: Sequence[str] = (), extracts: bool = False) -> LedgerSource:
    """Return what a scenario and a ledger give to a backtest.

    Parameters
    ----------
    inputs : Inputs
        Undated: the whole ledger.
    measures : sequence of str
        Those wanted; none, or one the scenario does not know: all of its counts.
    extracts : bool
        Origins are the published extracts of the register, as they were.

    Raises
    ------
    InputError
        If the scenario counts nothing, the ledger has no dates, or there are no extracts.
    """
    counted = {m: k for m, k in inputs.scenario.counts.by_measure.items() if k in inputs.ledger.milestones}
    source, ledger = inputs.scenario.path.name, inputs.ledger
    if not counted:
        got, remedy = "no measure that counts a milestone", "write `counts:` in the scenario"
        raise InputError([Problem(source, "counts", got, "at least one, such as starts: started", remedy)])
    history = history_of(ledger, _last_month(ledger))
    known = measures and all(m in counted for m in measures)
    wanted = {m: k for m, k in counted.items() if not known or m in measures}
    for measure, milestone in wanted.items():
        if not history.dated()[:, history.milestones.index(milestone)].any():
            got, expected = f"no date of {milestone}", f"projects that reached it: {measure} counts them"
            remedy = "bring a ledger with history (finished projects too), or choose --measure"
            raise InputError([Problem(ledger.source, milestone, got, expected, remedy)])
    first = busy_from(history, list(wanted.values()))
    kept = _extracts_of(inputs) if extracts else {}
    return LedgerSource(history, wanted, first, kept, settled=_settled(ledger, history, wanted))


def _last_month(ledger: Ledger) -> int:
    """Return the last whole month of a ledger: its own as-of date's, or its latest event's."""
    latest = ledger.as_of or ledger.latest_date()
    if latest is None:
        remedy = "fill the dates of milestones"
        raise InputError([Problem(ledger.source, "", "no dates", "at least one milestone date", remedy)])
    return full_month(latest)


def _settled(ledger: Ledger, history: History, measures: Mapping[str, str]) -> int:
    """Return the last month whose counts will hardly change: reports come late."""
    as_of = end_of(history.cutoff)
    delays = [delay_of(ledger, milestone, as_of) for milestone in measures.values()]
    waits = [
        next((d for d in range(len(delay.known)) if delay.share_known(d) >= SETTLED), len(delay.known))
        for delay in delays
        if delay is not None
    ]
    return history.cutoff - max(waits, default=0)


def _extracts_of(inputs: Inputs) -> dict[int, History]:
    """Return the published extracts of the scenario's own register by month."""
    form, path = inputs.scenario.ledger_format, inputs.scenario.ledger_path()
    own = inputs.given["ledger"] is None
    found: tuple[tuple[date, Ledger], ...] = ()
    if own and form is not None and path is not None:
        names = {m.name: m.zh or m.name for m in inputs.scenario.milestones}
        found = read_extracts(path, names, form, date.max, last=_EXTRACTS)
    if not found:
        expected, remedy = "a register with `ledger_format: vintage`", "leave --extracts out"
        raise InputError([Problem("--extracts", "", "a ledger without extracts", expected, remedy)])
    # A month that is not over has counts of a part of it only.
    return {full_month(day): history_of(ledger, full_month(day)) for day, ledger in found}
