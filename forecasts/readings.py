"""A measure of a mechanism, replication by replication, without and with its switch under common draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.indicators import make_table
from forecasts.inputs import Inputs
from forecasts.mechanisms import Measure
from forecasts.money import attribute_rows, limits_of, meets, year_money
from forecasts.outlook import Period, minutes_after
from forecasts.path import Path
from forecasts.standing import ranks_of, totals
from sim.clocks import DAY, NEVER
from sim.comparison import Fraction, days_between, reached_by, samples, within_days
from sim.comparison import Measure as Compared
from sim.errors import InputError, KaigongError, Problem
from sim.experiment import Collect, Outcome
from sim.model.arrays import Model
from sim.spec import When
from sim.trace import Trace

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]

#: Time inside a visit that belongs to no resource.
CAUSES: Final = ("applicant", "correction", "work")


@dataclass(frozen=True)
class Side:
    """One side of a pair: a model of a scenario and some replications of it.

    Parameters
    ----------
    inputs : Inputs
        Their scenario is this side's.
    model : Model
    outcome : Outcome
    fixed : bool
    """

    inputs: Inputs
    model: Model
    outcome: Outcome
    fixed: bool = False

    @property
    def period(self) -> Period:
        """The year that money and ranks are read in."""
        scenario, epoch = self.inputs.scenario, self.model.epoch
        end = self.inputs.until or scenario.until or epoch.replace(month=12, day=31)
        return Period.of(self.inputs.as_of or epoch, end)


#: The side with the mechanism, and the one without.
Pair = Mapping[str, Side]
ON, OFF = "on", "off"


def collected(measure: Measure, inputs: Inputs) -> Collect:
    """Return what replications must keep for a measure."""
    scenario = inputs.scenario
    if measure.name in ("invested", "reported", "rank") and scenario.investment is not None:
        return Collect(("lengths",), construction=scenario.milestone_names.index(scenario.investment.to))
    if measure.name == "overdue":
        return Collect(limits_of(scenario))
    return Collect(("traces",) if measure.name in _BY_TRACE else ())


def members(model: Model, condition: When | None, group: str) -> Flags:
    """Return the projects of a group (P,).

    Raises
    ------
    InputError
        If there is none.
    """
    found = meets(condition, attribute_rows(model))
    if not found.any():
        remedy = "correct the group, or the portfolio"
        raise InputError([Problem("mechanisms.csv", "group", group, "at least one project", remedy)])
    return found


def read_pair(pair: Pair, measure: Measure, group: Flags) -> tuple[Floats, Floats]:
    """Work out a measure of both sides.

    Parameters
    ----------
    pair : mapping of str to Side
        `ON` and `OFF`; the same replications of the same projects.
    measure : Measure
    group : (P,) bool

    Returns
    -------
    on, off : (R,) float64
        NaN where a replication gives no value.
    """
    if measure.name == "rank":
        return _rank(pair[ON], measure.parts[0]), _rank(pair[OFF], measure.parts[0])
    outcomes = {name: pair[name].outcome for name in (ON, OFF)}  # the option comes first
    value, other, _ = samples(outcomes, _compared(pair, measure, group), {"group": group})["group"]
    return value, other


def _compared(pair: Pair, measure: Measure, group: Flags) -> Compared:
    """Return the measure as the comparison knows it."""
    outcomes = {name: side.outcome for name, side in pair.items()}
    names = pair[OFF].inputs.scenario.milestone_names
    if measure.name == "days":
        return days_between(names, *measure.parts)
    if measure.name == "within":
        days = int(measure.parts[1].removesuffix("d"))
        return within_days(outcomes, days, 0, names.index(measure.parts[0]), "within")
    if measure.name == "share":
        assert measure.day is not None  # checked with the table
        last = int(minutes_after([measure.day], pair[OFF].model.epoch)[0]) - 1
        return reached_by(outcomes, names.index(measure.parts[0]), last, "share")
    made = _BY_TRACE.get(measure.name) or _BY_OUTCOME[measure.name]
    sides = {name: made(side, measure, group) for name, side in pair.items()}
    return Fraction(
        measure.name,
        {n: top for n, (top, _) in sides.items()},
        {n: bottom for n, (_, bottom) in sides.items()},
    )


#: Arrays (R, P) of which the sums over a group are divided by one another.
_Parts = tuple[Floats, Floats]


def _one(side: Side, group: Flags) -> Floats:
    """Return a bottom that adds up to one over the group: the measure is a sum."""
    return np.broadcast_to(group / group.sum(), side.outcome.active.shape)


def _money(side: Side, measure: Measure, group: Flags) -> _Parts:
    """Return 亿元 of the year by the end of a day, true or reported."""
    if side.inputs.scenario.investment is None:
        raise KaigongError(f"{measure.name}: the scenario measures no money; give it `investment:`")
    assert measure.day is not None  # checked with the table
    inputs, everyone = side.inputs, np.ones((1, len(side.model.project_ids)), dtype=np.bool_)
    period = Period.of(inputs.as_of or side.model.epoch, measure.day)
    made = year_money(
        inputs.scenario, inputs.ledger, side.model, side.outcome, period, everyone,
        fixed=side.fixed, known=inputs.as_of is not None,
    )  # fmt: skip
    return made.year_true if measure.name == "invested" else made.year_reported, _one(side, group)


def _withdrawn(side: Side, _: Measure, __: Flags) -> _Parts:
    active = side.outcome.active
    return (active & (side.outcome.withdrawn < NEVER)).astype(np.float64), active.astype(np.float64)


def _overdue(side: Side, _: Measure, __: Flags) -> _Parts:
    """Return cases over their legal limit, and those judged."""
    outcome = side.outcome
    if outcome.overdue is None or outcome.judged is None:
        raise KaigongError("overdue: no activity of the scenario has a `limit`; give it one")
    return outcome.overdue.astype(np.float64), outcome.judged.astype(np.float64)


def _signed(side: Side, _: Measure, group: Flags) -> _Parts:
    """Return the arrivals that came by the end of the forecast."""
    end = int(minutes_after([side.period.until], side.model.epoch)[0])
    listed = set(side.inputs.ledger.ids)
    arrives = np.array([i not in listed for i in side.model.project_ids], dtype=np.bool_)
    came = side.outcome.active & arrives & (side.outcome.milestones[..., 0] < end)
    return came.astype(np.float64), _one(side, group)


def _traced(side: Side, of: Callable[[Trace], tuple[npt.NDArray[np.integer], Floats]]) -> Floats:
    """Sum what each trace gives by project: (R, P)."""
    count = len(side.model.project_ids)
    rows = [of(trace) for _, trace in side.outcome.kept]
    return np.stack([np.bincount(project, amount, count) for project, amount in rows])


def _days(start: Ints, end: Ints, gone: Ints, horizon: int) -> Floats:
    """Return natural days from start to end; what has not ended counts to withdrawal or to the horizon."""
    most = np.minimum(gone.astype(np.int64), horizon)
    return np.asarray(np.maximum(np.minimum(end, most) - np.minimum(start, most), 0) / DAY, dtype=np.float64)


def _wait(side: Side, measure: Measure, _: Flags) -> _Parts:
    """Return days a project spends in a resource's queues, or in a cause of `CAUSES`."""
    what, model = measure.parts[0], side.model
    active = side.outcome.active.astype(np.float64)
    if what in CAUSES:
        return _traced(side, lambda t: (t.project, _cause(what, t, model.horizon))), active
    wanted = np.array([name.partition("@")[0] == what for name in model.resources.names] + [False])
    if not wanted.any():
        known = sorted({name.partition("@")[0] for name in model.resources.names})
        expected = f"one of {', '.join([*known, *CAUSES])}"
        raise InputError([Problem("mechanisms.csv", "measure", what, expected, "use one of them")])
    resource = np.full((len(model.project_ids), len(model.activities)), -1, dtype=np.int64)
    resource[model.cases.project, model.cases.activity] = model.cases.resource
    rungs = _rungs(side, what)

    def waited(trace: Trace) -> tuple[npt.NDArray[np.integer], Floats]:
        asked = wanted[resource[trace.project, trace.activity]]
        gone, stop_gone = trace.withdrawn[trace.project], trace.withdrawn[trace.stop_project]
        queue = np.where(asked, _days(trace.joined, trace.served, gone, model.horizon), 0.0)
        helped = rungs[trace.stop_activity, np.minimum(trace.stop_rung, rungs.shape[1] - 1)]
        helper = _days(trace.stop_started, trace.stop_served, stop_gone, model.horizon)
        rung = np.where(helped, helper, 0.0)
        return np.concatenate([trace.project, trace.stop_project]), np.concatenate([queue, rung])

    return _traced(side, waited), active


