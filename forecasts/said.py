"""Problems of an input in the language of the reader: the form always, the words as far as they are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from forecasts.words import Language, word
from sim.errors import Problem

#: What warnings of a ledger say, as patterns, and the same in Chinese.
_CHINESE: Final[Mapping[str, str]] = {
    r"(\w+) missing though later reached": r"后续节点已完成而缺少{1}日期",
    r"its date": "该节点日期",
    r"kept as reached, date unknown": "按已完成、日期不明处理",
    r"(\w+) before (\w+)": r"{1}早于{2}",
    r"the scenario's order": "情景规定的节点顺序",
    r"kept as it is": "按原样保留",
    r"(\w+) after withdrawal": r"退出之后仍有{1}",
    r"nothing after it": "其后无节点",
    r"kept; the project counts as withdrawn": "保留,项目按退出计",
    r"(\w+) reported before it happened": r"{1}上报早于发生",
    r"a report on or after the event": "上报不早于发生",
    r"kept; counted as reported ahead": "保留,按提前上报计",
    r"investment outside (\S+) 亿元": r"总投资超出 {1} 亿元",
    r"the right unit": "正确的单位",
    r"check the unit in the header or --money; kept as it is": "请核对表头单位或 --money;按原样保留",
    r"more invested than 1\.5 times the total": "累计投资超过总投资的 1.5 倍",
    r"at most the total": "不超过总投资",
    r"check both units; kept as it is": "请核对两列单位;按原样保留",
    r"rows skipped": "已跳过的行",
    r"rows without errors": "无错误的行",
    r"left out, as asked": "按要求略去",
    r"left out": "略去",
    r"item rows of projects not in the ledger": "台账中没有的项目的事项行",
    r"a project of the ledger": "台账中的项目",
    r"a column that is not known": "无法识别的列",
    r"perhaps (`.+`)": r"可能是 {1}",
    r"kept as an extra column; correct the header if it was meant": "作为附加列保留;如确为该列请改表头",
    r"(\d+) x (\w+) after the as-of date": r"截止日之后的{2} {1} 项",
    r"(\d+) x projects not known on the as-of date": r"截止日尚未知的项目 {1} 个",
    r"(\d+) x columns of money booked after the as-of date": r"截止日之后入账的投资列 {1} 列",
    r"what was known on (\S+)": r"{1} 已知的内容",
    r"a date near those of all other projects, up to (\S+)": r"与其他项目相近的日期(其他项目最晚 {1})",
    r"correct it, or give the as-of date with --as-of: by itself it is the latest date": (
        "请更正,或用 --as-of 给出截止日:默认截止日取最晚日期"
    ),
    r"a date up to (\S+)": r"不晚于 {1} 的日期",
}
_COUNTED: Final = re.compile(r"(.*) \((\d+)\)")
_ROWS: Final = re.compile(r"(.*?) rows? ([\d, ]+?)(?: and (\d+) more)?")


def said(problem: Problem, lang: Language, labels: Mapping[str, str] | None = None) -> str:
    """Return a problem in one line; in Chinese what has no words yet stays in English.

    Parameters
    ----------
    problem : Problem
    lang : {"en", "zh"}
    labels : mapping of str to str, optional
        The scenario's names of milestones in that language.

    Examples
    --------
    >>> odd = Problem("l.csv rows 2, 4", "permitted", "permitted before signed (2)", "the scenario's order",
    ...     "kept as it is", "warning")
    >>> said(odd, "zh", {"permitted": "取得施工许可", "signed": "签约"})
    'l.csv 第 2, 4 行 取得施工许可:现为 取得施工许可早于签约(2),应为 情景规定的节点顺序;按原样保留'
    >>> said(odd, "en")
    "l.csv rows 2, 4 permitted: got permitted before signed (2), expected the scenario's order; kept as it is"
    """
    if lang == "en":
        return str(problem)
    names = labels or {}
    where = f"{_place(problem.place)} {names.get(problem.path, problem.path)}".strip()
    got, expected, remedy = (_chinese(t, names) for t in (problem.got, problem.expected, problem.remedy))
    return f"{where}:现为 {got},应为 {expected};{remedy}"


def known_on(as_of: date, lang: Language, *, latest: bool) -> str:
    """Return the line that says as of when things are known.

    Examples
    --------
    >>> known_on(date(2024, 6, 30), "en", latest=True)
    'as of 2024-06-30, the latest date in the ledger (--as-of for another)'
    """
    line = f"{word('as_of', lang)} {as_of}"
    return line + word("as_of_latest", lang) if latest else line


def _place(text: str) -> str:
    match = _ROWS.fullmatch(text)
    if match is None:
        return text
    more = f" 行及另外 {match[3]} 行" if match[3] else " 行"
    return f"{match[1]} 第 {match[2]}{more}"


def _chinese(text: str, names: Mapping[str, str]) -> str:
    """Return the Chinese of a phrase, itself where it has none; a count behind it stays behind."""
    counted = _COUNTED.fullmatch(text)
    phrase = counted[1] if counted else text
    for pattern, chinese in _CHINESE.items():
        match = re.fullmatch(pattern, phrase)
        if match is not None:
            parts = [names.get(part, word(part, "zh")) for part in match.groups()]
            phrase = chinese
            for i, part in enumerate(parts, start=1):
                phrase = phrase.replace(f"{{{i}}}", part)
            return f"{phrase}({counted[2]})" if counted else phrase
    return text
