"""``kaigong forecast``: the year's end from tonight's ledger, against the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    AsOf,
    Cluster,
    Engine,
    Exit,
    Fixed,
    Lang,
    LedgerFile,
    Money,
    Out,
    PlanFile,
    Replications,
    Scenario,
    Seed,
    SkipBadRows,
    Until,
    command,
    language,
    print_json,
    progress,
    say_as_of,
)
from forecasts.cli.tables import print_result
from forecasts.words import replications_of, word

NAME = "forecast"


@command
def main(
    scenario: Scenario,
    ledger: LedgerFile = None,
    plan: PlanFile = None,
    as_of: AsOf = None,
    until: Until = None,
    reform: Annotated[
        str | None, typer.Option("--reform", help="A second path with this reform, and the difference.")
    ] = None,
    method: Annotated[
        str, typer.Option("--method", help="What tells the counts: auto, simulation or past.")
    ] = "auto",
    backtest: Annotated[
        str | None,
        typer.Option("--backtest", help="Directory of a `kaigong backtest`: its coverage and widths."),
    ] = None,
    reported: Annotated[
        Path | None,
        typer.Option(
            "--reported", help="Year-to-date figures of several years, CSV or XLSX: the year's total."
        ),
    ] = None,
    replications: Replications = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    cluster: Cluster = None,
    fixed: Fixed = False,
    alarm: Annotated[
        str | None, typer.Option("--alarm", help='Exit 1 when this holds, such as "p_met<0.7".')
    ] = None,
    out: Out = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Forecast starts, completions, productions and investment; list what endangers the plan."""
    from forecasts import api
    from forecasts.alarm import parse_alarm
    from forecasts.inputs import day

    spoken = language(lang)
    bell = parse_alarm(alarm) if alarm else None
    with progress() as show:
        made = api.forecast(
            scenario,
            ledger=ledger,
            plan=plan,
            as_of=day(as_of, "--as-of"),
            until=day(until, "--until"),
            reform=reform,
            backtest=backtest,
            reported=reported,
            method=method,  # type: ignore[arg-type]  # checked there, with all words
            replications=replications,
            seed=seed,
            engine=engine,
            cluster=cluster,
            fixed=fixed,
            money=money,
            skip_bad_rows=skip_bad_rows,
            out=out,
            progress=show,
            opened=say_as_of(spoken),
        )
    ringing = bell.ringing(made.result) if bell else []
    if json:
        print_json(made.result | ({"alarm": {"condition": alarm, "rang": ringing}} if bell else {}))
    else:
        typer.echo(
            f"{word('as_of', spoken)} {made.result['as_of']}, "
            f"{word('until', spoken)} {made.result['until']}, "
            f"{replications_of(made.result['replications'], spoken)}"
        )
        print_result(made.result, spoken)
        for line in ringing:
            typer.echo(f"ALARM {line}")
        typer.echo(made.write_report(spoken))
    if ringing:
        raise typer.Exit(Exit.NO)
