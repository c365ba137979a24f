"""``kaigong validate``: published numbers of a place beside what the model says of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    Cluster,
    Engine,
    Fixed,
    Lang,
    Replications,
    Seed,
    command,
    language,
    print_json,
    progress,
)
from forecasts.cli.tables import print_result

NAME = "validate"


@command
def main(
    place: Annotated[
        str | None,
        typer.Argument(help="A scenario with published.csv beside it; default: every shipped one."),
    ] = None,
    replications: Replications = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    cluster: Cluster = None,
    fixed: Fixed = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Run directory (default runs/...); of every place inside it.")
    ] = None,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Score the published numbers of a place: mid-p, how many lie outside, how wide the intervals are."""
    from forecasts import api
    from forecasts.report.validation import score_lines
    from forecasts.validate import places, together
    from forecasts.words import word
    from sim.scenario import shipped_names

    spoken = language(lang)
    names = [place] if place is not None else places(shipped_names())
    made = []
    with progress() as show:
        for name in names:
            folder = out / name if out is not None and place is None else out
            made.append(
                api.validate(
                    name,
                    replications=replications,
                    seed=seed,
                    engine=engine,
                    cluster=cluster,
                    fixed=fixed,
                    out=folder,
                    progress=partial(_shown, show, name),
                )
            )
    everywhere = together([one.result for one in made])
    if json:
        alone = made[0].result if place is not None else None
        print_json(alone or {"places": [one.result for one in made], "score": everywhere})
        return
    for one in made:
        print_result(one.result, spoken, f"{one.result['title'][spoken]} · ")
        typer.echo(one.folder)
    if place is None:
        for line in score_lines(everywhere, spoken):
            typer.echo(f"{word('all', spoken)}: {line}")


def _shown(
    show: Callable[[str, int, int, int], None], place: str, what: str, done: int, total: int, read: int
) -> None:
    show(f"{place} {what}", done, total, read)