def _cause(what: str, trace: Trace, horizon: int) -> Floats:
    gone = trace.withdrawn[trace.project]
    if what == "work":
        return _days(trace.served, trace.ended, gone, horizon)
    before = _days(trace.ready, trace.joined, gone, horizon)
    return np.where((trace.visit == 0) == (what == "applicant"), before, 0.0)


def _ladder_of(side: Side) -> list[str]:
    """Return the ladder that stops of each activity of the model climb, "" for none."""
    known = side.inputs.scenario.activities
    stops = [
        a.stops if (a := known.get(n) or known.get(n.partition(".")[0])) else None
        for n in side.model.activities
    ]
    return [each.ladder if each is not None else "" for each in stops]


def _rungs(side: Side, resource: str) -> Flags:
    """Say by activity and rung whether the resource is asked there."""
    ladders = side.inputs.scenario.ladders
    of = [ladders.get(name, ()) for name in _ladder_of(side)]
    found = np.zeros((len(of), max([len(rungs) for rungs in of] + [1])), dtype=np.bool_)
    for activity, rungs in enumerate(of):
        for k, rung in enumerate(rungs):
            found[activity, k] = rung.resource == resource
    return found


def _stops(side: Side, measure: Measure, _: Flags) -> _Parts:
    """Return days of the stops that climb a ladder, and their number."""
    climbs = np.array([name == measure.parts[0] for name in _ladder_of(side)])
    horizon = side.model.horizon

    def lasted(trace: Trace) -> tuple[npt.NDArray[np.integer], Floats]:
        gone = trace.withdrawn[trace.stop_project]
        days = _days(trace.stop_started, trace.stop_ended, gone, horizon)
        return trace.stop_project, np.where(climbs[trace.stop_activity], days, 0.0)

    def began(trace: Trace) -> tuple[npt.NDArray[np.integer], Floats]:
        return trace.stop_project, (climbs[trace.stop_activity] & (trace.stop_rung == 0)).astype(np.float64)

    return _traced(side, lasted), _traced(side, began)


