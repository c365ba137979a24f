"""What must hold in every trace, whoever made it: nothing lost, nothing twice, no more than there is.

The checks are cheap beside a run, and they are on by default. They look at a trace from outside and share
no bookkeeping with an engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.engine import audit as law
from sim.engine.cells import Scratch, Spare, bytes_of, flags, ints
from sim.engine.holdings import DIGIT, LARGEST
from sim.engine.inspection import inspect
from sim.engine.opening import clock_cells
from sim.errors import KaigongError
from sim.model.arrays import Flags, Ints, Model
from sim.model.lookup import case_table, events_by_resource
from sim.review import entered
from sim.sampling.draws import Draws
from sim.trace import Trace

__all__ = ["Auditor", "ConservationError", "check", "violations"]

#: Buckets into which minutes are dealt, at most, over all resources.
_BUCKETS = 200_000

#: What the laws say, in the order of their numbers; rows, milestones or projects break them.
_LAWS: tuple[str, ...] = (
    "rows of activities that their project does not have",
    "stops of activities, or on rungs, that their project does not have",
    "rows out of order or twice",
    "rows of a gate or of a project that takes no part",
    "moments of a visit out of order",
    "moments at or after the horizon",
    "served without joining, or never ready",
    "finished visits with open moments",
    "open visits that ended",
    "visits withdrawn at another minute than their project",
    "visits open in a project that left",
    "visits after one that was not returned",
    "returned visits without a next",
    "visits that do not follow on the one before",
    "outcomes other than drawn",
    "direct though it is no check",
    "reopened without a void check",
    "void checks that reopen nothing",
    "not ready when all before it ended",
    "milestones that are not the end of their activity",
    "something happened after the project left",
    "refused, but the project stays",
    "withdrawals without a cause, or causes without one",
    "moments of a stop out of order, or at or after the horizon",
    "rungs that do not follow each other",
    "stops outside the first visit",
    "checks direct against the ends they look at, or not direct with them",
)


#: As Python calls it; its arguments come as lists.
_INSPECT: Callable[..., None] = inspect


class ConservationError(KaigongError):
    """A trace breaks a law of conservation: the engine, or the draws it was given, are wrong.

    Parameters
    ----------
    replication : int
    found : tuple of str
        One line for each law that is broken.
    """

    def __init__(self, replication: int, found: tuple[str, ...]) -> None:
        self.replication = replication
        self.found = found
        super().__init__("\n".join((f"replication {replication}: the trace does not add up", *found)))

    def __reduce__(self) -> tuple[type[ConservationError], tuple[int, tuple[str, ...]]]:
        """Travel whole from a worker to the process that shows it."""
        return type(self), (self.replication, self.found)


class Auditor:
    """Checks replications of one model; prepared once, safe to use from several threads.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        cases, resources, events = model.cases, model.resources, model.events
        if np.any(cases.amount >= LARGEST):
            raise ValueError(f"amount: got {cases.amount.max()}, expected less than {LARGEST}")
        self._model, self._spare = model, Spare()
        place, (order, events_at) = case_table(model), events_by_resource(model)
        shift = 2 * DIGIT
        while (model.horizon + 1 >> shift) * len(resources.names) > _BUCKETS:
            shift += 1
        self._width = (model.horizon + 1 >> shift) + 1
        self._static: tuple[Any, ...] = (
            model.horizon, shift, self._width,
            *map(ints, (place, cases.project, cases.kind, cases.target, cases.reference, cases.since)),
            ints(cases.grace), ints(cases.pred_offset),
            *map(ints, (cases.pred, cases.pred_flag, model.milestone_case, cases.resource, cases.amount)),
            flags(cases.reserved), *map(ints, (cases.release, cases.ladder, model.ladders.offset)),
            ints(model.ladders.resource), clock_cells(model.clocks), ints(resources.kind),
            flags(resources.returns), *map(ints, (resources.lead, resources.clock, events.time, events.kind)),
            ints(order), ints(events_at),
        )  # fmt: skip

    def check(self, draws: Draws, trace: Trace) -> None:
        """Raise if the trace of a replication breaks a law of conservation.

        Raises
        ------
        ConservationError
            Listing every law that is broken, each with its first offenders.
        """
        found = self.violations(draws, trace)
        if found:
            raise ConservationError(trace.replication, found)

    def violations(self, draws: Draws, trace: Trace) -> tuple[str, ...]:
        """Return one line for each law that the trace breaks; empty if all is well."""
        model = self._model
        laws = law.LAWS + 3 * len(model.resources.names) + 3 + len(model.clocks)
        found = np.zeros((laws, 1 + law.SHOWN), dtype=np.int32)
        with self._spare.lent() as scratch:
            luck = _luck(draws, entered(model, draws, trace))
            _INSPECT(*self._static, *luck, *_events(trace), *self._scratch(trace, scratch), found)
        return self._told(found) if found[:, 0].any() else ()

    def _scratch(self, trace: Trace, scratch: Scratch) -> tuple[Any, ...]:
        """Return what the kernels write into."""
        rows, stops, cases = len(trace.project), len(trace.stop_project), len(self._model.cases.project)
        grants, steps = rows + stops, 2 * (rows + stops + cases)
        of_cases = (scratch.ints(n, cases) for n in ("end", "redone", "reopened", "reopening", "first"))
        return (
            scratch.ints("case", rows), scratch.ints("stop_case", stops), scratch.bytes("rerun", rows),
            scratch.bytes("runs", cases), scratch.bytes("gate", cases), *of_cases,
            scratch.ints("grants", 3 * grants).reshape(-1, 3), scratch.longs("steps", steps),
            scratch.longs("spare", steps), scratch.ints("owner", steps),
            scratch.ints("at", self._width * len(self._model.resources.names) + 1),
            scratch.ints("digits", (1 << DIGIT) + 1),
            scratch.longs("bad", 3 * grants), np.zeros(5, dtype=np.int32),
        )  # fmt: skip

    def _told(self, found: Ints) -> tuple[str, ...]:
        """Tell what was found in words."""
        resources, clocks = self._model.resources.names, self._model.clocks
        words = [*_LAWS]
        for name in resources:
            words += [f"{name} beyond its capacity", f"{name} overdrawn",
                      f"{name} overdrawn on its open account"]  # fmt: skip
        words += ["heard outside a session", "heard without a place", "heard without joining in time"]
        words += [f"served while {clock.name} is closed" for clock in clocks]
        lines = []
        for i in np.flatnonzero(found[:, 0]).tolist():
            names = self._names(i, found[i, 1 : 1 + min(int(found[i, 0]), law.SHOWN)].tolist())
            if " overdrawn" in words[i]:
                lines.append(words[i])
            else:
                lines.append(f"{words[i]}: {found[i, 0]}" + (f" ({', '.join(names)})" if names else ""))
        return tuple(lines)

    def _names(self, number: int, who: list[int]) -> list[str]:
        """Return the names of offenders: projects with their activity or milestone."""
        model = self._model
        if number in {law.UNKNOWN_ROW, law.UNKNOWN_STOP, law.STRAY}:
            return []
        if number == law.MILESTONE:
            pairs = (divmod(i, len(model.milestones)) for i in who)
            return [f"{model.project_ids[p]} {model.milestones[k]}" for p, k in pairs]
        project, activity = model.cases.project[who].tolist(), model.cases.activity[who].tolist()
        return [
            f"{model.project_ids[p]} {model.activities[a]}" for p, a in zip(project, activity, strict=True)
        ]


