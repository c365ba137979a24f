"""A Kaifeng-like city of any size: Kaifeng's ledger over and over, with as many times the desks and land."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from forecasts.inputs import read_inputs
from sim.model.arrays import UNLIMITED, Model
from sim.model.compile import compile_model
from sim.scenario import shipped_root

LEDGER = "portfolio.csv"
AS_OF, UNTIL = "2021-07-31", "2021-12-31"


def city(projects: int, *, forecast: bool = False) -> Model:
    """Return the model of a city of so many projects with about 27 activities each.

    Parameters
    ----------
    projects : int
    forecast : bool
        As of a day in the middle of the year (what is under way has to be played up to it), not every
        project sent in from its signing.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / LEDGER
        known = _write_ledger(path, projects)
        dates: dict[str, Any] = {"as_of": AS_OF, "until": UNTIL} if forecast else {}
        inputs = read_inputs(
            "kaifeng", adopted=forecast, ledger=path, dated=forecast, skip_bad_rows=True, **dates
        )
    model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    return _supplied(model, projects / known)


def _write_ledger(path: Path, projects: int) -> int:
    """Write a ledger of so many rows, ids apart; return how many Kaifeng's own has."""
    with (shipped_root() / "kaifeng" / LEDGER).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    place = head.index("id")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for number in range(projects):
            copy, row = divmod(number, len(rows))
            cells = list(rows[row])
            cells[place] = f"{copy:04}{cells[place]}"
            writer.writerow(cells)
    return len(rows)


def times(values: Any, factor: float) -> Any:
    """So many times the amounts, at least one where there was one; what never binds stays unlimited."""
    more = np.minimum(np.maximum(np.rint(values * factor), np.sign(values)), UNLIMITED)
    return np.where(values < UNLIMITED, more, values).astype(np.int32)


def _supplied(model: Model, factor: float) -> Model:
    """Return the model with so many times the reviewers, crews, land and places."""
    drawn = (model.capacity_scalar, model.reserved_scalar, model.event_scalar, model.event_reserved_scalar)
    which = {int(number) for numbers in drawn for number in numbers if number >= 0}
    scalars = tuple(
        replace(s, factor=s.factor * factor, value=s.value * factor) if number in which else s
        for number, s in enumerate(model.scalars)
    )
    resources, events = model.resources, model.events
    return replace(
        model,
        scalars=scalars,
        resources=replace(
            resources,
            capacity=times(resources.capacity, factor),
            reserved=times(resources.reserved, factor),
        ),
        events=replace(events, value=times(events.value, factor), reserved=times(events.reserved, factor)),
    )
