"""``kaigong run``: simulate a scenario and store its tables."""

from __future__ import annotations

from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson,
    AsOf,
    Budget,
    Cluster,
    Engine,
    Fixed,
    Lang,
    LedgerFile,
    Money,
    Out,
    Precision,
    Replications,
    Scenario,
    Seed,
    SkipBadRows,
    Until,
    command,
    language,
    print_json,
    say_as_of,
)
from forecasts.cli.tables import print_result
from forecasts.progress import on_terminal

NAME = "run"


@command
def main(
    scenario: Scenario,
    ledger: LedgerFile = None,
    as_of: AsOf = None,
    until: Until = None,
    reform: Annotated[
        list[str] | None, typer.Option("--reform", help="Switch a reform on. Repeatable.")
    ] = None,
    replications: Replications = None,
    precision: Precision = None,
    budget: Budget = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    cluster: Cluster = None,
    fixed: Fixed = False,
    milestones: Annotated[bool, typer.Option("--milestones", help="Store every milestone date.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Store the trace (event log) too.")] = False,
    out: Out = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Simulate and store waits, rates, investment (and milestones or trace when asked)."""
    from forecasts import api
    from forecasts.inputs import day

    spoken = language(lang)
    with on_terminal(spoken) as bar:
        made = api.run(
            scenario,
            ledger=ledger,
            as_of=day(as_of, "--as-of"),
            until=day(until, "--until"),
            reforms=reform or (),
            replications=replications,
            precision=precision,
            budget=budget,
            seed=seed,
            engine=engine,
            cluster=cluster,
            fixed=fixed,
            milestones=milestones,
            trace=trace,
            money=money,
            skip_bad_rows=skip_bad_rows,
            out=out,
            progress=bar.show,
            opened=say_as_of(spoken),
            looks=bar.look,
        )
    if json:
        print_json(made.result)
        return
    print_result(made.result, spoken)
    typer.echo(made.folder)
