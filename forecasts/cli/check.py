"""``kaigong check``: list every problem of a scenario, a ledger and a plan at once."""

from __future__ import annotations

import typer

from forecasts.cli.common import (
    AsJson,
    AsOf,
    Exit,
    Lang,
    LedgerFile,
    Money,
    PlanFile,
    Scenario,
    command,
    language,
    print_json,
)
from forecasts.words import word
from sim.errors import Problem

NAME = "check"


@command
def main(
    scenario: Scenario,
    ledger: LedgerFile = None,
    plan: PlanFile = None,
    as_of: AsOf = None,
    money: Money = None,
    json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Check a scenario, its ledger and its plan; exit 1 when problems were listed."""
    from forecasts.inputs import day
    from forecasts.said import known_on, said
    from sim.checking import checked

    spoken = language(lang)
    found = checked(scenario, ledger=ledger, plan=plan, money=money, as_of=day(as_of, "--as-of"))
    problems = found.problems
    errors = [p for p in problems if p.severity == "error"]
    if json:
        known = None if found.as_of is None else str(found.as_of)
        rows = [_row(p) for p in problems]
        print_json({"scenario": scenario, "as_of": known, "ok": not errors, "problems": rows})
    else:
        if found.as_of is not None:
            typer.echo(known_on(found.as_of, spoken, latest=found.latest))
        for problem in problems:
            line = said(problem, spoken, found.labels.get(spoken))
            typer.echo(f"{word(problem.severity, spoken)}: {line}")
        counts = {"errors": len(errors), "warnings": len(problems) - len(errors)}
        typer.echo(word("problems_counted", spoken).format(**counts))
    if errors:
        raise typer.Exit(Exit.NO)


def _row(problem: Problem) -> dict[str, str]:
    return {
        "severity": problem.severity,
        "place": problem.place,
        "path": problem.path,
        "got": problem.got,
        "expected": problem.expected,
        "remedy": problem.remedy,
    }
