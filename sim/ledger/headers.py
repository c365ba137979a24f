"""Column headers in English and Chinese, and what each column is."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.ledger.values import AREA_UNITS, MONEY_UNITS

#: What a column holds.
Role = Literal["id", "text", "number", "money", "area", "date", "planned", "reported", "withdrawn", "item"]

#: Milestones in order with their Chinese labels; a plain sequence of names is allowed too.
Milestones = Mapping[str, str] | Sequence[str]


@dataclass(frozen=True)
class Column:
    """One known column: its name in kaigong, what it holds, how it may be written."""

    name: str
    role: Role
    headers: tuple[str, ...]

    def label(self, lang: str) -> str:
        """Give the header to write in a language: the first English or the first Chinese one."""
        chinese = [h for h in self.headers if not h.isascii()]
        return chinese[0] if lang == "zh" and chinese else self.headers[0]


#: The columns every ledger may have, whatever its milestones.
ATTRIBUTES: tuple[Column, ...] = (
    Column("id", "id", ("id", "项目编号", "编号", "项目代码", "项目编码", "project_id")),
    Column("name", "text", ("name", "项目名称", "名称", "项目", "project_name", "project")),
    Column("county", "text", ("county", "县区", "区县", "所在县区", "所属县区", "县(区)", "unit")),
    Column("kind", "text", ("kind", "类别", "项目类别", "项目类型")),
    Column("key_level", "text", ("key_level", "级别", "重点级别", "项目级别")),
    Column("land_route", "text", ("land_route", "供地方式", "用地方式")),
    Column("land_state", "text", ("land_state", "土地状态", "用地状态", "土地现状")),
    Column("year_class", "text", ("year_class", "年度性质", "建设性质")),
    Column("area", "area", ("area", "用地面积", "面积", "占地面积", "土地面积")),
    Column(
        "investment", "money", ("investment", "总投资", "投资", "投资额", "计划总投资", "total_investment")
    ),
    Column(
        "invested_to_date", "money", ("invested_to_date", "累计完成投资", "累计投资", "开工以来累计完成投资")
    ),
    Column(
        "invested_this_year", "money", ("invested_this_year", "本年完成投资", "年度完成投资", "今年完成投资")
    ),
    Column("plan_this_year", "money", ("plan_this_year", "年度计划投资", "本年计划投资", "今年计划投资")),
    Column("list", "text", ("list", "期批", "所属期批", "批次")),
    Column("period", "text", ("period", "期次", "所属期次")),
    Column("parent", "text", ("parent", "母项目", "上级项目", "打捆项目")),
    Column("withdrawn", "withdrawn", ("withdrawn", "退出", "退出日期", "退出时间", "退库日期", "终止日期")),
)

#: Columns of the table `items`.
ITEM_COLUMNS: tuple[Column, ...] = (
    Column("id", "id", ("id", "项目编号", "编号", "项目代码")),
    Column("item", "item", ("item", "审批事项", "事项", "事项编号")),
    Column("accepted", "date", ("accepted", "受理日期", "受理", "受理时间")),
    Column("returned", "date", ("returned", "退件日期", "退件", "补正日期")),
    Column("decided", "date", ("decided", "办结日期", "办结", "办结时间")),
)

#: Chinese labels of the milestones of the Chinese default, for callers that know names only.
CHINESE: Mapping[str, str] = {
    "signed": "签约",
    "land_supplied": "供地",
    "permitted": "取得施工许可",
    "started": "开工",
    "built": "完工",
    "accepted": "竣工验收",
    "in_production": "投产",
    "at_capacity": "达效",
    "registered": "入库纳统",
}

#: Further Chinese words for milestones of the default, accepted when reading.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "permitted": ("施工许可", "领取施工许可"),
    "accepted": ("竣工",),
    "in_production": ("投产(投用)", "投用"),
    "at_capacity": ("达产", "达产达效"),
    "registered": ("纳统", "入库"),
}

#: Chinese words of the coded attributes.
WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {
        "工业": "industry",
        "产业": "industry",
        "制造业": "industry",
        "先进制造业": "industry",
        "基础设施": "infrastructure",
        "社会事业": "social",
        "社会民生": "social",
        "民生": "social",
        "服务业": "services",
        "现代服务业": "services",
    },
    "key_level": {
        "省": "provincial",
        "省级": "provincial",
        "省重点": "provincial",
        "市": "city",
        "市级": "city",
        "市重点": "city",
        "县": "county",
        "县级": "county",
        "县重点": "county",
        "无": "none",
        "否": "none",
        "非重点": "none",
    },
    "land_route": {
        "出让": "granted",
        "划拨": "allocated",
        "标准厂房": "factory",
        "租赁": "lease",
    },
    "land_state": {
        "净地": "net",
        "盘活": "revived",
        "存量盘活": "revived",
        "报批": "conversion",
        "需报批": "conversion",
        "农转用": "conversion",
        "待转用": "conversion",
    },
    "year_class": {
        "新开工": "new_start",
        "计划新开工": "new_start",
        "续建": "continuing",
        "竣工": "completing",
        "计划竣工": "completing",
        "预备": "reserve",
        "储备": "reserve",
    },
}

#: What the absence of a column costs, for page one of the report.
COSTS: Mapping[str, tuple[str, str]] = {
    "investment": ("no investment measures", "无法测算投资指标"),
    "county": ("no results by county, one common office district", "无法分县区"),
    "kind": ("laws that differ by kind take their general case", "类别差异取通用分布"),
    "key_level": ("nobody goes first in a queue", "无优先级"),
    "land_route": ("every project takes the general land path", "按通用供地路径"),
    "land_state": ("no conversion batches", "不考虑农转用批次"),
    "area": ("no land quota is used", "不占用土地指标"),
    "plan_this_year": ("no money at stake in the early warnings", "预警不含金额"),
    "invested_to_date": ("money booked so far is imputed from the curve", "累计投资由曲线推算"),
}

_UNIT = re.compile(r"[(\[【]\s*([^()\[\]【】]*?)\s*[)\]】]\s*$")
_BEHIND = ("日期", "时间", "")


def normal(header: str) -> str:
    """Fold a header: full-width characters, case, spaces and hyphens.

    Examples
    --------
    >>> normal(" Planned Started "), normal("县（区）")
    ('planned_started', '县(区)')
    """
    text = unicodedata.normalize("NFKC", header).strip().casefold()
    return re.sub(r"_+", "_", re.sub(r"[\s\-]+", "_", text)).strip("_*:")


def split_unit(header: str) -> tuple[str, str | None]:
    """Part a header from a unit in brackets behind it; other brackets stay.

    Examples
    --------
    >>> split_unit("投资（亿元）"), split_unit("investment (万元)"), split_unit("县(区)")
    (('投资', '亿元'), ('investment', '万元'), ('县(区)', None))
    """
    text = unicodedata.normalize("NFKC", header).strip()
    match = _UNIT.search(text)
    if match:
        unit = match[1].removeprefix("单位:").strip().casefold()
        if unit in MONEY_UNITS or unit in AREA_UNITS:
            return normal(text[: match.start()]), unit
    return normal(text), None


def bracketed(header: str) -> tuple[str, str]:
    """Part a header from whatever stands in brackets behind it.

    Examples
    --------
    >>> bracketed("总投资（万美元）"), bracketed("area")
    (('总投资', '万美元'), ('area', ''))
    """
    text = unicodedata.normalize("NFKC", header).strip()
    match = _UNIT.search(text)
    return (normal(text[: match.start()]), match[1]) if match else (normal(text), "")


def labels(milestones: Milestones) -> dict[str, str]:
    """Give the milestones with a Chinese label each (the name itself where there is none)."""
    if isinstance(milestones, Mapping):
        return {name: zh or CHINESE.get(name, name) for name, zh in milestones.items()}
    return {name: CHINESE.get(name, name) for name in milestones}


def milestone_columns(milestones: Milestones) -> list[Column]:
    """Make the date, planned and reported columns of the scenario's milestones."""
    columns = []
    for name, zh in labels(milestones).items():
        words = tuple(dict.fromkeys((zh, *_ALSO.get(name, ()))))
        columns.append(Column(name, "date", (name, *_spell("{}", words), *_spell("实际{}", words))))
        planned = _spell("计划{}", words) + _spell("{}计划", words) + _spell("预计{}", words)
        columns.append(Column(f"planned_{name}", "planned", (f"planned_{name}", *planned)))
        reported = _spell("上报{}", words) + _spell("{}上报", words) + _spell("{}填报", words)
        columns.append(Column(f"reported_{name}", "reported", (f"reported_{name}", *reported)))
    return columns


def _spell(pattern: str, words: Iterable[str]) -> tuple[str, ...]:
    """Write words with 日期, 时间 or nothing behind."""
    return tuple(pattern.format(word) + behind for word in words for behind in _BEHIND)


def known_headers(columns: Iterable[Column]) -> dict[str, Column]:
    """Map every accepted header, folded, to its column (the first that claims it)."""
    known: dict[str, Column] = {}
    for column in columns:
        for header in (column.name, *column.headers):
            known.setdefault(normal(header), column)
    return known


def nearest(header: str, known: Iterable[str], *, alike: float = 0.85) -> str | None:
    """Give the known header that an unknown one was probably meant to be."""
    close = difflib.get_close_matches(normal(header), list(known), n=1, cutoff=alike)
    return close[0] if close else None
