"""What to run replications with, and what to keep of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from sim.engine import reference
from sim.errors import KaigongError
from sim.model.arrays import Model
from sim.sampling import Draws
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


def prepared(name: str, model: Model) -> Callable[[Draws], Trace]:
    """Return an engine for one model, which the compiled one lays out once.

    Parameters
    ----------
    name : str
        As `engine_named`.
    model : Model
    """
    run = engine_named(name, model)
    if run is reference.run:
        return partial(run, model)
    ready: Callable[[Draws], Trace] = import_module("sim.engine.compiled").CompiledEngine(model).run
    return ready


def is_compiled(name: str, model: Model) -> bool:
    """Tell whether that engine is the compiled one, whose kernels run beside each other in threads."""
    return engine_named(name, model) is not reference.run


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
