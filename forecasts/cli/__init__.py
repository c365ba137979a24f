"""The command ``kaigong``: one file a subcommand; nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Annotated

import typer

from forecasts.cli import (
    backtest,
    batch,
    check,
    compare,
    explain,
    forecast,
    report,
    run,
    scenarios,
    score,
    validate,
)

app = typer.Typer(
    name="kaigong",
    help="开工 kaigong: simulate a city's investment projects and forecast the year against its plan.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"kaigong {version('kaigong')}")
        except PackageNotFoundError:
            typer.echo("kaigong (not installed)")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Simulate a city's investment projects and forecast the year against its plan."""


for _module in (check, run, compare, forecast, explain, report, scenarios, batch, validate, backtest, score):
    app.command(name=_module.NAME)(_module.main)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; ends the process with its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Instead of the process's own.
    """
    if arguments is None:
        # Modules are objects that live as long as the process, some 400,000 of them: looking through them for
        # garbage while they are loaded takes a sixth of the start.
        gc.set_threshold(1_000_000, 50, 100)
    app(args=None if arguments is None else list(arguments), prog_name="kaigong")
