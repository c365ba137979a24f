"""The annual plan: targets with measure, scope, month, county and version.

A target counts from 1 January of its year to the end of its month (of the year, where no month is
given): 40 starts in June means 40 since January.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from sim.errors import Problem
from sim.ledger.headers import WORDS, Column
from sim.ledger.table import nfc
from sim.ledger.write import Lang, write_rows

Version = Literal["original", "adjusted"]

#: Measures of every plan and the words for them; a scenario's `counts` may add more.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "investment": ("投资", "完成投资", "年度投资", "年度计划投资"),
    "starts": ("开工", "新开工", "开工项目", "新开工项目"),
    "completions": ("竣工", "竣工验收", "竣工项目"),
    "productions": ("投产", "投产项目", "投产(投用)"),
}

#: The columns a plan may have.
COLUMNS: tuple[Column, ...] = (
    Column("scope", "text", ("scope", "范围", "项目范围")),
    Column("measure", "text", ("measure", "指标")),
    Column("target", "number", ("target", "目标", "目标值", "计划")),
    Column("unit", "text", ("unit", "单位")),
    Column("year", "number", ("year", "年度", "年份", "年")),
    Column("month", "text", ("month", "月份", "截至月份", "月")),
    Column("county", "text", ("county", "县区", "区县", "县(区)")),
    Column("kind", "text", ("kind", "类别", "项目类别")),
    Column("version", "text", ("version", "版本")),
    Column("date", "date", ("date", "调整日期", "日期", "下达日期")),
)


@dataclass(frozen=True)
class Scope:
    """The projects a target is about: named ones, those of a rule, or all on the plan.

    Examples
    --------
    >>> Scope.parse("year_class=new_start;kind=industry|social").rule["kind"]
    ('industry', 'social')
    >>> Scope.parse("P1, P2").ids, Scope.parse("").all
    (('P1', 'P2'), True)
    """

    ids: tuple[str, ...] = ()
    rule: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def all(self) -> bool:
        """True where nothing narrows the scope."""
        return not self.ids and not self.rule

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read ``P1, P2`` or ``attribute=value|value;attribute=value``."""
        parts = [part.strip() for part in re.split(r"[;；]", text) if part.strip()]
        if parts and all("=" in part for part in parts):
            pairs = [part.split("=", 1) for part in parts]
            return cls(rule={name.strip(): _words(name.strip(), words) for name, words in pairs})
        return cls(ids=tuple(nfc(word) for word in re.split(r"[,;，；、]", text) if word.strip()))

    def holds(self, project: str, attributes: Mapping[str, object]) -> bool:
        """Tell whether a project is meant."""
        if self.ids:
            return project in self.ids
        return all(str(attributes.get(name, "")) in words for name, words in self.rule.items())

    def __str__(self) -> str:
        """As it is written in a file."""
        return ", ".join(self.ids) or ";".join(f"{n}={'|'.join(w)}" for n, w in self.rule.items())


def _words(name: str, words: str) -> tuple[str, ...]:
    known = WORDS.get(name, {})
    return tuple(known.get(word.strip(), word.strip()) for word in words.split("|"))


@dataclass(frozen=True)
class Target:
    """One target of a plan.

    Parameters
    ----------
    measure : str
        ``investment``, ``starts``, ``completions``, ``productions`` or a further count.
    target : float
        亿元 for investment, else projects; from 1 January to the end of `month`.
    unit : str
        ``亿元`` or ``projects``.
    year : int
    month : int or None
        1..12; None = the whole year.
    county, kind : str
        "" = all.
    version : {"original", "adjusted"}
    adopted : date or None
        Date of the adjustment.
    scope : Scope
    row : int
        Row of the file.
    """

    measure: str
    target: float
    unit: str
    year: int
    month: int | None = None
    county: str = ""
    kind: str = ""
    version: Version = "original"
    adopted: date | None = None
    scope: Scope = field(default_factory=Scope)
    row: int = 0

    @property
    def due(self) -> date:
        """The last day of the target's span.

        Examples
        --------
        >>> Target("starts", 3, "projects", 2021, 2).due
        datetime.date(2021, 2, 28)
        """
        if self.month is None or self.month == 12:
            return date(self.year, 12, 31)
        return date.fromordinal(date(self.year, self.month + 1, 1).toordinal() - 1)

    @property
    def group(self) -> str:
        """What the target is about, for a table: county, kind, scope; ``all`` where none narrows it."""
        return " / ".join(part for part in (self.county, self.kind, str(self.scope)) if part) or "all"


@dataclass(frozen=True)
class Plan:
    """The targets of a plan file, in its order.

    Parameters
    ----------
    source : str
    targets : tuple of Target
    warnings : tuple of Problem
    """

    source: str
    targets: tuple[Target, ...]
    warnings: tuple[Problem, ...] = ()

    def of(self, measure: str, *, year: int | None = None, version: str | None = None) -> tuple[Target, ...]:
        """Give the targets of one measure, and of a year and version where given."""
        return tuple(
            t
            for t in self.targets
            if t.measure == measure and year in (None, t.year) and version in (None, t.version)
        )


def write_plan(plan: Plan, path: str | Path, *, lang: Lang = "en") -> Path:
    """Write a plan as CSV or XLSX (by the ending), with English or Chinese headers."""
    labels = [column.label(lang) for column in COLUMNS]
    rows: list[list[str | float | date]] = [list(labels)]
    for t in plan.targets:
        measure = MEASURES[t.measure][0] if lang == "zh" and t.measure in MEASURES else t.measure
        unit = "个" if lang == "zh" and t.unit == "projects" else t.unit
        version = {"original": "原计划", "adjusted": "调整后"}[t.version] if lang == "zh" else t.version
        span: list[str | float | date] = [float(t.year), str(t.month or ""), t.county, t.kind]
        rows.append([str(t.scope), measure, float(t.target), unit, *span, version, t.adopted or ""])
    return write_rows(rows, Path(path), "plan")
