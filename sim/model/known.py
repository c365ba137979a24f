"""What `sim.present` found out, as the arrays of `Known`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from sim.clocks import NEVER
from sim.errors import Problems
from sim.ledger import Ledger
from sim.model.arrays import (
    APPLICANT,
    ENDED,
    INFERRED,
    NOT_YET,
    SERVICE,
    Cases,
    Ints,
    Known,
    Resources,
)
from sim.model.frozen import frozen_ints
from sim.model.projects import Projects
from sim.model.sheet import Sheet
from sim.present import Facts, facts, past

STATE_CODE = {
    "not_yet": NOT_YET,
    "ended": ENDED,
    "applicant": APPLICANT,
    "service": SERVICE,
    "inferred": INFERRED,
}


def compile_known(
    sheet: Sheet, projects: Projects, ledger: Ledger, *, as_of: date | None, epoch: date, milestones: int
) -> Known:
    """Known past of every project; without an as-of date nothing is known."""
    count, cases = len(projects.ids), len(sheet.case_row)
    nothing = Facts((NEVER,) * milestones)
    listed: Sequence[Facts] = (nothing,) * count
    moments = np.full((6, cases), NEVER, dtype=np.int32)
    moments[0], moments[5] = NOT_YET, 0
    if as_of is not None:
        by_row = facts(ledger, as_of, epoch)
        listed = [
            nothing if month >= 0 else _existing(by_row[row], sheet, p)
            for p, (row, month) in enumerate(
                zip(projects.row.tolist(), projects.candidate_month.tolist(), strict=True)
            )
        ]
        for p, known in enumerate(listed):
            if known.milestones[0] < NEVER:
                span = slice(int(sheet.case_offset[p]), int(sheet.case_offset[p + 1]))
                moments[:, span] = _moments(sheet, p, known)
    state = moments[0].astype(np.int8)
    state.setflags(write=False)
    return Known(
        milestones=frozen_ints([known.milestones for known in listed]).reshape(count, milestones),
        state=state,
        ready=frozen_ints(moments[1]),
        joined=frozen_ints(moments[2]),
        served=frozen_ints(moments[3]),
        ended=frozen_ints(moments[4]),
        visit=frozen_ints(moments[5]),
        withdrawn=frozen_ints([known.withdrawn for known in listed]),
    )


def _existing(known: Facts, sheet: Sheet, project: int) -> Facts:
    """Leave out milestones that the project does not have."""
    ends = sheet.templates[sheet.of[project]].graph.milestones
    kept = tuple(
        minute if k == 0 or ends[k] is not None else NEVER for k, minute in enumerate(known.milestones)
    )
    return Facts(kept, known.items, known.withdrawn)


def _moments(sheet: Sheet, project: int, known: Facts) -> Ints:
    template = sheet.templates[sheet.of[project]]
    found = past(template.graph, known, template.traits)
    columns = [(STATE_CODE[m.state], m.ready, m.joined, m.served, m.ended, m.visit) for m in found]
    return np.array(columns, dtype=np.int32).reshape(len(found), 6).T


def check_amounts(
    cases: Cases, known: Known, resources: Resources, ledger: Ledger, projects: Projects
) -> None:
    """Refuse a ledger that lacks an amount some case still has to ask for.

    Raises
    ------
    InputError
        Naming every row and resource.
    """
    lacking = np.flatnonzero((cases.resource >= 0) & (cases.amount <= 0) & (known.state != ENDED))
    problems = Problems()
    for project, resource in sorted({(int(cases.project[c]), int(cases.resource[c])) for c in lacking}):
        row = int(projects.row[project])
        number = ledger.row_numbers[row] if ledger.row_numbers else row + 2
        name = resources.names[resource]
        expected = f"the amount that `{name}` counts"
        problems.add(f"{ledger.source} row {number}", name, "nothing", expected, "fill in area or investment")
    problems.raise_if_any()
