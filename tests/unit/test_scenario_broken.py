"""Every way in which a scenario file can be wrong, with the exact words of the answer.

The files lie in ``broken/``; ``broken/expected.txt`` holds the messages of each, in order.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.checking import check_inputs
from sim.errors import InputError
from sim.scenario import load_scenario, shipped_root

BROKEN = Path(__file__).parent / "broken"


def expected() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (BROKEN / "expected.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            found[line.removeprefix("## ")] = messages = []
        elif line:
            messages.append(line)
    return found


TABLE = expected()


def spoken(error: InputError) -> list[str]:
    """Messages without the folders of this checkout."""
    texts = [str(problem) for problem in error.problems]
    return [t.replace(f"{BROKEN}/", "").replace(f"{shipped_root()}/", "").replace("\n", " ") for t in texts]


def test_every_file_is_in_the_table() -> None:
    assert sorted(TABLE) == sorted(path.name for path in BROKEN.glob("*.yaml"))
    assert len(TABLE) >= 16


@pytest.mark.parametrize("name", sorted(TABLE))
def test_messages(name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario(BROKEN / name)
    assert spoken(caught.value) == TABLE[name]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_every_message_says_what_came_what_was_expected_and_what_to_do(name: str) -> None:
    with pytest.raises(InputError, match=r": got .+, expected .+; .+") as caught:
        load_scenario(BROKEN / name)
    for problem in caught.value.problems:
        assert problem.place.startswith((str(BROKEN), str(shipped_root())))


def test_a_folder_instead_of_a_file() -> None:
    with pytest.raises(InputError, match=r"got a folder, expected a file; give .*scenario\.yaml"):
        load_scenario(shipped_root() / "hello")
    with pytest.raises(InputError, match="got a folder, expected a file; give a file in it"):
        load_scenario(BROKEN)


def test_check_of_a_folder_names_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("schema: 1\n")
    with pytest.raises(InputError, match=r"got a folder, expected a file; give .*scenario.yaml"):
        check_inputs(str(tmp_path))


def test_no_file_at_all() -> None:
    with pytest.raises(InputError, match=r"got no readable file .*, expected a file; check the path"):
        load_scenario(BROKEN / "nowhere.yaml")
    with pytest.raises(
        InputError, match="kaifong: got no such scenario, expected `kaifeng`, or a file; did you"
    ):
        load_scenario("kaifong")
    with pytest.raises(InputError, match="got no such scenario"):
        load_scenario("a\0b")
    with pytest.raises(InputError, match="got no readable file"):
        load_scenario("x" * 5000 + ".yaml")
