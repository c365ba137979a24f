"""``kaigong compare``: reform options against a baseline, with the same luck in both."""

from __future__ import annotations

from typing import Annotated

import typer

from forecasts.cli.common import (
    AsJson, AsOf, Engine, Fixed, Lang, LedgerFile, Money, Out, PlanFile, Replications, Scenario, Seed, SkipBadRows,
    command, day, language, print_json, print_table, progress,
)

NAME = "compare"
COLUMNS = ("option", "group", "n", "baseline_value", "value", "difference", "low", "high", "verdict", "replications_needed")


@command
def main(
    scenario: Scenario,
    reform: Annotated[list[str], typer.Option("--reform", help="A reform, or several together: A+B. Repeatable.")],
    baseline: Annotated[str, typer.Option(help="none: without the adopted reforms; adopted: with them.")] = "none",
    ledger: LedgerFile = None,
    plan: PlanFile = None,
    as_of: AsOf = None,
    replications: Replications = None,
    seed: Seed = 1,
    engine: Engine = "auto",
    fixed: Fixed = False,
    out: Out = None,
    money: Money = None,
    skip_bad_rows: SkipBadRows = False,
    json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Compare reform options: paired differences, verdicts, drivers, waits by cause and owner."""
    from forecasts import api

    spoken = language(lang)
    with progress(quiet=json) as show:
        made = api.compare(
            scenario, reform, baseline=baseline, ledger=ledger, plan=plan, as_of=day(as_of, "--as-of"),
            replications=replications, seed=seed, engine=engine, fixed=fixed, money=money,
            skip_bad_rows=skip_bad_rows, out=out, progress=show,
        )
    if json:
        print_json(made.result)
        return
    for measure in dict.fromkeys(r["measure"] for r in made.result["results"]):
        rows = [r for r in made.result["results"] if r["measure"] == measure and r["group"] == "all"]
        print_table(measure, rows, COLUMNS, spoken)
    if made.result["effect_in_parts"]:
        print_table("", made.result["effect_in_parts"], ("part", "land", "group", "n", "difference", "low", "high"), spoken)
    for line in made.notes(spoken):
        typer.echo(line)
    typer.echo(made.write_report(spoken))
