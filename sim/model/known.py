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
    POOL,
    SERVICE,
    Cases,
    Flags,
    Ints,
    Known,
    Resources,
)
from sim.model.frozen import frozen_ints
from sim.model.projects import Projects
from sim.model.sheet import Sheet
from sim.present import Facts, ItemFact, facts, past

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
    listed = _facts(sheet, projects, ledger, as_of=as_of, epoch=epoch, milestones=milestones)
    count = len(listed)
    moments = np.full((6, len(sheet.case_row)), NEVER, dtype=np.int32)
    moments[0], moments[5] = NOT_YET, 0
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


def _facts(
    sheet: Sheet, projects: Projects, ledger: Ledger, *, as_of: date | None, epoch: date, milestones: int
) -> list[Facts]:
    """Facts of every project; of a candidate, and without an as-of date, there are none."""
    nothing = Facts((NEVER,) * milestones)
    if as_of is None:
        return [nothing] * len(projects.ids)
    by_row = facts(ledger, as_of, epoch)
    new = projects.candidate_month >= 0
    return [
        nothing if new[p] else _existing(by_row[row], sheet, p) for p, row in enumerate(projects.row.tolist())
    ]


def _existing(known: Facts, sheet: Sheet, project: int) -> Facts:
    """Leave out milestones that the project does not have."""
    ends = sheet.templates[sheet.of[project]].graph.milestones
    kept = tuple(
        minute if k == 0 or ends[k] is not None else NEVER for k, minute in enumerate(known.milestones)
    )
    graph = sheet.templates[sheet.of[project]].graph
    items = dict(known.items)
    for node in graph.nodes:
        if seen := [items[name] for name in node.members if name in items]:
            items[node.name] = _together(seen, len(node.members))
    return Facts(kept, items, known.withdrawn)


def _together(seen: Sequence[ItemFact], members: int) -> ItemFact:
    """Read rows of items that are done together as one: begun with the first, decided with the last."""
    decided = max(fact.decided for fact in seen) if len(seen) == members else NEVER
    returned = [fact.returned for fact in seen if fact.returned < NEVER]
    return ItemFact(min(fact.accepted for fact in seen), max(returned, default=NEVER), decided)


def _moments(sheet: Sheet, project: int, known: Facts) -> Ints:
    template = sheet.templates[sheet.of[project]]
    found = past(template.graph, known, template.traits)
    columns = [(STATE_CODE[m.state], m.ready, m.joined, m.served, m.ended, m.visit) for m in found]
    return np.array(columns, dtype=np.int32).reshape(len(found), 6).T


def check_amounts(
    cases: Cases, known: Known, resources: Resources, ledger: Ledger, projects: Projects
) -> None:
    """Refuse amounts that are missing, and amounts above the capacity of a pool.

    Only cases that still have to ask count.

    Raises
    ------
    InputError
        Naming every row and resource.
    """
    asks = (cases.resource >= 0) & (known.state != ENDED)
    pool = asks & (resources.kind[cases.resource] == POOL) if len(resources.kind) else asks
    above = pool & (cases.amount > resources.capacity[cases.resource]) if len(resources.kind) else pool
    problems = Problems()
    for case in _first_of_each(cases, (asks & (cases.amount <= 0)) | above):
        row, resource = int(projects.row[cases.project[case]]), int(cases.resource[case])
        number = ledger.row_numbers[row] if ledger.row_numbers else row + 2
        name, amount = resources.names[resource], int(cases.amount[case])
        most = f", at most {resources.capacity[resource]}" if above[case] else ""
        expected = f"the amount that `{name}` counts{most}"
        place = f"{ledger.source} row {number}"
        problems.add(place, name, amount or "nothing", expected, "correct area or investment of the project")
    problems.raise_if_any()


def _first_of_each(cases: Cases, chosen: Flags) -> list[int]:
    """First of the chosen cases of every project and resource."""
    found: dict[tuple[int, int], int] = {}
    for case in np.flatnonzero(chosen).tolist():
        found.setdefault((int(cases.project[case]), int(cases.resource[case])), case)
    return list(found.values())
