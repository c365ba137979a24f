"""Run a hand-made world through any engine and ask what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine import compiled, reference
from sim.engine.conservation import check
from sim.model.arrays import Model
from sim.sampling.draws import Draws
from sim.trace import NEVER, OUTCOMES, Trace
from tests.engines.naive import naive
from tests.support_engine import World, build_in

VISITS = ("project", "activity", "visit", "ready", "joined", "served", "ended", "outcome")
STOPS = ("project", "activity", "number", "rung", "started", "served", "ended", "solved")


def tables(trace: Trace) -> dict[str, Any]:
    """The trace as lists of rows."""
    visits = [getattr(trace, name) for name in VISITS]
    stops = [getattr(trace, f"stop_{name}") for name in STOPS]
    return {
        "visits": np.stack(visits, axis=1).tolist(), "stops": np.stack(stops, axis=1).tolist(),
        "withdrawn": trace.withdrawn.tolist(), "cause": trace.withdrawn_cause.tolist(),
        "milestones": trace.milestones.tolist(),
    }  # fmt: skip


def by_reference(model: Model, draws: Draws) -> dict[str, Any]:
    trace = reference.run(model, draws)
    check(model, draws, trace)
    return tables(trace)


def by_compiled(model: Model, draws: Draws) -> dict[str, Any]:
    return tables(compiled.run(model, draws))


#: Every engine that must obey the rule; a new one is added here.
ENGINES: dict[str, Callable[[Model, Draws], dict[str, Any]]] = {
    "reference": by_reference, "naive": naive, "compiled": by_compiled,
}  # fmt: skip


@dataclass
class Played:
    """What an engine made of a world; None stands for NEVER."""

    model: Model
    found: dict[str, Any]

    def visits(self, project: str, activity: str) -> list[tuple[Any, ...]]:
        """(ready, joined, served, ended, outcome) of each visit."""
        rows = self._rows("visits", project, activity)
        return [(*(_plain(t) for t in row[3:7]), OUTCOMES[row[7]]) for row in rows]

    def numbers(self, project: str, activity: str) -> list[int]:
        return [row[2] for row in self._rows("visits", project, activity)]

    def served(self, project: str, activity: str) -> list[Any]:
        return [row[2] for row in self.visits(project, activity)]

    def ended(self, project: str, activity: str) -> Any:
        return self.visits(project, activity)[-1][3]

    def stops(self, project: str, activity: str) -> list[tuple[Any, ...]]:
        """(stop, rung, started, served, ended, solved) of each rung."""
        rows = self._rows("stops", project, activity)
        return [(row[2], row[3], *(_plain(t) for t in row[4:7]), bool(row[7])) for row in rows]

    def left(self, project: str) -> tuple[Any, int]:
        p = self.model.project_ids.index(project)
        return _plain(self.found["withdrawn"][p]), self.found["cause"][p]

    def reached(self, project: str) -> list[Any]:
        return [_plain(t) for t in self.found["milestones"][self.model.project_ids.index(project)]]

    def _rows(self, table: str, project: str, activity: str) -> list[list[int]]:
        key = [self.model.project_ids.index(project), self.model.activities.index(activity)]
        return [row for row in self.found[table] if row[:2] == key]


def play(engine: str, projects: Any, resources: Any = (), dates: Any = (), **more: Any) -> Played:
    """Build a world, run it, and keep what happened."""
    more.setdefault("horizon", 60)
    model, draws = build_in(World(resources=resources, dates=dates, **more), projects)
    return Played(model, ENGINES[engine](model, draws))


def _plain(t: int) -> int | None:
    return None if t == NEVER else t
