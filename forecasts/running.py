"""Running the models of one command: one seed, one run directory, progress, and the tables it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from forecasts.headline import precision_block, sentence
from forecasts.inputs import Inputs, StrPath, read_inputs
from forecasts.progress import in_notebook
from forecasts.results import labels_of
from forecasts.words import LANGUAGES
from sim.columns import Coded, Columns
from sim.errors import InputError, KaigongError, Problem, Problems
from sim.experiment import (
    BUDGET,
    FIRST_LOOK,
    Collect,
    Headline,
    Look,
    Outcome,
    Progress,
    Where,
    blocks_of,
    pilot,
    replicate,
    until_precise,
)
from sim.experiment.address import place_of, reach
from sim.experiment.one import is_compiled
from sim.investment import Invested
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.provenance import Manifest
from sim.store import RunDirectory, open_run

#: Told of progress: what is running, replications done, in all, and how many of those done were only read.
Show = Callable[[str, int, int, int], None]

#: Told of inputs that were read.
Opened = Callable[[Inputs], None]

#: Told what was seen at a look of ``--precision``, by language.
Told = Callable[[Mapping[str, str]], None]

#: Models and their outcomes by name to the headline measures of a command.
Headlines = Callable[[Mapping[str, Model], Mapping[str, Outcome]], Sequence[Headline]]

#: Replications where nobody asks for a number.
ON_REFERENCE, ON_COMPILED = 200, 1000


class Options(TypedDict, total=False):
    """What `forecast`, `compare` and `run` all take, as keyword arguments; `Request` says what they mean."""

    ledger: StrPath | None
    plan: StrPath | None
    as_of: date | str | None
    until: date | str | None
    replications: int | None
    seed: int
    engine: str
    fixed: bool
    money: str | None
    skip_bad_rows: bool
    out: StrPath | None
    progress: Show | None
    cluster: str | None
    opened: Opened | None


class Sought(Options, total=False):
    """What `compare` and `run` take beside: how precise the answer has to be."""

    precision: float | str | None
    budget: int | None
    looks: Told | None


@dataclass(frozen=True)
class Request:
    """The options of one command, defaults filled in.

    Parameters
    ----------
    ledger, plan : path, optional
        Default: what the scenario names.
    as_of, until : date or ISO text, optional
    replications : int, optional
        Default 200 on the reference engine, 1,000 on the compiled one.
    seed : int
    engine : {"auto", "compiled", "reference"}
    fixed : bool
        Central parameter values: intervals cover chance only.
    money : str, optional
        Money unit of a ledger without one.
    skip_bad_rows : bool
    out : path, optional
        Run directory; default ``runs/<command>-<scenario>-<hash>``.
    progress : callable, optional
    precision : float, optional
        Instead of `replications`: run until the half-width of the interval of every headline measure is at
        most this share of the measure's value (for rates: this share itself).
    budget : int, optional
        Replications at which `precision` gives up, default 6,400.
    looks : callable, optional
        Told of every look at the precision.
    cluster : str, optional
        Address of a ``dask.distributed`` scheduler that runs the replications; default: this machine.
    opened : callable, optional
        Told of the inputs before anything is run.
    """

    ledger: StrPath | None = None
    plan: StrPath | None = None
    as_of: date | str | None = None
    until: date | str | None = None
    replications: int | None = None
    seed: int = 1
    engine: str = "auto"
    fixed: bool = False
    money: str | None = None
    skip_bad_rows: bool = False
    out: StrPath | None = None
    progress: Show | None = None
    precision: float | str | None = None
    budget: int | None = None
    looks: Told | None = None
    cluster: str | None = None
    opened: Opened | None = None

    def __post_init__(self) -> None:
        """Refuse what no run can be made with, before anything is read."""
        if self.replications is not None and self.replications < 2:
            raise KaigongError(f"replications: got {self.replications}, expected at least 2; ask for more")
        _check_precision(self.precision, self.budget, self.replications)
        is_compiled(self.engine)  # refuses what is no engine
        if self.cluster is not None:
            place_of(self.cluster)
        if self.out is not None:
            check_out(self.out)

    def inputs(
        self, scenario: StrPath, *, adopted: bool, reforms: Sequence[str] = (), dated: bool = True
    ) -> Inputs:
        """Read what the options name."""
        found = read_inputs(
            scenario,
            reforms=reforms,
            adopted=adopted,
            ledger=self.ledger,
            plan=self.plan,
            as_of=self.as_of,
            until=self.until,
            dated=dated,
            money=self.money,
            skip_bad_rows=self.skip_bad_rows,
        )
        if self.opened is not None and dated:
            self.opened(found)
        return found

    def runner(self, command: str, inputs: Inputs, **choices: object) -> Runner:
        """Open the run directory and return what runs models into it."""
        choices |= {"fixed": self.fixed, "engine": self.engine}
        asked = None if self.precision is None else share(self.precision, "--precision")
        budget = self.budget or BUDGET
        if asked is not None:
            choices |= {"precision": asked, "budget": budget}
        count = (
            self.replications if asked is not None else self.replications or default_replications(self.engine)
        )
        directory = run_directory(command, inputs, self.seed, count, self.out, choices)
        if self.cluster is not None and not directory.finished:
            with directory.guarded():
                reach(self.cluster)
        return Runner(
            self.seed, count, self.engine, self.fixed, directory, self.progress,
            self.cluster, asked, budget, self.looks, labels_of(inputs.scenario),
        )  # fmt: skip


def share(given: float | str, name: str) -> float:
    """Return a precision given as a number or as text.

    Raises
    ------
    InputError
        If it is not a number between 0 and 1.

    Examples
    --------
    >>> share("0.02", "--precision")
    0.02
    """
    expected, remedy = "a number between 0 and 1", "write 0.02 for two parts in a hundred"
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise InputError([Problem(name, "", str(given), expected, remedy)])
    return value


def check_out(out: StrPath) -> None:
    """Refuse a run directory without a name, which would be the one the person is in.

    Raises
    ------
    InputError
    """
    if not Path(out).name:
        remedy = "name a new one, such as --out runs/tonight"
        raise InputError([Problem("--out", "", repr(str(out)), "the name of a directory", remedy)])


def _check_precision(precision: float | str | None, budget: int | None, replications: int | None) -> None:
    """Refuse what cannot be asked for together, and a budget without a look."""
    problems = Problems()
    if precision is None:
        if budget is not None:
            problems.add("--budget", "", budget, "--precision beside it", "give a precision, or no budget")
        problems.raise_if_any()
        return
    share(precision, "--precision")
    if replications is not None:
        got = f"{precision} beside --replications {replications}"
        problems.add("--precision", "", got, "one of the two", "leave one out")
    if budget is not None and budget < FIRST_LOOK:
        problems.add("--budget", "", budget, f"at least {FIRST_LOOK} replications", "ask for more")
    problems.raise_if_any()


def default_replications(engine: str) -> int:
    """Return the replications to run where nobody asks for a number: more on the faster engine."""
    return ON_COMPILED if is_compiled(engine) else ON_REFERENCE


@dataclass(frozen=True)
class Runner:
    """Runs models of one command: same seed and replications, one run directory.

    ``count`` is None until `settled` has found it.
    """

    seed: int
    count: int | None
    engine: str
    fixed: bool
    directory: RunDirectory
    show: Show | None
    cluster: str | None = None
    precision: float | None = None
    budget: int = BUDGET
    looks: Told | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, Model] = field(default_factory=dict)
    look: Look | None = None

    def __call__(self, name: str, model: Model, collect: Collect) -> Outcome:
        """Pilot and run one model."""
        return self.piloted(name, model, collect)[1]

    def piloted(self, name: str, model: Model, collect: Collect) -> tuple[Model, Outcome]:
        """Return the model with its pilot waits, and its outcome."""
        ready = self.known[name] if name in self.known else self.ready(model)
        return ready, self.outcome(name, ready, collect, range(self.replications))

    def ready(self, model: Model) -> Model:
        """Return a model with its pilot waits."""
        with self.directory.guarded():
            return with_pilot(model, pilot(model, self.seed, **self.where))

    @property
    def where(self) -> Where:
        """What runs the replications."""
        return {"engine": self.engine, "workers": None, "cluster": self.cluster}

    def outcome(self, name: str, ready: Model, collect: Collect, numbers: range) -> Outcome:
        """Run some replications of a model; finished chunks are read from the run directory."""

        def tell(progress: Progress) -> None:
            if self.show is not None:
                self.show(name, numbers.start + progress.done, numbers.stop, progress.read)

        if self.show is not None:
            self.show(name, numbers.start, numbers.stop, 0)
        with self.directory.guarded():
            return replicate(
                ready,
                self.seed,
                numbers,
                fixed=self.fixed,
                collect=collect,
                progress=tell,
                resume=self.directory.parts,
                **self.where,
            )

    def settled(self, models: Mapping[str, Model], collect: Collect, headlines: Headlines) -> Runner:
        """Return a runner that knows its number of replications, and writes it into its manifest.

        Parameters
        ----------
        models : mapping of str to Model
            Those that headline measures are read of.
        collect : Collect
            The same as in the run to come, so that what was run for the precision is not run again.
        headlines : callable
            Reads the headline measures of some replications.
        """
        if self.precision is None:
            return self
        ready = {name: self.ready(model) for name, model in models.items()}

        def sample(numbers: range) -> Sequence[Headline]:
            return headlines(ready, {n: self.outcome(n, m, collect, numbers) for n, m in ready.items()})

        look = until_precise(self.precision, sample, budget=self.budget, report=self._tell)
        return replace(self.counting(look.replications), known=ready, look=look)

    @property
    def replications(self) -> int:
        """Replications of the run, once settled."""
        assert self.count is not None
        return self.count

    def counting(self, count: int) -> Runner:
        """Return a runner of so many replications."""
        manifest = replace(self.directory.manifest, replications=count)
        return replace(self, count=count, directory=replace(self.directory, manifest=manifest))

    def _tell(self, look: Look) -> None:
        if self.looks is not None:
            self.looks({lang: sentence(look, self.labels, lang) for lang in LANGUAGES})

    def said(self) -> dict[str, Any]:
        """Return what the result says of the precision: nothing where none was asked for."""
        return {} if self.look is None else {"precision": precision_block(self.look, self.labels)}


@contextmanager
def requested(options: Options | Sought) -> Iterator[Request]:
    """Give the request of a call from Python; in a notebook it shows progress while it is open."""
    request = Request(**options)
    if request.progress is not None:
        yield request
        return
    with in_notebook() as bar:
        yield request if bar is None else replace(request, progress=bar.show, looks=request.looks or bar.look)


def run_directory(
    command: str,
    inputs: Inputs,
    seed: int,
    count: int | None,
    out: StrPath | None,
    options: Mapping[str, Any],
) -> RunDirectory:
    """Return the run directory: as named, else ``runs/`` and the run's own hash.

    Without a count the run finds it, and writes it into the manifest at its end.
    """
    manifest = Manifest(
        command,
        inputs.scenario.name,
        seed=seed,
        replications=count or 0,
        found=count is None,
        inputs=inputs.hashes,
        options={
            **options,
            "as_of": str(inputs.as_of or ""),
            "until": str(inputs.until or ""),
            "paths": inputs.paths,
            "given": inputs.given,
        },
        synthetic=inputs.synthetic,
    )
    if out is None:
        return open_run(Path("runs"), manifest)
    place = Path(out)
    return open_run(place.parent, manifest, name=place.name)


def store_waits(directory: RunDirectory, outcome: Outcome, model: Model) -> None:
    """Write the waits of every project and replication, ids instead of row numbers, some at a time."""
    if len(outcome.waits):
        directory.write_tables("waits", outcome.waits.tables(model.project_ids))


def year_investment(outcome: Outcome, model: Model, money: Invested) -> Iterator[Columns]:
    """Yield the year's true and reported money of projects and replications, 亿元, some at a time."""
    for block in blocks_of(outcome.active, money.year_true, money.year_reported):
        r, p = np.nonzero(outcome.active[block])
        yield {
            "replication": outcome.numbers[block][r],
            "project": Coded(p, model.project_ids),
            "true": money.year_true[block][r, p],
            "reported": money.year_reported[block][r, p],
        }
