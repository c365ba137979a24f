"""``kaigong compare``: reform options against a baseline, with the same luck in both."""

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
    PlanFile,
    Precision,
    Replications,
    Scenario,
    Seed,
    SkipBadRows,
    command,
    language,
    print_json,
)
from forecasts.cli.tables import print_result
from forecasts.progress import on_terminal

NAME = "compare"


@command
def main(
    scenario: Scenario,
    reform: Annotated[
        list[str], typer.Option("--reform", help="A reform, or several together: A+B. Repeatable.")
    ],
    baseline: Annotated[
        str, typer.Option(help="none: without the adopted reforms; adopted: with them.")
    ] = "none",
    ledger: LedgerFile = None,
    plan: PlanFile = None,
    as_of: AsOf = None,
    replications: Replications = None,
    precision: Precision = None,
    budget: Budget = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    cluster: Cluster = None,
    fixed: Fixed = False,
    out: Out = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Compare reform options: paired differences, verdicts, drivers, waits by cause and owner."""
    from forecasts import api
    from forecasts.inputs import day

    spoken = language(lang)
    with on_terminal(spoken) as bar:
        made = api.compare(
            scenario,
            reform,
            baseline=baseline,
            ledger=ledger,
            plan=plan,
            as_of=day(as_of, "--as-of"),
            replications=replications,
            precision=precision,
            budget=budget,
            seed=seed,
            engine=engine,
            cluster=cluster,
            fixed=fixed,
            money=money,
            skip_bad_rows=skip_bad_rows,
            out=out,
            progress=bar.show,
            looks=bar.look,
        )
    if json:
        print_json(made.result)
        return
    print_result(made.result, spoken)
    typer.echo(made.write_report(spoken))
