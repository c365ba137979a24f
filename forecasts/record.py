"""What the record says of the planned dates on the early-warning list, beside what the simulation says.

The simulation knows the rules and what holds a project; the record knows how dates planned like this one
were kept. Where the ledger has enough history, each line of the list carries both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forecasts.history import history_of
from forecasts.inputs import Inputs, read_earlier
from forecasts.landmark import Panel, record_of
from forecasts.months import full_month
from sim.ledger import Ledger

__all__ = ["MOST", "panel_of", "with_record"]

#: Ledgers of earlier months that are read, at most; months gone back in one ledger, and by how many.
MOST = 36
_STEP = 3

#: Attributes that may matter, where the ledger has them.
_ATTRIBUTES = ("investment", "area", "key_level", "land_route")


def panel_of(inputs: Inputs, extracts: Sequence[tuple[date, Ledger]] = ()) -> Panel | None:
    """Give the ledger at earlier cut-offs: extracts of a register, monthly files beside it, or gone back in.

    Parameters
    ----------
    inputs : Inputs
        With an as-of date.
    extracts : sequence of (date, Ledger)
        Extracts that the ledger's own file holds.

    Returns
    -------
    Panel or None
        None where no month is over yet.
    """
    assert inputs.as_of is not None
    kept = extracts if len(extracts) > 1 else read_earlier(inputs)[-MOST:]
    if len(kept) > 1:
        return Panel.of_ledgers([*kept, (inputs.as_of, inputs.ledger)])
    history = history_of(inputs.ledger, full_month(inputs.as_of))
    if not len(history):
        return None
    return Panel.rewound(history, months=MOST, step=_STEP)


def with_record(
    inputs: Inputs, rows: Sequence[Mapping[str, Any]], extracts: Sequence[tuple[date, Ledger]] = ()
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Add `p_late_record` and `cause_record` to the rows of the list, None where the record is too thin.

    Returns
    -------
    tuple of (list of dict, dict)
        The rows in their order, and what they were learned from: ledgers, whether planned dates are
        those of each ledger, events by milestone.
    """
    nothing = {"p_late_record": None, "cause_record": None}
    statement: dict[str, Any] = {"ledgers": 0, "restated": False, "events": {}}
    planned = list(dict.fromkeys(str(row["milestone"]) for row in rows))
    panel = panel_of(inputs, extracts) if planned else None
    if panel is None:
        return [dict(row) | nothing for row in rows], statement
    record = record_of(panel, planned, _ATTRIBUTES)
    found = []
    for row in rows:
        chance = record.chances.get((str(row["id"]), str(row["milestone"])))
        said = (
            {} if chance is None else {"p_late_record": round(chance.p_late, 4), "cause_record": chance.cause}
        )
        found.append(dict(row) | nothing | said)
    statement |= {"ledgers": record.cutoffs, "restated": record.restated, "events": dict(record.events)}
    return found, statement
