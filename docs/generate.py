"""Write the reference pages from the program itself: schema, command, headers, glossary.

``python docs/generate.py`` writes them; ``python docs/generate.py --check`` writes nothing, lists the
pages that are not what the program says, and ends with 1 if there is one.
"""

from __future__ import annotations

import csv
import inspect
import json
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from schema_page import scenario_page
from typer.models import ArgumentInfo, OptionInfo

from forecasts import words
from forecasts.cli import app
from sim.ledger.headers import ATTRIBUTES, CHINESE, COSTS, ITEM_COLUMNS, WORDS, Column, milestone_columns
from sim.plan.targets import COLUMNS as PLAN_COLUMNS
from sim.plan.targets import MEASURES
from sim.scenario.schema import Spec

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py; do not edit. -->\n\n"

#: What an exit code of the command says.
EXITS = (
    (0, "done"),
    (1, "the answer is no: `check` listed errors, or the alarm of `forecast` rang"),
    (2, "bad input: every problem is listed on standard error, nothing was written"),
    (3, "interrupted: the same command goes on where it stopped, if anything was finished"),
)

#: What the command reads from the environment.
ENVIRONMENT = (
    (
        "KAIGONG_CACHE",
        "folder of compiled kernels; default `$XDG_CACHE_HOME/kaigong`, else `~/.cache/kaigong`. One in which"
        " no file can be made is passed over, and one line on standard error says so",
    ),
    (
        "LC_ALL, LANG",
        "language of tables and reports where there is no `--lang`: Chinese if it begins with `zh`",
    ),
)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; bars inside cells are escaped.

    Examples
    --------
    >>> print(table(["word"], [["project"]]))
    | word |
    |---|
    | project |
    """
    lines = [heads, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    written = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(heads), *written[1:]])


def schema_json() -> str:
    """Return the JSON Schema of a scenario file (for editors)."""
    schema = Spec.model_json_schema(by_alias=True)
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


CLI_TEXT = """\
`kaigong COMMAND --help` prints the same. `SCENARIO` is a shipped name or a path. Progress goes to standard
error; `--json` prints the whole answer on standard output."""


def cli_page() -> str:
    """Return the page of the command: usage, arguments and options of every subcommand."""
    parts = [
        NOTE + "# The command `kaigong` 命令行",
        CLI_TEXT,
        "## Exit codes 退出码",
        table(["Code", "Meaning"], [[str(code), text] for code, text in EXITS]),
        "## Environment 环境变量",
        table(["Variable", "Meaning"], [[f"`{name}`", text] for name, text in ENVIRONMENT]),
    ]
    for command in app.registered_commands:
        function = command.callback
        if function is not None:
            heads = ["Argument or option", "Value", "Default", "Meaning"]
            parts += [
                f"## `kaigong {command.name}`",
                _line(function.__doc__),
                table(heads, _options(function)),
            ]
    return "\n\n".join(parts) + "\n"


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _options(function: Callable[..., object]) -> Iterator[list[str]]:
    hints = typing.get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        kind, info = typing.get_args(hints[name])
        option = isinstance(info, OptionInfo)
        names = [d for d in info.param_decls or () if d.startswith("-")] or [f"--{name.replace('_', '-')}"]
        written = ", ".join(f"`{n}`" for n in names) if option else f"`{name.upper()}`"
        repeats = " (repeatable)" if "list" in str(kind) else ""
        yield [written + repeats, _value(kind, info), _default(parameter, info), _line(info.help)]


def _value(kind: object, info: OptionInfo | ArgumentInfo) -> str:
    words = {"bool": "switch", "int": "whole number", "Path": "file", "float": "number"}
    return info.metavar or next((word for name, word in words.items() if name in str(kind)), "text")


def _default(parameter: inspect.Parameter, info: OptionInfo | ArgumentInfo) -> str:
    if info.default_factory is not None:
        return "of the environment"
    if parameter.default is inspect.Parameter.empty:
        return "required"
    return "" if parameter.default in (None, False, (), "") else f"`{parameter.default}`"


LEDGER_TEXT = """\
CSV (UTF-8 or GB18030) or XLSX. Headers may be English or Chinese, in any order; the unit of money and
area stands in brackets behind the header, `总投资(亿元)`, or is given by `--money`. A column that is not
listed here is kept and may be used by a scenario under `attributes:`. Required: `id` and one milestone."""

MILESTONE_TEXT = """\
For every milestone of the scenario three columns: its date, its planned date (`planned_...`) and the date
on which it was first reported (`reported_...`). Below, 开工 stands for any of the words of a milestone; 日期
or 时间 may follow. These are the Chinese default; a scenario declares its own. A milestone left empty
before a later one that was reached counts as reached, date unknown."""

#: Chinese patterns of the three columns of a milestone.
PATTERNS = (
    ("started", ("开工", "实际开工")),
    ("planned_started", ("计划开工", "开工计划", "预计开工")),
    ("reported_started", ("上报开工", "开工上报", "开工填报")),
)

PLAN_TEXT = """\
A target counts from 1 January to the end of its month (of the year where no month is given). `scope` is
empty (everything), ids `P1, P2`, or a rule `year_class=new_start;kind=industry|social`."""


def ledger_page() -> str:
    """Return the page of ledger and plan: headers in both languages, words, what absence costs."""
    absent = {name: f"{en} {zh}" for name, (en, zh) in COSTS.items()}
    coded = [[f"`{a}`", f"`{code}`", zh] for a, known in WORDS.items() for code, zh in _by_code(known)]
    parts = [
        NOTE + "# Ledger and plan 台账与年度计划",
        LEDGER_TEXT,
        "## Columns of a ledger 台账列",
        _columns(ATTRIBUTES, absent),
        "## Milestones 节点",
        MILESTONE_TEXT,
        _milestones(),
        "## Table of items 事项表 (optional second sheet `items`)",
        _columns(ITEM_COLUMNS, {}),
        "## Coded words 代码值",
        table(["Column", "Word", "中文"], coded),
        "## Columns of a plan 计划列",
        PLAN_TEXT,
        _columns(PLAN_COLUMNS, {}),
        "## Measures of a plan 计划指标",
        table(["Measure", "中文"], [[f"`{name}`", "、".join(zh)] for name, zh in MEASURES.items()]),
    ]
    return "\n\n".join(parts) + "\n"


def _milestones() -> str:
    columns = {column.name: column.headers for column in milestone_columns(CHINESE)}
    for name, patterns in PATTERNS:
        missing = set(patterns) - set(columns[name])
        if missing:
            raise ValueError(f"PATTERNS of {name}: {missing} are not read as headers")
    words = [
        [
            f"`{name}`",
            "、".join(h for h in columns[name][1:] if not h.endswith(("日期", "时间")) and "实际" not in h),
        ]
        for name in CHINESE
    ]
    patterns = [[f"`{name}`", "、".join(written)] for name, written in PATTERNS]
    return table(["Milestone", "中文"], words) + "\n\n" + table(["Column", "中文表头"], patterns)


def _columns(columns: Iterable[Column], absent: Mapping[str, str]) -> str:
    rows = []
    for column in columns:
        chinese = [h for h in column.headers if not h.isascii()]
        english = [h for h in column.headers if h.isascii() and h != column.name]
        also = f" (also {', '.join(english)})" if english else ""
        row = [f"`{column.name}`{also}", "、".join(chinese), column.role]
        rows.append([*row, absent.get(column.name, "")] if absent else row)
    heads = ["Column", "中文表头", "Holds"]
    return table([*heads, "Without it 缺少时"] if absent else heads, rows)


def _by_code(known: Mapping[str, str]) -> list[tuple[str, str]]:
    codes = dict.fromkeys(known.values())
    return [(code, "、".join(zh for zh, c in known.items() if c == code)) for code in codes]


def glossary_page() -> str:
    """Return the glossary: the words of the model with their meaning, and every printed label."""
    with (DOCS / "terms.csv").open(encoding="utf-8", newline="") as file:
        terms = sorted(csv.DictReader(file), key=lambda row: row["word"])
    labels = sorted(words._WORDS.items())
    return (
        "\n\n".join(
            [
                NOTE + "# Glossary 术语表",
                "One word a thing, in code, files, messages and reports. Numbers are defined in"
                " [definitions](explanation/definitions.md).",
                table(["Word", "中文", "Meaning"], [[t["word"], t["zh"], t["meaning"]] for t in terms]),
                "## Labels of tables and figures 表图标签",
                table(["Key", "English", "中文"], [[f"`{key}`", en, zh] for key, (en, zh) in labels]),
            ]
        )
        + "\n"
    )


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/scenario.md": lambda: NOTE + scenario_page(Spec),
    "reference/scenario.schema.json": schema_json,
    "reference/cli.md": cli_page,
    "reference/ledger.md": ledger_page,
    "glossary.md": glossary_page,
}


def stale() -> list[str]:
    """Return the names of the pages that are not what the program says."""
    return [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != make()
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them."""
    if "--check" in arguments:
        old = stale()
        for name in old:
            sys.stderr.write(f"docs/{name} is stale: run python docs/generate.py\n")
        return 1 if old else 0
    for name, make in PAGES.items():
        target = DOCS / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
