"""Checks of sense: units that match, amounts that fit, ladders that cannot lock, nothing unused."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Final

from sim.quantities import Quantity, per_month
from sim.resources import Meeting, Office, Pool, Quota, Resource
from sim.scenario.checker import Checker
from sim.scenario.document import Path_
from sim.scenario.places import locate
from sim.scenario.schema import Activity
from sim.spec import Number, NumberLaw, Parameter, TimeLaw

#: Dimension of what an activity asks for, by its `amount`.
_DIMENSIONS: Final = {"area": "area", "investment": "money"}
#: Windows of a sampled shock in a year, and combinations of shocks, each of which has clocks of its own.
MOST_A_YEAR, MOST_LANES = 24, 320
_UNITS: Final = {"mu": "area", "ha": "area", "亿元": "money", "万元": "money", "元": "money", "1": "number"}


def check_sense(c: Checker, used: Collection[str]) -> None:
    """Note what is well formed and still cannot be meant."""
    _laws(c)
    _requests(c)
    _limits(c)
    _shocks(c)
    _resources(c)
    _ladders(c)
    _flags(c)
    _unused(c, used)


def _laws(c: Checker) -> None:
    """Arguments of one law have one unit, and low is not above high."""
    for loc, block in c.blocks:
        if not isinstance(block, (TimeLaw, NumberLaw)):
            continue
        times = {n: p for n, p in block.args.items() if p.unit.dimension == "time" and not p.ref}
        units = {p.unit.symbol for p in times.values()}
        if len(units) > 1:
            c.note(
                loc,
                "one unit in a law",
                "write all lengths of the law in one unit",
                got=" and ".join(sorted(units)),
            )
        ordered = [(n, block.args[n]) for n in ("low", "mode", "high") if n in block.args]
        for index, (first, a) in enumerate(ordered[:-1]):
            second, b = ordered[index + 1]
            if a.unit == b.unit and _high(a) > _low(b):
                expected = f"`{first}` no greater than `{second}`, ranges included"
                c.note(
                    loc, expected, "exchange them, or part their ranges", got=f"{_shown(a)} and {_shown(b)}"
                )


def _limits(c: Checker) -> None:
    """Limits count working days, and pauses are parts of work that has a limit."""
    for name, activity in c.spec.activities.items():
        loc: Path_ = ("activities", name)
        limit, pauses = activity.limit, activity.pauses
        if limit is not None and not limit.ref and limit.unit.symbol != "wd":
            c.note((*loc, "limit"), "working days", "write the limit in wd", got=str(limit.quantity))
        if pauses is None:
            continue
        if limit is None:
            c.note((*loc, "pauses"), "`limit:` beside it", "give the days the office has, or take it out")
        for key in ("publicity", "expert_review"):
            for index, case in enumerate(getattr(pauses, key) or ()):
                if case.law.unit not in ("", "wd"):
                    place = (*loc, "pauses", key, index)
                    c.note(place, "working days, as the limit", "write the law in wd", got=case.law.unit)


def _shocks(c: Checker) -> None:
    """Hold sampled windows to natural time, and all shocks to what can be compiled."""
    for index, shock in enumerate(c.spec.shocks):
        loc: Path_ = ("shocks", index)
        if shock.length is not None and shock.length.unit not in ("", "d", "mo", "y"):
            got = shock.length.unit
            c.note((*loc, "length"), "natural days", "write the law in d, mo or y", got=got)
        if shock.rate is None:
            continue
        often = 12 * per_month(Quantity(_high(shock.rate), shock.rate.unit))
        if shock.rate.unit.per not in ("d", "mo", "y") or often > MOST_A_YEAR:
            expected = f"windows in natural time, at most {MOST_A_YEAR} a year"
            c.note((*loc, "rate"), expected, "write `0.3 /y`", got=str(shock.rate.quantity))
    lanes = math.prod(shock.pattern_count + 1 for shock in c.spec.shocks)
    if lanes > MOST_LANES:
        c.note(("shocks",), f"at most {MOST_LANES} combinations of shocks and their patterns",
               "give sampled shocks fewer `patterns`, or join shocks", got=str(lanes))  # fmt: skip


def _low(p: Parameter) -> float:
    """Least value of a number."""
    return p.value if p.low is None else p.low


def _high(p: Parameter) -> float:
    """Greatest value of a number."""
    return p.value if p.high is None else p.high


def _shown(p: Parameter) -> str:
    """Write a number with its range."""
    return f"{p.quantity} [{p.low:g}, {p.high:g}]" if p.drawn else str(p.quantity)


def _dimension(c: Checker, activity: Activity) -> str:
    """Dimension of what an activity asks for."""
    return "case" if activity.amount == "case" else _DIMENSIONS.get(activity.amount, "number")


def _requests(c: Checker) -> None:
    """Hold what activities ask for against what their resource gives."""
    for name, activity in c.spec.activities.items():
        loc: Path_ = ("activities", name)
        if activity.amount != "case" and activity.amount not in c.spec.number_attributes:
            names = ("case", *c.spec.number_attributes)
            c.unknown((*loc, "amount"), activity.amount, names, "amount")
            continue
        resource = c.spec.resources.get(activity.resource or "")
        if activity.releases_at is not None:
            c.known((*loc, "releases_at"), activity.releases_at, "activities", "activity")
            if resource is not None and not isinstance(resource, Pool):
                c.note((*loc, "releases_at"), "a pool: only its amounts are given back", "take it out")
        if resource is not None:
            _request(c, loc, activity, resource)


def _request(c: Checker, loc: Path_, activity: Activity, resource: Resource) -> None:
    """Hold one request against its resource."""
    wanted = _dimension(c, activity)
    if isinstance(resource, Office) and wanted != "case":
        c.note((*loc, "amount"), "`case`: an office serves cases", "take `amount` out")
    if isinstance(resource, Meeting) and resource.counts != activity.amount:
        c.note((*loc, "amount"), f"`{resource.counts}`, which `{activity.resource}` counts",
               f"write `amount: {resource.counts}`", got=activity.amount)  # fmt: skip
    if isinstance(resource, Meeting) and resource.duration is not None and activity.work is not None:
        c.note(
            (*loc, "work"), f"no `work`: sessions of `{activity.resource}` have a `duration`", "take one out"
        )
    if isinstance(resource, Pool) and activity.releases_at is None:
        c.note(loc, "`releases_at`: a pool gets its amounts back", "name the activity that gives it back")
    unit = {"case": "number"}.get(wanted, wanted)
    given = _UNITS.get(resource.unit) if isinstance(resource, Quota) else None
    if isinstance(resource, Pool):
        given = resource.amount.unit.dimension
    if given is not None and given != unit:
        c.note((*loc, "amount"), f"an amount in {given} as `{activity.resource}` holds",
               "write `amount: area` for mu, `investment` for money", got=activity.amount)  # fmt: skip


def _resources(c: Checker) -> None:
    """Units of accounts, queue orders, and what can never serve anybody."""
    for name, resource in c.spec.resources.items():
        loc: Path_ = ("resources", name)
        if "@" in name:
            c.note(loc, "a name without `@`", "rename it; `name@county` is made for each county", got=name)
        _order(c, loc, resource)
        if isinstance(resource, Quota):
            _quota(c, loc, resource)
        elif isinstance(resource, Meeting):
            _meeting(c, loc, resource)
        else:
            key = "reviewers" if isinstance(resource, Office) else "amount"
            _never(c, (*loc, key), getattr(resource, key), changes=bool(resource.changes))


def _order(c: Checker, loc: Path_, resource: Resource) -> None:
    """Queue order: `key_level`, `joined`, numbers with or without `-`."""
    known = ("joined", "key_level", *c.spec.number_attributes)
    for index, key in enumerate(resource.order):
        bare = key.removeprefix("-")
        if bare not in known:
            c.unknown((*loc, "order", index), bare, known, "key of a queue order")
        elif bare == "joined" and (key != "joined" or index + 1 < len(resource.order)):
            c.note((*loc, "order", index), "`joined` last and without `-`", "earlier in the queue goes first")


def _quota(c: Checker, loc: Path_, quota: Quota) -> None:
    """Ask that an account is kept in one unit, and that somebody can use its reserve."""
    dimension = _UNITS.get(quota.unit)
    if dimension is None:
        c.unknown((*loc, "unit"), quota.unit, tuple(_UNITS), "unit of an account")
        return
    amounts = {"initial": quota.initial, "carry_over": quota.carry_over}
    found = {k: v for k, v in amounts.items() if isinstance(v, Parameter)}
    places: list[tuple[Path_, Parameter]] = [((*loc, k), v) for k, v in found.items()]
    if quota.refills is not None:
        places.append(((*loc, "refills", "amount"), quota.refills.amount))
    for place, parameter in places:
        if parameter.value and parameter.unit.dimension != dimension:
            c.note(place, f"an amount in {quota.unit}", f"give it in {quota.unit}")
    if _high(quota.initial) <= 0 and (quota.refills is None or _high(quota.refills.amount) <= 0):
        c.warn(
            loc, "an amount that ever rises", "nobody is ever served; give `initial` or `refills`", got="0"
        )
    reserved = quota.reserved_share is not None and quota.reserved_share.value > 0
    if reserved and quota.reserved_for is None:
        c.note((*loc, "reserved_share"), "`reserved_for` beside it", "say which projects may use the reserve")


def _meeting(c: Checker, loc: Path_, meeting: Meeting) -> None:
    """Hold the capacity of a session against what it counts."""
    if meeting.counts != "case" and meeting.counts not in c.spec.number_attributes:
        c.unknown((*loc, "counts"), meeting.counts, ("case", *c.spec.number_attributes), "amount")
    elif meeting.capacity is not None:
        wanted = _DIMENSIONS.get(meeting.counts, "number")
        if meeting.capacity.unit.dimension != wanted:
            c.note((*loc, "capacity"), f"a capacity in {wanted}: sessions count {meeting.counts}",
                   "give it the right unit, or change `counts`")  # fmt: skip
        _never(c, (*loc, "capacity"), meeting.capacity, changes=False)


def _never(c: Checker, loc: Path_, number: Number, *, changes: bool) -> None:
    """Warn about a capacity that can never serve anybody."""
    if number.value < 1 and _high(number) < 1 and not changes and number.unit.dimension == "number":
        c.warn(loc, "at least 1", "nobody is ever served; raise it")


def _ladders(c: Checker) -> None:
    """Rungs name resources, and no ladder waits for what a stopped activity holds."""
    held: dict[str, str] = {}
    for name, activity in c.spec.activities.items():
        if activity.resource is not None and activity.stops is not None and activity.stops.max > 0:
            held.setdefault(activity.resource, name)
    for name, rungs in c.spec.ladders.items():
        if not rungs:
            c.note(("ladders", name), "one or more rungs", "write `[{work: 2 wd, solved: 1}]`")
        for index, rung in enumerate(rungs):
            loc: Path_ = ("ladders", name, index, "resource")
            if rung.resource is None:
                continue
            c.known(loc, rung.resource, "resources", "resource")
            if rung.resource in held:
                holder = held[rung.resource]
                c.note(loc, f"a resource that no stopped activity holds (`{holder}` does)",
                       "give the ladder an office of its own")  # fmt: skip
            if isinstance(c.spec.resources.get(rung.resource), (Quota, Pool)):
                c.note(loc, "an office or a meeting", "a rung takes nothing from an account")


def _flags(c: Checker) -> None:
    """Activities that apply together have one share."""
    shares: dict[str, tuple[str, float]] = {}
    for name, activity in c.spec.activities.items():
        if activity.flag is None or activity.share is None:
            continue
        first, share = shares.setdefault(activity.flag, (name, activity.share.value))
        if share != activity.share.value:
            c.note(
                ("activities", name, "share"),
                f"{share:g}, as `{first}` with the same flag",
                "give both one `$name`",
            )


def _own(c: Checker, loc: tuple[str, ...]) -> bool:
    """Tell whether something stands in the scenario's own file, not in one that it extends."""
    files = [locate(c.root, place)[0].place.rpartition(":")[0] for place in (loc, ("name",))]
    return files[0] == files[1]


