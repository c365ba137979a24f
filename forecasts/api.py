"""kaigong from Python: `forecast`, `compare`, `run`, `validate`, `explain`; for command and notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, get_args

from forecasts.archive import FOLDER as ARCHIVE
from forecasts.archive import keep
from forecasts.earned import Method, read_earned
from forecasts.headline import phase_days, run_headlines
from forecasts.inputs import Inputs, StrPath
from forecasts.made import Made
from forecasts.money import limits_of
from forecasts.results import common_parts, plain_labels, rounded
from forecasts.running import Options, Request, Runner, Sought, requested, store_waits, year_investment
from forecasts.todate import ToDate, read_to_date
from forecasts.words import Language, default_language, word
from forecasts.yearend import in_year
from sim.columns import records
from sim.errors import InputError, KaigongError, Problem
from sim.experiment import Collect, Outcome, event_logs, milestone_tables, pilot, simulate
from sim.explain import explain as explain_lines
from sim.explain import steps
from sim.limits import overdue_table
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.provenance import content_hash
from sim.queues import resource_table
from sim.scenario.fit import unknown_units
from sim.store import read_manifest, read_result

if TYPE_CHECKING:
    from forecasts.judging import Choices


def forecast(
    scenario: StrPath,
    *,
    reform: str | None = None,
    method: Method = "auto",
    backtest: StrPath | None = None,
    reported: StrPath | None = None,
    **options: Unpack[Options],
) -> Made:
    """Forecast the year from a ledger against its plan.

    Parameters
    ----------
    scenario : str or path
    reform : str, optional
        A second path with this reform; the paired difference is in ``reform`` of the result.
    method : {"auto", "simulation", "past"}
        What tells the counts: the ledger's past where it can, times the simulation's ratio where a rule
        changes; the simulation alone; or the past, an error where it cannot. Result: ``told_by``.
    backtest : path, optional
        Directory of a finished `kaigong backtest` of the scenario: intervals told by the past are stretched
        by it, and the result says how often they held (``coverage``).
    reported : path, optional
        Year-to-date figures of several years, a row a month and a column a measure: with three complete
        years ``in_year`` of the result forecasts their totals.
    **options
        ledger, plan, as_of, until, replications, seed, engine, fixed, money, skip_bad_rows, out,
        progress, cluster: see `forecasts.running.Request`.

    Returns
    -------
    Made

    Raises
    ------
    InputError
        With every problem of the inputs.
    """
    with requested(options) as request:
        if request.precision is not None:
            got, remedy = str(request.precision), "give replications"
            raise InputError([Problem("--precision", "", got, "none for a forecast", remedy)])
        if method not in get_args(Method):
            wanted = ", ".join(get_args(Method))
            raise InputError([Problem("--method", "", method, f"one of {wanted}", "choose one of them")])
        return _forecast(request, scenario, reform, method, backtest, reported)


def _forecast(
    request: Request,
    scenario: StrPath,
    reform: str | None,
    method: Method,
    backtest: StrPath | None,
    reported: StrPath | None,
) -> Made:
    inputs = request.inputs(scenario, adopted=True)
    if unknown := unknown_units(inputs.scenario, inputs.ledger.text(inputs.scenario.units)):
        raise InputError(unknown)
    other = replace(inputs, scenario=inputs.scenario.with_reforms([reform])) if reform else None
    earned = read_earned(Path(backtest), inputs.scenario.name) if backtest is not None else None
    told_by = {"method": method, "backtest": earned.identity if earned else None}
    figures = _reported(reported, inputs, request) if reported is not None else None
    if reported is not None:
        told_by["reported"] = content_hash(Path(reported))
    run = request.runner("forecast", inputs, reform=reform, **told_by)
    if run.directory.finished:
        return Made(read_result(run.directory.path), run.directory.path)
    import pandas as pd

    from forecasts import forecasting, simulated, telling

    with run.directory.guarded():
        result, reading = forecasting.make_forecast(
            inputs, run, seed=run.seed, fixed=run.fixed, method=method, earned=earned
        )
        directory, path = run.directory, telling.path_of(reading)
        if figures is not None:
            result["in_year"] = rounded(in_year(figures, inputs, seed=run.seed))
        if other is not None:
            second = simulated.run_path(other, run, f"forecast + {reform}", fixed=run.fixed)[0]
            both = reading, telling.with_reform(reading, second, run, fixed=run.fixed)
            result["reform"] = rounded(forecasting.second_path(*both, str(reform)))
        store_waits(directory, path.outcome, path.model)
        directory.write_table("rates", pd.DataFrame(result["rates"]))
        directory.write_table("monthly", pd.DataFrame(result["monthly"]))
        if path.money is not None:
            directory.write_tables("investment", year_investment(path.outcome, path.model, path.money))
        directory.finish(result, result["targets"])
        given = str(inputs.given["scenario"])
        keep(result, directory.manifest.identity, given, directory.path.parent / ARCHIVE)
    return Made(result, directory.path)


def _reported(path: StrPath, inputs: Inputs, request: Request) -> ToDate:
    """Read the year-to-date figures with the words of the scenario."""
    scenario = inputs.scenario
    further = tuple(scenario.counts.by_measure)
    return read_to_date(Path(path), measures=further, words=scenario.measure_words(), money=request.money)


def compare(
    scenario: StrPath, reforms: Sequence[str] | str, *, baseline: str = "none", **options: Unpack[Sought]
) -> Made:
    """Compare reform options with a baseline on the same luck.

    Parameters
    ----------
    scenario : str or path
    reforms : sequence of str, or one
        Options; ``A+B`` is both together.
    baseline : {"none", "adopted"}
        Without the adopted reforms, or with them.
    **options
        See `forecast`, and precision, budget, looks; without an as-of date the cohort is sent in from
        signing and run to absorption.

    Returns
    -------
    Made
        ``precision``, where one was asked for: whether it was reached, and the measure that was last.
    """
    if baseline not in ("none", "adopted"):
        raise InputError([Problem("--baseline", "", baseline, "none or adopted", "choose one of them")])
    wanted = [reforms] if isinstance(reforms, str) else list(reforms)
    with requested(options) as request:
        return _compare(request, scenario, wanted, baseline)


def _compare(request: Request, scenario: StrPath, reforms: Sequence[str], baseline: str) -> Made:
    inputs = request.inputs(scenario, adopted=baseline == "adopted", dated=request.as_of is not None)
    run = request.runner("compare", inputs, reforms=reforms, baseline=baseline)
    if run.directory.finished:
        return Made(read_result(run.directory.path), run.directory.path)
    import pandas as pd

    from forecasts import comparing

    with run.directory.guarded():
        comparison = comparing.prepared(inputs, reforms, fixed=run.fixed)
        run = run.settled(comparison.shown, comparison.collect, comparison.headlines)
        made = comparing.make_comparison(comparison, run, seed=run.seed, replications=run.replications)
        result = made | run.said()
        directory = run.directory
        directory.write_table("results", pd.DataFrame(result["results"]))
        directory.write_table("waits", pd.DataFrame(result["waits"]))
        directory.finish(result, result["results"])
    return Made(result, directory.path)


def run(
    scenario: StrPath,
    *,
    reforms: Sequence[str] = (),
    milestones: bool = False,
    trace: bool = False,
    **options: Unpack[Sought],
) -> Made:
    """Simulate a scenario with its adopted reforms; store waits, milestones and trace as asked.

    Parameters
    ----------
    scenario : str or path
    reforms : sequence of str
        Switched on beside the adopted ones.
    milestones, trace : bool
        Store every milestone date; the event log.
    **options
        See `compare`.

    Returns
    -------
    Made
        ``summary``: natural days between milestones; ``resources``: load and waits; ``precision``, where
        one was asked for.
    """
    with requested(options) as request:
        return _run(request, scenario, reforms, milestones, trace)


def _run(request: Request, scenario: StrPath, reforms: Sequence[str], milestones: bool, trace: bool) -> Made:
    inputs = request.inputs(scenario, adopted=True, reforms=reforms)
    runner = request.runner("run", inputs, reforms=list(reforms), milestones=milestones, trace=trace)
    if runner.directory.finished:
        return Made(read_result(runner.directory.path), runner.directory.path)
    with runner.directory.guarded():
        model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
        names = ("waits", "load", *limits_of(inputs.scenario))
        collect = Collect((*names, "visits") if trace else names)
        runner = runner.settled(
            {"run": model}, collect, lambda models, found: run_headlines(models["run"], found["run"])
        )
        model, outcome = runner.piloted("run", model, collect)
        result = _summary(inputs, model, outcome, runner)
        directory = runner.directory
        store_waits(directory, outcome, model)
        if milestones:
            directory.write_tables("milestones", milestone_tables(model, outcome))
        if trace:
            directory.write_tables("trace", event_logs(model, outcome))
        directory.finish(result, result["summary"])
    return Made(result, directory.path)


def validate(place: StrPath, **options: Unpack[Options]) -> Made:
    """Set the published numbers of a place beside what the model says, and score the predictions.

    Parameters
    ----------
    place : str or path
        A scenario with ``published.csv`` beside it.
    **options
        replications, seed, engine, fixed, out, progress, cluster: see `forecasts.running.Request`.

    Returns
    -------
    Made
        ``rows``: each published number with the model's quantiles; ``score``: how many predictions lie
        outside the 90 % interval, and how wide the intervals are.

    Raises
    ------
    InputError
        With every row that is wrong, or that the scenario cannot answer.
    """
    from forecasts import validate as validating

    with requested(options) as request:
        inputs = validating.with_published(request.inputs(place, adopted=True))
        signing = request.inputs(place, adopted=False, dated=False)
        asked = validating.prepared(inputs, signing, fixed=request.fixed)
        run = request.runner("validate", inputs)
        if run.directory.finished:
            return Made(read_result(run.directory.path), run.directory.path)
        result = validating.make_validation(asked, run, seed=run.seed, replications=run.replications)
        run.directory.finish(result, result["rows"])
        return Made(result, run.directory.path)


def backtest(target: StrPath, **choices: Unpack[Choices]) -> Made:
    """Forecast from past origins with what was known then, and score it by what came.

    Parameters
    ----------
    target : str or path
        A scenario whose ledger has history, or a CSV of monthly series.
    **choices
        See `forecasts.judging.Choices`.

    Returns
    -------
    Made
        ``pooled``, ``measures``, ``horizons``, ``chances``: scores of every way to forecast.
    """
    from forecasts import judging

    with requested(judging.options_of(choices)) as request:
        return Made(*judging.backtest_of(target, request, choices))


def score(archive: StrPath = "runs/archive", **options: Any) -> dict[str, Any]:
    """Score the forecasts kept in an archive by a later ledger; see `forecasts.judging.score`."""
    from forecasts import judging

    return judging.score(archive, **options)


def _summary(inputs: Inputs, model: Model, outcome: Outcome, runner: Runner) -> dict[str, Any]:
    """Return the result of `run`: days of every phase, load of every resource."""
    assert outcome.load is not None  # `run` collects it
    scenarios, count = [inputs.scenario], outcome.replications
    result = {
        "kind": "run",
        **common_parts(inputs, [model], scenarios, runner.seed, count, fixed=runner.fixed),
        "as_of": str(inputs.as_of),
        "until": str(inputs.until),
        "summary": phase_days(model, outcome),
        "resources": records(resource_table(model, outcome.load)),
        "overdue": _overdue(model, outcome),
        "strained_share": outcome.strained_share,
    }
    return dict(rounded(result | runner.said()))


def _overdue(model: Model, outcome: Outcome) -> list[dict[str, Any]]:
    """Return cases over their legal limit by activity and office, nothing where no activity has one."""
    if outcome.limits is None:
        return []
    return records(overdue_table(model, outcome.limits, outcome.replications))


def explain(
    folder: StrPath, project: str, replication: int = 0, lang: Language | None = None
) -> dict[str, Any]:
    """Tell one project's life in one replication of a finished run or forecast.

    Parameters
    ----------
    folder : path
        A run directory of `run` or `forecast`.
    project : str
        Its id.
    replication : int
    lang : {"en", "zh"}, optional

    Returns
    -------
    dict
        ``lines``: an activity a line, with who held what it waited for and who was served before it;
        ``steps``: the same as numbers (minutes since the epoch).

    Raises
    ------
    KaigongError
        If the directory holds no such run, its inputs have changed since, or the project is unknown.
    """
    spoken = lang or default_language()
    manifest = read_manifest(Path(folder))
    if manifest is None or manifest.command not in ("run", "forecast"):
        raise KaigongError(f"{folder}: no finished run or forecast here; give the directory of one")
    o: Mapping[str, Any] = manifest.options
    given = dict(o["given"])
    scenario = given.pop("scenario")
    again = Request(as_of=o["as_of"] or None, until=o["until"] or None, **given)
    inputs = again.inputs(scenario, adopted=True, reforms=o.get("reforms", ()))
    changed = [name for name, value in inputs.hashes.items() if manifest.inputs.get(name) != value]
    if changed:
        raise KaigongError(f"{folder}: {', '.join(changed)} changed since the run; run it again")
    model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    model = with_pilot(model, pilot(model, manifest.seed, engine="auto"))
    if project not in model.project_ids:
        raise KaigongError(
            f"project: got {project}, expected an id of the ledger such as {model.project_ids[0]}"
        )
    if replication >= manifest.replications:
        raise KaigongError(
            f"replication: got {replication}, expected 0 to {manifest.replications - 1}; the run has no other"
        )
    fixed = bool(o.get("fixed"))
    draws, trace = simulate(model, manifest.seed, replication, engine="auto", fixed=fixed)
    return {
        "project": project,
        "replication": replication,
        "lines": [
            word("simulated_life", spoken).format(r=replication, n=manifest.replications, as_of=inputs.as_of),
            *explain_lines(model, draws, trace, project, lang=spoken, labels=plain_labels(inputs, spoken)),
        ],
        "steps": [rounded(asdict(step)) for step in steps(model, draws, trace, project)],
    }
