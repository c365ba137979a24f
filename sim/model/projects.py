"""The projects of a model in the order of their ids: those of the ledger and the candidates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sim.arrivals import candidates, donors_like
from sim.clocks import NEVER, date_of, minute_of
from sim.errors import Problems
from sim.ledger import UNKNOWN, Ledger
from sim.model.arrays import UNKNOWN_DATE, Attributes, Ints
from sim.model.frozen import frozen_ints
from sim.quantities import Quantity, per_month
from sim.scenario import Scenario
from sim.score import scored

#: Attributes that every model carries by name.
_TEXTS = ("county", "kind", "key_level", "land_route", "land_state", "year_class")
_NUMBERS = ("area", "investment", "plan_this_year")
#: What a candidate does not copy: a place on lists, a plan, money already spent, a name.
_OWN = ("name", "list", "period", "parent", "invested_to_date", "invested_this_year")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Projects:
    """P projects, P entries each.

    Parameters
    ----------
    ids : tuple of str
    row : (P,) int32
        Row of the ledger; of a candidate, the row it copies.
    candidate_month : (P,) int32
        Month of a candidate, -1 for a project of the ledger.
    signed : (P,) int32
        As `Model.signed`.
    signing_date : tuple of date
        Date by which grandfathered reforms apply.
    attributes : tuple of mapping
        By row of the ledger, everything a condition may look at.
    """

    ids: tuple[str, ...]
    row: Ints
    candidate_month: Ints
    signed: Ints
    signing_date: tuple[date, ...]
    attributes: tuple[Row, ...]

    def each(self) -> list[Row]:
        """Attributes of every project."""
        return [self.attributes[row] for row in self.row.tolist()]


def with_scores(scenario: Scenario, ledger: Ledger, *, known: bool) -> Ledger:
    """Return the ledger with the project score of the scenario; as it is without one."""
    return scored(scenario.score, ledger, _columns(scenario, ledger), known=known)


def _columns(scenario: Scenario, ledger: Ledger) -> dict[str, Sequence[Any]]:
    """Attributes by name: texts, and numbers as floats."""
    numbers = set(scenario.number_attributes)
    return {
        name: ledger.number(name) if name in numbers else ledger.text(name)
        for name in scenario.attribute_names
    }


def ledger_attributes(scenario: Scenario, ledger: Ledger) -> tuple[Row, ...]:
    """Attributes of every row of the ledger by name: texts, and numbers as floats."""
    columns = _columns(scenario, ledger)
    return tuple({name: column[i] for name, column in columns.items()} for i in range(len(ledger)))


def list_projects(
    scenario: Scenario, ledger: Ledger, epoch: date, *, as_of: date | None, months: Ints | None
) -> Projects:
    """Projects of the ledger, and candidates where `months` is given.

    Parameters
    ----------
    scenario : Scenario
    ledger : Ledger
        Already cut to the cohort.
    epoch : date
    as_of : date or None
        None: nothing is known but the signing dates.
    months : (M+1,) int32 or None
        First minutes of the months of the run, to sample arrivals; None = no arrivals.

    Raises
    ------
    InputError
        When a signing date is missing that a comparison needs.
    """
    attributes = ledger_attributes(scenario, ledger)
    entries = [
        (ledger.ids[i], i, -1, minute, day) for i, (minute, day) in enumerate(_signings(ledger, epoch, as_of))
    ]
    if months is not None and scenario.arrivals is not None:
        entries += _candidates(scenario, ledger, attributes, epoch, months)
    entries.sort(key=lambda entry: entry[0])
    return Projects(
        ids=tuple(entry[0] for entry in entries),
        row=frozen_ints([entry[1] for entry in entries]),
        candidate_month=frozen_ints([entry[2] for entry in entries]),
        signed=frozen_ints([entry[3] for entry in entries]),
        signing_date=tuple(entry[4] for entry in entries),
        attributes=attributes,
    )


def _candidates(
    scenario: Scenario, ledger: Ledger, attributes: Sequence[Row], epoch: date, months: Ints
) -> list[tuple[str, int, int, int, date]]:
    arrivals = scenario.arrivals
    assert arrivals is not None
    rate = arrivals.rate
    most = rate.high if rate.high is not None else rate.value
    starts, ends = months[:-1].astype(np.float64), months[1:].astype(np.float64)
    part = (ends - np.maximum(starts, 0)) / (ends - starts)
    spans = [(date_of(int(t), epoch), float(p)) for t, p in zip(starts, part, strict=True)]
    donors = donors_like(arrivals.like, attributes, scenario.name)
    found = candidates(ledger.ids, donors, spans, per_month(Quantity(most, rate.unit)))
    return [(c.id, c.donor, c.month, NEVER, max(c.first, epoch)) for c in found]


def _signings(ledger: Ledger, epoch: date, as_of: date | None) -> list[tuple[int, date]]:
    """Minute and date of signing of every project of the ledger."""
    first = ledger.milestones[0]
    if as_of is None:
        return _cohort_signings(ledger, first, epoch)
    declared = ledger.declared()
    found = []
    for i, cell in enumerate(ledger.dates[first]):
        # A declared signing that is overdue is expected on the first day of the run.
        planned = declared[i]
        day = cell if isinstance(cell, date) else max(planned, epoch) if planned is not None else None
        if day is not None:
            found.append((minute_of(day, epoch), day))
        elif cell is UNKNOWN:
            found.append((UNKNOWN_DATE, _first_known(ledger, i) or as_of))
        else:
            found.append((NEVER, date_of(NEVER, epoch)))
    return found


def _first_known(ledger: Ledger, row: int) -> date | None:
    """Earliest date known of a project: it was signed by then."""
    cells = [ledger.dates[name][row] for name in ledger.milestones]
    return min((cell for cell in cells if isinstance(cell, date)), default=None)


def _cohort_signings(ledger: Ledger, first: str, epoch: date) -> list[tuple[int, date]]:
    problems, found = Problems(), []
    for i, cell in enumerate(ledger.dates[first]):
        if isinstance(cell, date):
            found.append((minute_of(cell, epoch), cell))
        else:
            row = ledger.row_numbers[i] if ledger.row_numbers else i + 2
            place = f"{ledger.source} row {row}"
            problems.add(place, first, "no date", "a date", "give it, or leave the project out of the cohort")
    problems.raise_if_any()
    return found


def model_attributes(projects: Projects, ledger: Ledger) -> Attributes:
    """Attributes that measures group by; a candidate has no plan, list or name of its own."""
    rows, new = projects.row.tolist(), (projects.candidate_month >= 0).tolist()
    texts = {name: ledger.text(name) for name in (*_TEXTS, *ledger.columns)}
    extra = {
        name: tuple(
            "" if fresh and name in _OWN else column[row] for row, fresh in zip(rows, new, strict=True)
        )
        for name, column in texts.items()
        if name not in (*_TEXTS, *_NUMBERS)
    }
    numbers = {name: np.array(ledger.number(name), dtype=np.float64)[projects.row] for name in _NUMBERS}
    numbers["plan_this_year"][projects.candidate_month >= 0] = 0.0
    for column in numbers.values():
        column.setflags(write=False)
    kept = {name: tuple(texts[name][row] for row in rows) for name in _TEXTS}
    return Attributes(
        county=kept["county"],
        kind=kept["kind"],
        key_level=kept["key_level"],
        land_route=kept["land_route"],
        land_state=kept["land_state"],
        year_class=kept["year_class"],
        area=numbers["area"],
        investment=numbers["investment"],
        plan_this_year=numbers["plan_this_year"],
        extra=extra,
    )


def whole_amount(attribute: str, value: float) -> int:
    """Amount a case asks for in engine units: whole mu, whole 万元; at least 1 where it is positive.

    Examples
    --------
    >>> whole_amount("area", 12.5), whole_amount("investment", 3.2), whole_amount("case", 0.0)
    (13, 32000, 1)
    """
    if attribute == "case":
        return 1
    if math.isnan(value) or value <= 0:
        return 0
    size = value * 10_000 if attribute == "investment" else value
    return max(1, math.floor(size + 0.5))
