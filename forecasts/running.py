"""Running the models of one command: one seed, one run directory, progress, and the tables it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecasts.inputs import Inputs, StrPath
from sim.experiment import Collect, Outcome, Progress, pilot, replicate
from sim.investment import Invested
from sim.model.arrays import Model
from sim.model.compile import with_pilot
from sim.provenance import Manifest
from sim.store import RunDirectory, open_run

#: Told of progress: what is running, replications done, replications in all.
Show = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Runner:
    """Runs models of one command: same seed and replications, one run directory."""

    seed: int
    count: int
    engine: str
    fixed: bool
    directory: RunDirectory
    show: Show | None

    def __call__(self, name: str, model: Model, collect: Collect) -> Outcome:
        """Pilot and run one model."""
        return self.piloted(name, model, collect)[1]

    def piloted(self, name: str, model: Model, collect: Collect) -> tuple[Model, Outcome]:
        """Return the model with its pilot waits, and its outcome."""
        ready = with_pilot(model, pilot(model, self.seed, engine=self.engine))

        def tell(progress: Progress) -> None:
            if self.show is not None:
                self.show(name, progress.done, progress.total)

        outcome = replicate(
            ready,
            self.seed,
            range(self.count),
            engine=self.engine,
            fixed=self.fixed,
            collect=collect,
            progress=tell,
            workers=2 if self.count >= 40 else 1,
            resume=self.directory.parts,
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
    """Write the waits of every project and replication, ids instead of row numbers."""
    if len(outcome.waits):
        ids = pd.Categorical.from_codes(
            outcome.waits["project"].to_numpy(), dtype=pd.CategoricalDtype(list(model.project_ids))
        )
        directory.write_table("waits", outcome.waits.assign(project=ids))


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
