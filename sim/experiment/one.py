"""One replication: draw, run, check, measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from sim.engine import conservation, reference
from sim.errors import KaigongError
from sim.experiment.outcome import LOAD_FIELDS, Array, Chunk, no_halts
from sim.investment import construction_length, halts_of
from sim.model.arrays import Model
from sim.paths import driving_path
from sim.queues import load_of
from sim.sampling import Draws, Sampler
from sim.trace import Trace

Engine = Callable[[Model, Draws], Trace]

#: Engines by name.
ENGINE_NAMES: tuple[str, ...] = ("auto", "compiled", "reference")

#: What can be collected beside milestones.
COLLECTED: tuple[str, ...] = ("waits", "load", "lengths", "traces")


#: Cases below which `auto` stays with the reference engine: loading the compiled one takes a second.
FEW_CASES = 500


def on_reference(name: str, model: Model | None) -> bool:
    """Return whether an engine's name means the reference engine for a model, Numba being there.

    Raises
    ------
    KaigongError
        If there is no such engine.
    """
    if name not in ENGINE_NAMES:
        raise KaigongError(
            f"engine: got {name}, expected one of {', '.join(ENGINE_NAMES)}; choose one of them"
        )
    is_small = model is not None and len(model.cases.project) < FEW_CASES
    return name == "reference" or (name == "auto" and is_small)


def engine_named(name: str, model: Model | None = None) -> Engine:
    """Return an engine by name; Numba is imported only where it is used.

    Parameters
    ----------
    name : str
        ``auto``, ``compiled`` or ``reference``. All give the same traces; ``auto`` is the compiled
        engine where Numba can be imported and the model is not small.
    model : Model, optional
        What is to be run.

    Raises
    ------
    KaigongError
        If there is no such engine, or no Numba for the compiled one.

    Examples
    --------
    >>> engine_named("reference").__module__
    'sim.engine.reference'
    """
    if on_reference(name, model):
        return reference.run
    try:
        compiled = import_module("sim.engine.compiled")
    except ImportError as error:
        if name == "auto":
            return reference.run
        raise KaigongError(f"engine: compiled needs numba ({error}); install it, or use reference") from error
    compiled.warm()
    run: Engine = compiled.run
    return run


@dataclass(frozen=True)
class Collect:
    """What to keep of each replication beside milestones.

    Parameters
    ----------
    names : tuple of str
        Of `COLLECTED`.
    milestone : int or tuple of int, optional
        Where driving paths end, for all projects or one by one; default: the last milestone each
        project reached.
    since : int, optional
        Driving minutes are counted from here on (0: after the as-of date).
    unreached : bool
        Driving paths also of projects that have not reached the milestone.
    construction : int, optional
        Milestone whose open work `lengths` are kept.
    """

    names: tuple[str, ...] = ("waits", "load")
    milestone: int | tuple[int, ...] | None = None
    since: int | None = None
    unreached: bool = False
    construction: int | None = None

    def __post_init__(self) -> None:
        """Check the names."""
        unknown = [name for name in self.names if name not in COLLECTED]
        if unknown:
            raise KaigongError(f"collect: got {', '.join(unknown)}, expected some of {', '.join(COLLECTED)}")
        if "lengths" in self.names and self.construction is None:
            raise KaigongError(
                "collect: lengths need the milestone that ends construction; give `construction`"
            )


def simulate(
    model: Model, seed: int, replication: int, *, engine: str = "reference", fixed: bool = False
) -> tuple[Draws, Trace]:
    """Return the draws and the checked trace of one replication, the same as in any experiment."""
    return _checked(model, engine_named(engine, model), Sampler(model).draw(seed, replication, fixed=fixed))


def _checked(model: Model, run: Engine, draws: Draws) -> tuple[Draws, Trace]:
    """Run an engine and check that nothing was lost or made on the way."""
    trace = run(model, draws)
    conservation.check(model, draws, trace)
    return draws, trace


def run_chunk(
    model: Model, seed: int, numbers: Sequence[int], *, engine: str, fixed: bool, collect: Collect
) -> Chunk:
    """Return the measures of a few replications; nothing else of them is kept."""
    sampler, run = Sampler(model), engine_named(engine, model)
    given = collect.milestone
    end = np.array(given, dtype=np.int32) if isinstance(given, tuple) else given
    rows: list[dict[str, Any]] = []
    tables: list[pd.DataFrame] = []
    kept: list[tuple[Draws, Trace]] = []
    halts = [no_halts()]
    for number in numbers:
        draws, trace = _checked(model, run, sampler.draw(seed, number, fixed=fixed))
        rows.append(_row(model, draws, trace, collect))
        if "waits" in collect.names:
            path = driving_path(model, draws, trace, end, since=collect.since, unreached=collect.unreached)
            tables.append(path)
        if "lengths" in collect.names and collect.construction is not None:
            found = halts_of(model, trace, collect.construction, number)
            halts.append(np.stack([found.replication, found.project, found.started, found.ended], axis=1))
        if "traces" in collect.names:
            kept.append((draws, trace))
    arrays: dict[str, Array] = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    waits = pd.concat(tables, ignore_index=True) if tables else None
    return Chunk(arrays, waits, np.concatenate(halts), tuple(kept))


def _row(model: Model, draws: Draws, trace: Trace, collect: Collect) -> dict[str, Any]:
    """Return the arrays of one replication."""
    row = {
        "numbers": np.int64(draws.replication),
        "milestones": trace.milestones,
        "withdrawn": trace.withdrawn,
        "withdrawn_cause": trace.withdrawn_cause,
        "active": draws.active,
        "strained": draws.strained,
        "lane": draws.lane.astype(np.int8),
        "parameters": draws.parameters,
    }
    if "load" in collect.names:
        load = load_of(model, draws, trace)
        row |= {f"load_{name}": getattr(load, name) for name in LOAD_FIELDS}
    if "lengths" in collect.names and collect.construction is not None:
        row["lengths"] = construction_length(model, draws, trace, collect.construction)
    return row
