"""``kaigong scenarios``: what is shipped."""

from __future__ import annotations

from forecasts.cli.common import AsJson, Lang, command, language, print_json, print_table
from sim.scenario.read import load_scenario, shipped_names

NAME = "scenarios"


@command
def main(json: AsJson = False, lang: Lang = "en") -> None:
    """List the shipped scenarios with their reforms."""
    spoken = language(lang)
    rows = []
    for name in shipped_names():
        scenario = load_scenario(name)
        rows.append(
            {
                "name": name,
                "title": scenario.title.get(spoken, name),
                "synthetic": scenario.synthetic,
                "reforms": sorted(scenario.reforms),
            }
        )
    if json:
        print_json({"scenarios": rows})
        return
    shown = [row | {"reforms": ", ".join(row["reforms"])} for row in rows]
    print_table("", shown, ["name", "title", "synthetic", "reforms"], spoken)