def _unused(c: Checker, used: Collection[str]) -> None:
    """Warn about what nothing names, no reform either; a parent may have what one place leaves out."""
    reforms = str([reform.set for reform in c.spec.reforms.values()])
    for name in c.spec.named_parameters:
        named = name in used or re.search(rf"\${re.escape(name)}\b", reforms)
        if not named and _own(c, ("parameters", name)):
            c.warn(
                ("parameters", name),
                f"`${name}` somewhere",
                "use the parameter, or take it out",
                got="no use",
            )
    rungs = {rung.resource for ladder in c.spec.ladders.values() for rung in ladder}
    merges = c.spec.consolidation.merge.values() if c.spec.consolidation is not None else ()
    asked = {block.resource for block in (*c.spec.activities.values(), *merges)} | rungs
    dropped = {cut[0] for cut in c.dropped}
    for name in c.spec.resources:
        if name not in asked and not dropped & {"activities", "ladders"}:
            c.warn(
                ("resources", name), "an activity that asks for it", "name it, or take it out", got="no use"
            )
    climbed = {activity.stops.ladder for activity in c.spec.activities.values() if activity.stops is not None}
    for name in c.spec.ladders:
        if name not in climbed and "activities" not in dropped:
            c.warn(
                ("ladders", name), "an activity whose stops climb it", "name it, or take it out", got="no use"
            )
