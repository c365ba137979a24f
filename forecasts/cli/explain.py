"""``kaigong explain RUN PROJECT``: one project's life, a line an activity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import AsJson, Lang, command, language, print_json, print_table

NAME = "explain"
COLUMNS = ("activity", "visit", "ready", "joined", "served", "ended", "outcome", "wait_days", "waited_for", "held_by", "served_before")


@command
def main(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    project: Annotated[str, typer.Argument(help="The project's id.")],
    replication: Annotated[int, typer.Option("--replication", min=0, help="Which simulated future.")] = 0,
    json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Show one project's life in one replication: who held what it waited for, who was served before."""
    from forecasts import api

    told = api.explain(run, project, replication)
    if json:
        print_json(told)
        return
    print_table(f"{project}  #{replication}", told["lines"], COLUMNS, language(lang))
    for line in told["notes"]:
        typer.echo(line)