def _luck(draws: Draws, active: Flags) -> tuple[Any, ...]:
    """Return the draws, and who takes part, in the order of the kernel."""
    return (
        flags(active), *map(ints, (draws.withdrawn, draws.signed, draws.lane)), flags(draws.applies),
        flags(draws.arc), ints(draws.rounds), flags(draws.refused), flags(draws.void), bytes_of(draws.state),
        *map(ints, (draws.visit, draws.ended, draws.ready, draws.milestones, draws.capacity)),
        *map(ints, (draws.reserved, draws.event_value, draws.event_reserved)),
    )  # fmt: skip


def _events(trace: Trace) -> tuple[Any, ...]:
    """Return the trace in the order of the kernel."""
    visits = (trace.project, trace.activity, trace.visit, trace.ready, trace.joined, trace.served)
    stops = (trace.stop_project, trace.stop_activity, trace.stop_number, trace.stop_rung)
    return (
        *map(ints, visits), ints(trace.ended), bytes_of(trace.outcome), *map(ints, stops),
        *map(ints, (trace.stop_started, trace.stop_served, trace.stop_ended)), bytes_of(trace.stop_solved),
        ints(trace.withdrawn), bytes_of(trace.withdrawn_cause), ints(trace.milestones),
    )  # fmt: skip


def check(model: Model, draws: Draws, trace: Trace) -> None:
    """Raise if the trace of a replication breaks a law; for many of them make an `Auditor` once.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace

    Raises
    ------
    ConservationError
        Listing every law that is broken, each with its first offenders.
    """
    Auditor(model).check(draws, trace)


def violations(model: Model, draws: Draws, trace: Trace) -> tuple[str, ...]:
    """Return one line for each law of conservation that the trace breaks; empty if all is well.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace
    """
    return Auditor(model).violations(draws, trace)
