"""Running the models of one command: one seed, one run directory, progress, and the tables it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from forecasts.inputs import Inputs, StrPath, read_inputs
from sim.errors import KaigongError
from sim.experiment import Collect, Outcome, Progress, Where, pilot, replicate
from sim.investment import Invested
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.provenance import Manifest
from sim.store import RunDirectory, open_run

#: Told of progress: what is running, replications done, replications in all.
Show = Callable[[str, int, int], None]


#: Replications where nobody asks for a number.
REPLICATIONS = 200


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


@dataclass(frozen=True)
class Request:
    """The options of one command, defaults filled in.

    Parameters
    ----------
    ledger, plan : path, optional
        Default: what the scenario names.
    as_of, until : date or ISO text, optional
    replications : int, optional
        Default 200.
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
    cluster : str, optional
        Address of a ``dask.distributed`` scheduler that runs the replications; default: this machine.
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
    cluster: str | None = None

    def __post_init__(self) -> None:
        """Refuse a number of replications that gives no interval."""
        if self.replications is not None and self.replications < 2:
            raise KaigongError(f"replications: got {self.replications}, expected at least 2; ask for more")

    @property
    def count(self) -> int:
        """Replications to run."""
        return self.replications or REPLICATIONS

    def inputs(
        self, scenario: StrPath, *, adopted: bool, reforms: Sequence[str] = (), dated: bool = True
    ) -> Inputs:
        """Read what the options name."""
        return read_inputs(
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

    def runner(self, command: str, inputs: Inputs, **choices: object) -> Runner:
        """Open the run directory and return what runs models into it."""
        choices |= {"fixed": self.fixed, "engine": self.engine}
        directory = run_directory(command, inputs, self.seed, self.count, self.out, choices)
        return Runner(self.seed, self.count, self.engine, self.fixed, directory, self.progress, self.cluster)


@dataclass(frozen=True)
class Runner:
    """Runs models of one command: same seed and replications, one run directory."""

    seed: int
    count: int
    engine: str
    fixed: bool
    directory: RunDirectory
    show: Show | None
    cluster: str | None = None

    def __call__(self, name: str, model: Model, collect: Collect) -> Outcome:
        """Pilot and run one model."""
        return self.piloted(name, model, collect)[1]

    def piloted(self, name: str, model: Model, collect: Collect) -> tuple[Model, Outcome]:
        """Return the model with its pilot waits, and its outcome."""

        def tell(progress: Progress) -> None:
            if self.show is not None:
                self.show(name, progress.done, progress.total)

        where: Where = {"engine": self.engine, "workers": None, "cluster": self.cluster}
        with self.directory.guarded():
            ready = with_pilot(model, pilot(model, self.seed, **where))
            outcome = replicate(
                ready,
                self.seed,
                range(self.count),
                fixed=self.fixed,
                collect=collect,
                progress=tell,
                resume=self.directory.parts,
                **where,
            )
        return ready, outcome


def run_directory(
    command: str, inputs: Inputs, seed: int, count: int, out: StrPath | None, options: Mapping[str, Any]
) -> RunDirectory:
    """Return the run directory: as named, else ``runs/`` and the run's own hash."""
    manifest = Manifest(
        command,
        inputs.scenario.name,
        seed=seed,
        replications=count,
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
    ids = pd.CategoricalDtype(list(model.project_ids))
    named = (
        table.assign(project=pd.Categorical.from_codes(table["project"].to_numpy(), dtype=ids))
        for table in outcome.waits.tables()
    )
    if len(outcome.waits):
        directory.write_tables("waits", named)


def year_investment(outcome: Outcome, model: Model, money: Invested) -> pd.DataFrame:
    """Return the year's true and reported money of every project and replication, 亿元."""
    r, p = np.nonzero(outcome.active)
    return pd.DataFrame(
        {
            "replication": outcome.numbers[r],
            "project": pd.Categorical.from_codes(p, dtype=pd.CategoricalDtype(list(model.project_ids))),
            "true": money.year_true[r, p],
            "reported": money.year_reported[r, p],
        }
    )
