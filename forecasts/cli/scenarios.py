"""``kaigong scenarios``: what is shipped."""

from __future__ import annotations

from typing import Any

from forecasts.cli.common import AsJson, Lang, command, language, print_json
from forecasts.cli.tables import print_table

NAME = "scenarios"


@command
def main(json: AsJson = False, lang: Lang = "") -> None:
    """List the shipped scenarios with their reforms."""
    from forecasts.results import titles
    from sim.scenario import read_heads, shipped_names

    spoken = language(lang)
    rows: list[dict[str, Any]] = []
    for head in read_heads(shipped_names()):
        title = titles(head.title, head.name)[spoken]
        rows.append(
            {"name": head.name, "title": title, "synthetic": head.synthetic, "reforms": list(head.reforms)}
        )
    if json:
        print_json({"scenarios": rows})
        return
    shown = [row | {"reforms": ", ".join(row["reforms"])} for row in rows]
    print_table("", shown, ["name", "title", "synthetic", "reforms"], spoken)
