"""``kaigong score``: how good the forecasts kept in the archive were."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    Lang,
    LedgerFile,
    Money,
    SkipBadRows,
    command,
    language,
    print_json,
)
from forecasts.cli.tables import print_result

NAME = "score"


@command
def main(
    archive: Annotated[
        Path, typer.Argument(help="Folder of kept forecasts: `archive` beside run directories.")
    ] = Path("runs/archive"),
    ledger: LedgerFile = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Only forecasts of this scenario.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="The ledger is complete up to this day (default: its last date)."
        ),
    ] = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Score the forecasts kept in the archive by what a later ledger says came."""
    from forecasts import api
    from forecasts.inputs import day

    spoken = language(lang)
    result = api.score(
        archive,
        ledger=ledger,
        scenario=scenario,
        as_of=day(as_of, "--as-of"),
        money=money,
        skip_bad_rows=skip_bad_rows,
    )
    if json:
        print_json(result)
        return
    print_result(result, spoken)