def _stopped(side: Side, _: Measure, __: Flags) -> _Parts:
    def began(trace: Trace) -> tuple[npt.NDArray[np.integer], Floats]:
        return trace.stop_project, (trace.stop_rung == 0).astype(np.float64)

    return _traced(side, began), side.outcome.active.astype(np.float64)


def _visits(side: Side, _: Measure, __: Flags) -> _Parts:
    """Return the times a project turned to an office or meeting."""

    def asked(trace: Trace) -> tuple[npt.NDArray[np.integer], Floats]:
        return trace.project, ((trace.joined < NEVER) & (trace.served < NEVER)).astype(np.float64)

    return _traced(side, asked), side.outcome.active.astype(np.float64)


_Made = Callable[[Side, Measure, Flags], _Parts]
_BY_TRACE: Mapping[str, _Made] = {"wait": _wait, "stops": _stops, "stopped": _stopped, "visits": _visits}
_BY_OUTCOME: Mapping[str, _Made] = {
    "invested": _money, "reported": _money, "withdrawn": _withdrawn, "signed": _signed, "overdue": _overdue,
}  # fmt: skip


def _rank(side: Side, unit: str) -> Floats:
    """Return the rank of a unit at the end of the period in each replication."""
    ranking, outcome = side.inputs.scenario.ranking, side.outcome
    if ranking is None:
        raise KaigongError("rank: the scenario ranks nothing; give it `ranking:`")
    everyone = np.ones((1, len(side.model.project_ids)), dtype=np.bool_)
    path = Path(side.inputs, side.model, outcome, side.period, None, ("all",), everyone)
    table, money = make_table(path, ranking), np.zeros(outcome.active.shape)
    if side.inputs.scenario.investment is not None:
        money = year_money(
            side.inputs.scenario,
            side.inputs.ledger,
            side.model,
            outcome,
            side.period,
            everyone,
            fixed=side.fixed,
        ).year_reported
    if unit not in table.units:
        expected = f"one of {', '.join(table.units)}"
        raise InputError([Problem("mechanisms.csv", "measure", unit, expected, "use one of them")])
    score = totals(table, outcome, money, table.moments[1], fixed=side.fixed).totals
    rank = ranks_of(score)[:, table.units.index(unit)]
    return np.where(rank > 0, rank, np.nan)
