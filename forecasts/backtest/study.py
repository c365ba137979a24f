"""A whole backtest: origins chosen, every member rolled over them, blended, scored, summarised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from forecasts.backtest import scored
from forecasts.backtest.members import MEMBERS, Member, pair_of
from forecasts.backtest.rolling import Task, quarterly, roll
from forecasts.backtest.sources import Source
from forecasts.backtest.summary import summarised
from forecasts.months import label, month_of
from sim.errors import InputError, Problem, Problems

#: Months before the first origin where nobody asks for others, and the fewest there may be.
BEFORE: Final = 60
LEAST_BEFORE: Final = 24

#: Months to come, months between origins, paths.
HORIZON: Final = 12
EVERY: Final = 3
PATHS: Final = 1000

#: What is made of other members: the equal average of two; and what is stretched by past origins.
BLEND, RECALIBRATED = "blend", "{}_recalibrated"


@dataclass(frozen=True)
class Asked:
    """What a backtest is asked for.

    Parameters
    ----------
    origins : (int, int), optional
        First and last; default: after five years, and the last whose outcome is known.
    every : int
        Months between origins.
    horizon : int
        Months to come, 1 to 12.
    paths : int
    seed : int
    measures : tuple of str
        Only these; none named: all.
    members : tuple of str
        Only these; none named: all.
    choices_until : int, optional
        Last origin that choices were made on: scores of later ones are shown apart.
    """

    origins: tuple[int, int] | None = None
    every: int = EVERY
    horizon: int = HORIZON
    paths: int = PATHS
    seed: int = 1
    measures: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    choices_until: int | None = None


def month_given(text: str, name: str) -> int:
    """Return the absolute month of text such as 2014-12.

    Examples
    --------
    >>> label(month_given("2014-12", "--origins"))
    '2014-12'
    """
    try:
        return month_of(date.fromisoformat(text.strip() if len(text.strip()) > 7 else f"{text.strip()}-01"))
    except ValueError:
        raise InputError([Problem(name, "", text, "a month such as 2014-12", "write YYYY-MM")]) from None


def span_given(text: str) -> tuple[int, int]:
    """Return the first and last origin of text such as 2010-12:2019-12.

    Examples
    --------
    >>> [label(m) for m in span_given("2010-12:2019-12")]
    ['2010-12', '2019-12']
    """
    first, colon, last = text.partition(":")
    found = month_given(first, "--origins"), month_given(last if colon else first, "--origins")
    if found[0] > found[1]:
        raise InputError([Problem("--origins", "", text, "the earlier month first", "turn them round")])
    return found


def origins_of(source: Source, asked: Asked) -> tuple[int, ...]:
    """Return the origins of a backtest.

    Raises
    ------
    InputError
        If the history is too short, or those asked for lie outside it.
    """
    earliest, latest = source.first + LEAST_BEFORE - 1, source.last - asked.horizon
    first, last = asked.origins or (source.first + BEFORE - 1, latest)
    only = source.origins()
    if only is not None:
        inside = tuple(m for m in only if earliest <= m <= latest)
        found = tuple(m for m in inside if asked.origins is None or first <= m <= last)
    else:
        found = quarterly(first, last, every=asked.every)
    span = f"{label(source.first)} to {label(source.last)}"
    if asked.origins is not None and not (earliest <= first and last <= latest) and only is None:
        expected = (
            f"months from {label(earliest)} to {label(latest)}" if earliest <= latest else "none possible"
        )
        after = f"{LEAST_BEFORE} months before and {asked.horizon} after"
        remedy = f"the history is of {span}: an origin needs {after}"
        got = f"{label(first)}:{label(last)}"
        raise InputError([Problem("--origins", "", got, expected, remedy)])
    if not found:
        months = max(source.last - source.first + 1, 0)
        expected = f"{BEFORE} months before the first origin and {asked.horizon} after the last"
        remedy = (
            f"bring a longer history, or name earlier origins with --origins ({LEAST_BEFORE} months before)"
        )
        raise InputError([Problem("history", "", f"{months} months, {span}", expected, remedy)])
    return found


@dataclass(frozen=True)
class Said:
    """What every member said from every origin.

    Parameters
    ----------
    source : Source
        Of the measures asked for.
    asked : Asked
    at : dict of origin to member and measure to `scored.Drawn`
    pair : tuple of str or None
        The two members that were blended.
    """

    source: Source
    asked: Asked
    at: dict[int, dict[tuple[str, str], scored.Drawn]]
    pair: tuple[str, str] | None

    def rows(self) -> pd.DataFrame:
        """Return one row a forecast, with its scores: `scored.rows_of`."""
        return scored.rows_of(self.source, self.at)

    def energies(self) -> pd.DataFrame:
        """Return the energy scores of all measures together: `scored.energies`."""
        return scored.energies(self.source, self.at, self.pair[0] if self.pair else None)


def said_by(
    source: Source,
    asked: Asked,
    *,
    members: Sequence[Member] = MEMBERS,
    folder: Path | None = None,
    name: str = "",
    workers: int | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> Said:
    """Let every member forecast from every origin, and blend.

    Parameters
    ----------
    source : Source
    asked : Asked
    members : sequence of Member
        To choose from.
    folder, name, workers, progress
        See `roll`.
    """
    source, chosen, origins = prepared(source, asked, members)
    task = Task(source, chosen, asked.horizon, asked.paths, asked.seed)
    said = scored.drawn(roll(task, origins, folder=folder, name=name, workers=workers, progress=progress))
    if not any(said.values()):
        raise _no_answer(chosen)
    said = {origin: here for origin, here in said.items() if here}
    pair = pair_of({member for here in said.values() for member, _ in here})
    if pair is not None:
        _add_blends(source, said, pair)
    return Said(source, asked, said, pair)


def result_of(said: Said) -> tuple[dict[str, Any], pd.DataFrame]:
    """Score and summarise what was said.

    Returns
    -------
    dict
        ``knowledge, first, last, origins, horizon, every, paths, seed, members, blend_of,
        choices_until`` and the tables of `summarised`; numbers rounded to six digits.
    DataFrame
        One row a forecast: `scored.rows_of`.
    """
    rows, asked, source = said.rows(), said.asked, said.source
    tables = summarised(rows, said.energies(), asked.choices_until)
    result: dict[str, Any] = {
        "knowledge": source.knowledge,
        "first": label(source.first),
        "last": label(source.last),
        "origins": [label(origin) for origin in said.at],
        "every": asked.every,
        "horizon": asked.horizon,
        "paths": asked.paths,
        "seed": asked.seed,
        "measures_of": list(source.measures),
        "members": list(dict.fromkeys(rows["member"])),
        "blend_of": list(said.pair or ()),
        "choices_until": None if asked.choices_until is None else label(asked.choices_until),
    }
    return result | {name: [_plain(row) for row in table] for name, table in tables.items()}, rows


def _add_blends(
    source: Source, said: dict[int, dict[tuple[str, str], scored.Drawn]], pair: tuple[str, str]
) -> None:
    """Add the blend of two members, and it and the first of them recalibrated by past origins."""
    first = {
        origin: {m: one for (name, m), one in here.items() if name == pair[0]}
        for origin, here in said.items()
    }
    both = scored.blended(said, pair)
    made = {
        BLEND: both,
        RECALIBRATED.format(pair[0]): scored.recalibrated(source, first),
        RECALIBRATED.format(BLEND): scored.recalibrated(source, both),
    }
    for name, found in made.items():
        for origin, here in said.items():
            here |= {(name, measure): one for measure, one in found[origin].items()}


def prepared(
    source: Source, asked: Asked, members: Sequence[Member] = MEMBERS
) -> tuple[Source, tuple[Member, ...], tuple[int, ...]]:
    """Return the source of the measures asked for, the members and the origins.

    Raises
    ------
    InputError
        With everything that cannot be asked for.
    """
    chosen = _chosen(source, asked, members)
    wanted = _Some(source, asked.measures) if asked.measures else source
    origins = origins_of(wanted, asked)
    known = wanted.known(origins[-1])
    if not any(member.suits(known) for member in chosen):
        raise _no_answer(chosen)
    return wanted, chosen, origins


def _no_answer(chosen: Sequence[Member]) -> InputError:
    """Return the refusal of members none of which can answer."""
    got = f"only {', '.join(member.name for member in chosen)}"
    expected, remedy = "a member that can answer here", "choose others, or leave --member out"
    return InputError([Problem("--member", "", got, expected, remedy)])


def _chosen(source: Source, asked: Asked, members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the members asked for; refuse names that are none, and measures that are none."""
    problems = Problems()
    names = [member.name for member in members]
    for name in (m for m in asked.members if m not in names):
        problems.add("--member", "", name, f"one of {', '.join(names)}", "choose one of them")
    for measure in (m for m in asked.measures if m not in source.measures):
        expected = f"one of {', '.join(source.measures)}"
        problems.add("--measure", "", measure, expected, "choose one of them")
    if not 1 <= asked.horizon <= HORIZON:
        problems.add("--horizon", "", asked.horizon, f"1 to {HORIZON} months", "ask for one of these")
    if asked.paths < 20:
        problems.add("--paths", "", asked.paths, "20 or more", "ask for more")
    if asked.every < 1 or 12 % asked.every:
        problems.add("--every", "", asked.every, "1, 2, 3, 4, 6 or 12 months", "choose one of them")
    problems.raise_if_any()
    return tuple(member for member in members if not asked.members or member.name in asked.members)


class _Some:
    """A source of which only some measures are scored; what is known stays whole."""

    def __init__(self, source: Source, measures: Sequence[str]) -> None:
        self._source, self.measures = source, tuple(measures)
        self.first, self.last, self.knowledge = source.first, source.last, source.knowledge
        self.settling = source.settling
        self.origins, self.known, self.outcome = source.origins, source.known, source.outcome


def _plain(value: Any) -> Any:
    """Return JSON's own types, numbers to six significant digits, no NaN."""
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value
