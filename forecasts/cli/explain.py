"""``kaigong explain RUN PROJECT``: one project's life, a line an activity."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import AsJson, Lang, command, language, print_json

NAME = "explain"


@command
def main(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    project: Annotated[str, typer.Argument(help="The project's id.")],
    replication: Annotated[int, typer.Option("--replication", min=0, help="Which simulated future.")] = 0,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Show one project's life in one replication: who held what it waited for, who was served before."""
    from forecasts import api

    told = api.explain(run, project, replication, language(lang))
    if json:
        print_json(told)
        return
    for line in told["lines"]:
        typer.echo(line)
