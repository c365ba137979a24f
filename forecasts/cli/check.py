"""``kaigong check``: list every problem of a scenario, a ledger and a plan at once."""

from __future__ import annotations

import typer

from forecasts.cli.common import AsJson, Exit, LedgerFile, Money, PlanFile, Scenario, command, print_json
from sim.errors import Problem

NAME = "check"


@command
def main(
    scenario: Scenario,
    ledger: LedgerFile = None,
    plan: PlanFile = None,
    money: Money = None,
    json: AsJson = False,
) -> None:
    """Check a scenario, its ledger and its plan; exit 1 when problems were listed."""
    from sim.checking import check_inputs

    problems = check_inputs(scenario, ledger=ledger, plan=plan, money=money)
    errors = [p for p in problems if p.severity == "error"]
    if json:
        print_json({"scenario": scenario, "ok": not errors, "problems": [_row(p) for p in problems]})
    else:
        for problem in problems:
            typer.echo(f"{problem.severity}: {problem}")
        typer.echo(f"{len(errors)} error(s), {len(problems) - len(errors)} warning(s)")
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
