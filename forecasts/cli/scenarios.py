"""``kaigong scenarios``: what is shipped."""

from __future__ import annotations

from typing import Any

from forecasts.cli.common import AsJson, Lang, command, language, print_json, print_table

NAME = "scenarios"


@command
def main(json: AsJson = False, lang: Lang = "") -> None:
    """List the shipped scenarios with their reforms."""
    from forecasts.results import title_of
    from sim.scenario import load_scenario, shipped_names

    spoken = language(lang)
    rows: list[dict[str, Any]] = []
    for name in shipped_names():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name,
                "title": title_of(scenario)[spoken],
                "synthetic": scenario.synthetic,
                "reforms": sorted(scenario.reforms),
            }
        )
    if json:
        print_json({"scenarios": rows})
        return
    shown = [row | {"reforms": ", ".join(row["reforms"])} for row in rows]
    print_table("", shown, ["name", "title", "synthetic", "reforms"], spoken)
