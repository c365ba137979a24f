"""The headline measures of a command: what its answer is read for, and what ``--precision`` narrows.

`run`: mean days of every phase, over all projects. `compare`: every measure of every option against the
baseline, over all projects. Days and money are set against their own (in `compare`: the baseline's) value,
rates stand for themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.cells import named, option_name
from forecasts.words import LANGUAGES, Language, at_most_a_million
from sim.clocks import DAY
from sim.comparison import Days, Measure, samples
from sim.comparison import Outcome as Compared
from sim.experiment import Headline, Look, Outcome
from sim.experiment.precision import LOOK_AHEAD
from sim.model.arrays import Model
from sim.quantiles import quantiles

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def run_headlines(model: Model, outcome: Outcome) -> list[Headline]:
    """Return the mean days of every phase in each replication."""
    found = []
    for k in range(1, len(model.milestones)):
        days = np.concatenate([_mean_days(*_phase(block, k)) for block in outcome.blocks()])
        found.append(Headline(_phase_name(model, k), days, days))
    return found


def compare_headlines(
    outcomes: Mapping[str, Compared], baseline: str, measures: Sequence[Measure]
) -> list[Headline]:
    """Return the paired difference of every measure and option in each replication, over all projects."""
    options = [name for name in outcomes if name != baseline]
    everyone = np.ones(outcomes[baseline].active.shape[1], dtype=np.bool_)
    found = []
    for option in options:
        for measure in measures:
            pair = {option: outcomes[option], baseline: outcomes[baseline]}
            value, other, _ = samples(pair, measure, {"all": everyone})["all"]
            scale = other if isinstance(measure, Days) else None
            found.append(Headline(measure.name, value - other, scale, option, jointly=len(options)))
    return found


def phase_days(model: Model, outcome: Outcome) -> list[dict[str, Any]]:
    """Return natural days of every phase over projects and replications that ended it after the epoch.

    ``mean`` is the mean over replications with its interval ``low`` to ``high``, quantiles are over projects
    and replications.
    """
    rows = []
    for k, headline in enumerate(run_headlines(model, outcome), start=1):
        n = sum(int(_phase(block, k)[0].sum()) for block in outcome.blocks())
        row: dict[str, Any] = {"phase": headline.measure, "n": n}
        found = quantiles(partial(_minutes, outcome, k), [0.1, 0.5, 0.9], DAY) if n else [None] * 3
        row |= dict(zip(("p10", "p50", "p90"), found, strict=True))
        rows.append(row | _interval(headline))
    return rows


def _phase(outcome: Outcome, k: int) -> tuple[Flags, Longs]:
    """Return which projects end phase `k` after the epoch, and their minutes in it, both (R, P)."""
    first, last = outcome.milestones[..., k - 1], outcome.milestones[..., k]
    counted = outcome.active & (last < 2**30) & (last >= 0) & (first > -(2**30)) & (first <= last)
    return counted, last.astype(np.int64) - first


def _minutes(outcome: Outcome, k: int) -> Iterator[Longs]:
    """Yield the minutes of those who end phase `k`, some replications at a time."""
    for block in outcome.blocks():
        counted, minutes = _phase(block, k)
        yield minutes[counted]


def _phase_name(model: Model, k: int) -> str:
    return f"{model.milestones[k - 1]}_to_{model.milestones[k]}"


def _mean_days(counted: Flags, minutes: Longs) -> Floats:
    """Return the mean over projects in each replication, NaN where no project counts."""
    some = counted.sum(axis=1)
    found = np.full(len(some), np.nan)
    np.divide(np.where(counted, minutes / DAY, 0.0).sum(axis=1), some, out=found, where=some > 0)
    return found


def _interval(headline: Headline) -> dict[str, float | None]:
    """Return the mean over replications with its interval, None where there is none."""
    valid = headline.values[~np.isnan(headline.values)]
    if not len(valid):
        return {"mean": None, "low": None, "high": None}
    mean, share = float(valid.mean()), headline.half_width(len(headline.values))
    half = share * abs(mean)
    interval = (mean - half, mean + half) if math.isfinite(half) else (None, None)
    return {"mean": mean, "low": interval[0], "high": interval[1]}


def precision_block(look: Look, labels: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result says of the precision asked for.

    Parameters
    ----------
    look : Look
        The last one.
    labels : mapping
        Of the scenario.
    """
    last = look.last
    return {
        "asked": look.asked,
        "reached": look.reached,
        "replications": look.replications,
        "budget": look.budget,
        "last_measure": last.measure if last else None,
        "option": last.option or None if last else None,
        "group": last.group if last else None,
        "half_width": look.half_width,
        "worst_half_width": look.worst,
        "needed": look.needed,
        "statement": {lang: sentence(look, labels, lang) for lang in LANGUAGES},
    }


def sentence(look: Look, labels: Mapping[str, Any], lang: Language) -> str:
    """Say in one line how precise the answer is, and by which measure."""
    english = lang == "en"
    count, asked = f"{look.replications:,}", f"{look.asked:g}"
    if look.last is None:
        return (
            f"precision {asked}: no measure has an interval after {count} replications"
            if english
            else f"精度 {asked}:{count} 次重复后没有任何指标有区间"
        )
    what, width = _what(look.last, labels, lang), f"{look.half_width:.2g}"
    if look.reached:
        return (
            f"precision {asked} reached with {count} replications; last: {what}, half-width {width}"
            if english
            else f"{count} 次重复达到精度 {asked};最后达到的指标:{what},半宽 {width}"
        )
    end = (f"precision not reached with {count} replications", f"{count} 次重复未达到精度")
    head = end if look.ended else (f"{count} replications", f"{count} 次重复")
    return (
        f"{head[0]}: {what}, half-width {width} of {asked} asked"
        if english
        else f"{head[1]}:{what},半宽 {width},要求 {asked}"
    ) + (_dip(look, lang) + _outlook(look, lang))


def _dip(look: Look, lang: Language) -> str:
    """Say why a half-width that is small enough is not the end: that of fewer replications is not."""
    if not look.worst > look.asked >= look.half_width:
        return ""
    worst, first, last = f"{look.worst:.2g}", min(LOOK_AHEAD), max(LOOK_AHEAD)
    return (
        f", but {worst} a few replications before ({first} to {last} fewer), where it must hold too"
        if lang == "en"
        else f",但稍前(少 {first} 至 {last} 次时)为 {worst},须同样达到"
    )


def _what(headline: Headline, labels: Mapping[str, Any], lang: Language) -> str:
    """Return the name of a headline measure, with its option where there is one."""
    name = headline.measure
    what = named("phases", name, lang, labels)
    return f"{what} ({option_name(headline.option, lang, labels)})" if headline.option else what


def _outlook(look: Look, lang: Language) -> str:
    """Say how many replications would do, and whether they are coming."""
    needed = look.needed
    words = []
    if needed is not None:
        places = 10 ** max(len(str(needed)) - 2, 0)
        about = at_most_a_million(math.ceil(needed / places) * places, lang)
        words.append(f"about {about} replications needed" if lang == "en" else f"约需 {about} 次重复")
    if look.following is None:
        end = f"the budget of {look.budget:,} ends here"
        words.append(end if lang == "en" else f"已到 {look.budget:,} 次的上限")
    else:
        words.append(
            f"next look at {look.following:,}" if lang == "en" else f"下次在 {look.following:,} 次时"
        )
    return "".join(f"; {w}" if lang == "en" else f";{w}" for w in words)
