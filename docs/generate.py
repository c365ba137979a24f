"""Write the reference pages from the program itself: schema, command, headers, glossary.

``python docs/generate.py`` writes them; ``python docs/generate.py --check`` writes nothing, lists the
pages that are not what the program says, and ends with 1 if there is one.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import typer
from schema_page import scenario_page

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
    (3, "interrupted: the same command goes on where it stopped"),
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


def cli_page() -> str:
    """Return the page of the command: usage, arguments and options of every subcommand."""
    root = typer.main.get_command(app)
    parts = [
        NOTE + "# The command `kaigong` 命令行",
        "Every subcommand takes `--json` or writes files that a program can read; `kaigong COMMAND --help`"
        " prints the same. `SCENARIO` is a shipped name or a path. Progress goes to standard error.",
        "## Exit codes 退出码",
        table(["Code", "Meaning"], [[str(code), text] for code, text in EXITS]),
    ]
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        parts += [f"## `kaigong {name}`", _help(command.help), _options(command.params)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _help(text: str | None) -> str:
    return " ".join((text or "").split())


def _options(params: Sequence[object]) -> str:
    rows = []
    for param in params:
        if "--help" in param.opts:  # type: ignore[attr-defined]
            continue
        rows.append([_written(param), _value(param), _default(param), _help(getattr(param, "help", None))])
    return table(["Argument or option", "Value", "Default", "Meaning"], rows)


def _written(param: object) -> str:
    if param.param_type_name == "argument":  # type: ignore[attr-defined]
        return f"`{str(param.name).upper()}`"  # type: ignore[attr-defined]
    names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))  # type: ignore[attr-defined]
    return names + (" (repeatable)" if getattr(param, "multiple", False) else "")


def _value(param: object) -> str:
    if getattr(param, "is_flag", False):
        return "switch"
    metavar = getattr(param, "metavar", None)
    kind = {"text": "text", "integer range": "whole number", "integer": "whole number", "path": "file"}
    return str(metavar or kind.get(param.type.name, param.type.name))  # type: ignore[attr-defined]


def _default(param: object) -> str:
    if param.required:  # type: ignore[attr-defined]
        return "required"
    default = param.default  # type: ignore[attr-defined]
    if callable(default):
        return "of the environment"
    if getattr(param, "is_flag", False) or default is None or default in ((), []):
        return ""
    return f"`{default}`"


LEDGER_TEXT = """\
CSV (UTF-8 or GB18030) or XLSX. Headers may be English or Chinese, in any order; the unit of money and
area stands in brackets behind the header, `总投资(亿元)`, or is given by `--money`. A column that is not
listed here is kept and may be used by a scenario under `attributes:`. Required: `id` and one milestone."""

MILESTONE_TEXT = """\
For every milestone of the scenario three columns: its date, its planned date, the date first reported.
These are the Chinese default; a scenario declares its own. A milestone left empty before a later one
that was reached counts as reached, date unknown."""

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
        _columns(milestone_columns(CHINESE), {}),
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
