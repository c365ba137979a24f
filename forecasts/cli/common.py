"""What every command shares: options, exit codes, progress, and how an answer is printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from forecasts.progress import on_terminal
from forecasts.words import LANGUAGES, Language, default_language, word
from sim.errors import Halfway, InputError, KaigongError, Problem

if TYPE_CHECKING:
    from forecasts.inputs import Inputs

P = ParamSpec("P")
T = TypeVar("T")


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    NO = 1
    BAD_INPUT = 2
    INTERRUPTED = 3


Scenario = Annotated[
    str, typer.Argument(help="A shipped scenario's name (see `kaigong scenarios`) or a path.")
]
LedgerFile = Annotated[Path | None, typer.Option("--ledger", help="Ledger, CSV or XLSX.")]
PlanFile = Annotated[Path | None, typer.Option("--plan", help="Annual plan, CSV or XLSX.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="Date of knowledge, YYYY-MM-DD.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="End of the forecast, YYYY-MM-DD.")
]
Replications = Annotated[
    int | None,
    typer.Option(
        "--replications",
        min=2,
        help="Simulated futures (default 200 on the reference engine, 1,000 on the compiled).",
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        "--precision",
        metavar="X",
        help="Instead: until every headline interval's half-width is X of its value (of rates: X itself).",
    ),
]
Budget = Annotated[
    int | None, typer.Option("--budget", help="Replications at which --precision gives up (default 6,400).")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of every draw.")]
Engine = Annotated[str, typer.Option("--engine", help="auto, compiled or reference.")]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Run on the dask scheduler at this address."),
]
Fixed = Annotated[bool, typer.Option("--fixed", help="Central parameter values: chance only.")]
Out = Annotated[Path | None, typer.Option("--out", help="Run directory (default runs/...).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output.")]
Lang = Annotated[str, typer.Option("--lang", help="zh or en; default: what the environment speaks.")]
Money = Annotated[str | None, typer.Option("--money", help="Money unit of a ledger without one: 万元, 亿元.")]
SkipBadRows = Annotated[bool, typer.Option("--skip-bad-rows", help="Leave bad rows out and say so.")]


def language(lang: str) -> Language:
    """Return `lang` if kaigong speaks it; the environment's language where none is named.

    Examples
    --------
    >>> language("zh")
    'zh'
    """
    if not lang:
        return default_language()
    for known in LANGUAGES:
        if lang == known:
            return known
    raise InputError([Problem("--lang", "", lang, " or ".join(LANGUAGES), "choose one of them")])


def command(function: Callable[P, T]) -> Callable[P, T]:
    """Turn what can go wrong into a message and an exit code; never a traceback."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            for problem in error.problems:
                typer.echo(str(problem), err=True)
            typer.echo(f"{len(error.problems)} problem(s); nothing was written", err=True)
            raise typer.Exit(Exit.BAD_INPUT) from None
        except KaigongError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(Exit.BAD_INPUT) from None
        except BrokenPipeError:
            raise typer.Exit(Exit.DONE) from None
        except KeyboardInterrupt as stop:
            kept = isinstance(stop, Halfway)
            how = "goes on where it stopped" if kept else "begins anew: nothing was finished yet"
            typer.echo(f"interrupted: the same command {how}", err=True)
            raise typer.Exit(Exit.INTERRUPTED) from None

    return wrapped


def say_as_of(spoken: Language) -> Callable[[Inputs], None]:
    """Return what says on standard error as of when a run knows its ledger, and doubts about that date."""

    def opened(inputs: Inputs) -> None:
        from forecasts.said import known_on, said
        from sim.ledger import far_dates

        if inputs.as_of is None:
            return
        latest = inputs.as_of == inputs.ledger.latest_date()
        typer.echo(known_on(inputs.as_of, spoken, latest=latest), err=True)
        names = {m.name: m.zh if spoken == "zh" and m.zh else m.name for m in inputs.scenario.milestones}
        for problem in far_dates(inputs.ledger) if latest else ():
            typer.echo(f"{word('warning', spoken)}: {said(problem, spoken, names)}", err=True)

    return opened


@contextmanager
def progress() -> Iterator[Callable[[str, int, int, int], None]]:
    """Yield a function ``(what, done, total, read)`` that shows rate and time left on standard error."""
    with on_terminal() as bar:
        yield bar.show


def print_json(result: Mapping[str, Any]) -> None:
    """Print `result` as JSON on standard output, Chinese as it is, no NaN."""
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
