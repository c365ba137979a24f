"""What to run replications with, and what to keep of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sim.engine import reference
from sim.errors import KaigongError
from sim.model.arrays import Model
from sim.sampling import Draws
from sim.trace import Trace

#: Engines by name.
ENGINE_NAMES: tuple[str, ...] = ("auto", "compiled", "reference")

#: What can be collected beside milestones. All stays outside memory but traces, which are there for whoever
#: looks at a few replications; what they tell of visits streams as `visits`.
COLLECTED: tuple[str, ...] = ("waits", "load", "lengths", "limits", "visits", "traces")


def is_compiled(name: str) -> bool:
    """Return whether an engine's name means the compiled one, whose kernels run beside each other in threads.

    Raises
    ------
    KaigongError
        If there is no such engine.

    Examples
    --------
    >>> is_compiled("auto"), is_compiled("reference")
    (True, False)
    """
    if name not in ENGINE_NAMES:
        raise KaigongError(
            f"--engine: got '{name}', expected {', '.join(ENGINE_NAMES[:-1])} or {ENGINE_NAMES[-1]};"
            " choose one of them"
        )
    return name != "reference"


def prepared(name: str, model: Model) -> Callable[[Draws], Trace]:
    """Return an engine for one model, which the compiled one lays out once.

    Parameters
    ----------
    name : str
        ``auto``, ``compiled`` or ``reference``. All give the same traces; ``auto`` is the compiled engine.
    model : Model

    Raises
    ------
    KaigongError
        If there is no such engine.
    """
    if not is_compiled(name):
        return partial(reference.run, model)
    from sim.engine.compiled import CompiledEngine, warm  # noqa: PLC0415 - its kernels take a while to load

    warm()
    return CompiledEngine(model).run


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
