"""The project score: points by aspect, a bonus, and the key level a project gets from a threshold on.

Rules are data: a column with a linear scale, a column with points by value, or milestones already
reached. The score is the attribute `score`, for conditions and queue orders. It is structure, not a
parameter: no replication draws it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictFloat, StrictInt, model_validator

from sim.ledger import Ledger
from sim.spec import Block, Label, StatusBlock, When, wrong

#: The attribute that holds the score.
SCORE: Final = "score"

#: Levels of key projects, the highest first.
LEVELS: Final = ("provincial", "city", "county", "none")

_DIGITS: Final = 6
Plain = StrictFloat | StrictInt
Part = Annotated[Plain, Field(ge=0, le=1)]


class Aspect(StatusBlock):
    """One aspect: how much of its points a project gets."""

    label: Label | None = None
    points: Annotated[Plain, Field(ge=0)]
    column: str | None = Field(None, description="attribute it is judged by")
    low: Plain | None = Field(None, description="value from which there are points ...")
    high: Plain | None = Field(
        None, description="... and from which there are all, linear between; may be lower"
    )
    values: dict[str, Part] | None = Field(None, description="value of the column -> share of the points")
    other: Part = Field(0, description="share of the points of any other value, or of none")
    reached: tuple[str, ...] | None = Field(
        None, description="milestones: the share of them already reached is the share of the points"
    )

    @model_validator(mode="after")
    def _one(self) -> Aspect:
        """Ask for one way of judging."""
        linear = self.low is not None or self.high is not None
        ways = [
            ("low and high", linear),
            ("values", self.values is not None),
            ("reached", self.reached is not None),
        ]
        found = [name for name, given in ways if given]
        if len(found) != 1:
            got = " and ".join(found) or "none of them"
            raise wrong("one of `low` and `high`, `values`, `reached`", "keep one way of judging", got)
        if (self.column is None) != (self.reached is not None):
            raise wrong(
                "`column` with a scale or values, none with `reached`", "name the column, or take it out"
            )
        if linear and (self.low is None or self.high is None or self.low == self.high):
            got = f"low {self.low}, high {self.high}"
            raise wrong("`low` and `high`, not the same", "write `low: 1, high: 20`", got)
        return self

    def share(self, row: Mapping[str, Any], done: Sequence[str]) -> float:
        """Return the share of the points that a project gets.

        Parameters
        ----------
        row : mapping
            Its attributes.
        done : sequence of str
            Milestones it has reached.

        Examples
        --------
        >>> scale = Aspect.model_validate({"points": 20, "column": "investment", "low": 1, "high": 11})
        >>> scale.share({"investment": 6.0}, []), scale.share({"investment": math.nan}, [])
        (0.5, 0.0)
        """
        if self.reached is not None:
            return sum(name in done for name in self.reached) / max(len(self.reached), 1)
        value = row.get(self.column or "")
        if self.values is not None:
            return float(self.values.get(str(value), self.other))
        number = _number(value)
        if math.isnan(number) or self.low is None or self.high is None:
            return float(self.other)
        return min(max((number - self.low) / (self.high - self.low), 0.0), 1.0)


class ScoreBonus(Block):
    """Points on top for projects that meet a condition."""

    when: When
    points: Plain


class Score(StatusBlock):
    """How projects are scored, and what the score does."""

    aspects: dict[str, Aspect] = Field(min_length=1)
    bonus: tuple[ScoreBonus, ...] = ()
    threshold: Plain | None = Field(None, description="score from which a project is a key project ...")
    level: Literal["provincial", "city", "county"] = Field(
        "city", description="... of this level, if it is not of a higher one"
    )

    def of(self, row: Mapping[str, Any], done: Sequence[str]) -> float:
        """Return the score of a project.

        Examples
        --------
        >>> score = Score.model_validate({
        ...     "aspects": {"scale": {"points": 60, "column": "investment", "low": 0, "high": 10},
        ...                 "procedures": {"points": 40, "reached": ["signed", "permitted"]}},
        ...     "bonus": [{"when": {"kind": "industry"}, "points": 5}]})
        >>> score.of({"investment": 5.0, "kind": "industry"}, ["signed"])
        55.0
        """
        points = sum(aspect.points * aspect.share(row, done) for aspect in self.aspects.values())
        points += sum(bonus.points for bonus in self.bonus if bonus.when.holds(row))
        return round(float(points), _DIGITS)

    def level_of(self, points: float, level: str) -> str:
        """Return the key level of a project with a score.

        Examples
        --------
        >>> score = Score.model_validate({"threshold": 60,
        ...     "aspects": {"scale": {"points": 100, "column": "investment", "low": 0, "high": 10}}})
        >>> [score.level_of(60.0, old) for old in ("none", "provincial")], score.level_of(59.9, "none")
        (['city', 'provincial'], 'none')
        """
        if self.threshold is None or points < self.threshold:
            return level
        known = level if level in LEVELS else "none"
        return min(known, self.level, key=LEVELS.index)


def scored(
    score: Score | None, ledger: Ledger, columns: Mapping[str, Sequence[Any]], *, known: bool
) -> Ledger:
    """Return the ledger with a column `score`, and with the key levels that follow from it.

    Parameters
    ----------
    score : Score or None
        None: the ledger as it is.
    ledger : Ledger
    columns : mapping of str to sequence
        The attributes of every row that rules may look at.
    known : bool
        Whether what the ledger says of milestones is known; else a project has reached nothing.
    """
    if score is None:
        return ledger
    points, levels = [], []
    for i in range(len(ledger)):
        row = {name: column[i] for name, column in columns.items()}
        done = [name for name in ledger.milestones if known and ledger.dates[name][i] is not None]
        points.append(score.of(row, done))
        levels.append(score.level_of(points[-1], str(row.get("key_level", "none"))))
    return replace(ledger, columns={**ledger.columns, SCORE: tuple(points), "key_level": tuple(levels)})


def _number(value: Any) -> float:
    """Read an attribute as a number, NaN where it is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
