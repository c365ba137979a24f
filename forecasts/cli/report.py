"""``kaigong report RUN``: make the figures and pages of a run directory again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import Lang, command, language

NAME = "report"


@command
def main(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    lang: Lang = "",
) -> None:
    """Write figures and reports (Chinese and English) of a finished run; the last line is the path."""
    from forecasts.report import write_report
    from sim.store import read_result

    typer.echo(write_report(read_result(run), run, language(lang)))
