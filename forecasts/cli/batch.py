"""``kaigong batch DIR``: tonight's forecasts of many scenarios and ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    Engine,
    Exit,
    Lang,
    Replications,
    Seed,
    command,
    language,
    print_json,
    progress,
)
from forecasts.cli.tables import print_table

NAME = "batch"
COLUMNS = (
    "scenario", "measure", "group", "plan", "p_met", "change", "p10", "p50", "p90", "scored", "cover80",
    "mean_error",
)  # fmt: skip


@command
def main(
    folder: Annotated[Path, typer.Argument(help="A folder with *.yaml or */scenario.yaml files.")],
    replications: Replications = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    out: Annotated[Path, typer.Option("--out", help="Where run directories and batch.csv lie.")] = Path(
        "runs/batch"
    ),
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Forecast every scenario of a folder; a broken one does not stop the others (exit 2 at the end)."""
    from forecasts.batch import batch
    from forecasts.cells import with_chances

    spoken = language(lang)
    with progress() as show:
        made = batch(
            folder,
            out=out,
            replications=replications,
            seed=seed,
            engine=engine,
            progress=show,
            report=lambda one: one.write_report(spoken),
        )
    if json:
        print_json({"rows": made.rows, "broken": made.broken, "summary": str(made.summary)})
    else:
        rows = [with_chances([row], row["replications"])[0] for row in made.rows]
        print_table("", rows, COLUMNS, spoken)
        typer.echo(made.summary)
    for file, what in made.broken.items():
        typer.echo(f"{file} was left out:\n{what}", err=True)
    if made.broken:
        raise typer.Exit(Exit.BAD_INPUT)
