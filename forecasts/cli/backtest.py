"""``kaigong backtest``: how good forecasts from past origins would have been."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    Lang,
    LedgerFile,
    Money,
    Out,
    Seed,
    SkipBadRows,
    command,
    language,
    print_json,
)
from forecasts.cli.tables import print_result
from forecasts.progress import on_terminal

NAME = "backtest"


@command
def main(
    target: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A scenario whose ledger has history, or a CSV of series: month, a column a measure.",
        ),
    ],
    ledger: LedgerFile = None,
    chain: Annotated[
        str | None,
        typer.Option("--chain", metavar="A,B,C", help="Measures of a table of which each feeds the next."),
    ] = None,
    origins: Annotated[
        str | None,
        typer.Option(
            "--origins",
            metavar="FIRST:LAST",
            help="Such as 2010-12:2019-12 (default: from five years on, while outcomes are known).",
        ),
    ] = None,
    every: Annotated[int, typer.Option("--every", help="Months between origins.")] = 3,
    horizon: Annotated[int, typer.Option("--horizon", help="Months to come, 1 to 12.")] = 12,
    measure: Annotated[
        list[str] | None, typer.Option("--measure", help="Only this measure. Repeatable.")
    ] = None,
    member: Annotated[
        list[str] | None,
        typer.Option("--member", help="Only this way to forecast: naive, ets, ledger ... Repeatable."),
    ] = None,
    choices_until: Annotated[
        str | None,
        typer.Option(
            "--choices-until", metavar="MONTH", help="Last origin choices were made on; later ones apart."
        ),
    ] = None,
    extracts: Annotated[
        bool, typer.Option("--extracts", help="Origins are the register's published extracts, as they were.")
    ] = False,
    paths: Annotated[int, typer.Option("--paths", help="Futures drawn at every origin.")] = 1000,
    seed: Seed = 1,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes (default: one a core).")
    ] = None,
    out: Out = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Forecast from past origins with what was known then; score every way to forecast by what came."""
    from forecasts import api

    spoken = language(lang)
    with on_terminal(spoken) as bar:
        made = api.backtest(
            target,
            ledger=ledger,
            chain=chain,
            origins=origins,
            every=every,
            horizon=horizon,
            measures=measure or (),
            members=member or (),
            choices_until=choices_until,
            extracts=extracts,
            paths=paths,
            seed=seed,
            workers=workers,
            money=money,
            skip_bad_rows=skip_bad_rows,
            out=Path(out) if out else None,
            progress=bar.show,
        )
    if json:
        print_json(made.result)
        return
    print_result(made.result, spoken)
    typer.echo(made.folder)
