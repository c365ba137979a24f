"""Both engines on a drawn case: what differs, and a message with files that show it.

``python -m tests.engines.generated.play FOLDER`` runs again what a failure left behind.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from forecasts.inputs import read_inputs
from sim.engine import compiled, reference
from sim.engine.conservation import check
from sim.errors import InputError
from sim.experiment import pilot
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.paths import driving_path
from sim.sampling import Draws, Sampler
from sim.scenario import Scenario
from sim.trace import NEVER, Trace
from tests.engines.generated.case import Case, read_case
from tests.engines.generated.seen import Seen

#: As many as `kaigong run` asks for at least.
REPLICATIONS = 2


@dataclass(frozen=True)
class Played:
    """A case that both engines have run: replication by replication the same, if `differences` is empty."""

    scenario: Scenario
    model: Model
    runs: tuple[tuple[Draws, Trace], ...]
    differences: tuple[str, ...]


def read(case: Case, folder: Path) -> tuple[Scenario, Model]:
    """Write a case and read it the way the command does, mean queue waits of the pilot included."""
    path = case.write(folder)
    inputs = read_inputs(path, adopted=case.adopted, dated=case.dated, reforms=case.reforms)
    model = compile_model(inputs.scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    return inputs.scenario, with_pilot(model, pilot(model, case.seed))


def play(case: Case, folder: Path) -> Played:
    """Run a case on both engines.

    Raises
    ------
    InputError
        If the case is no valid scenario.
    """
    scenario, model = read(case, folder)
    sampler, fast = Sampler(model), compiled.CompiledEngine(model)
    runs, found = [], []
    for number in range(REPLICATIONS):
        draws = sampler.draw(case.seed, number)
        trace = reference.run(model, draws)
        runs.append((draws, trace))
        found += [f"replication {number}: {line}" for line in different(trace, fast.run(draws))]
    return Played(scenario, model, tuple(runs), tuple(found))


def different(expected: Trace, made: Trace) -> list[str]:
    """Columns in which two traces differ, each with its first row that does."""
    lines = []
    for field in fields(Trace):
        one, other = np.asarray(getattr(expected, field.name)), np.asarray(getattr(made, field.name))
        if one.dtype != other.dtype or one.shape != other.shape:
            shapes = (f"{found.dtype}{found.shape}" for found in (one, other))
            lines.append("{}: reference {}, compiled {}".format(field.name, *shapes))
        elif not np.array_equal(one, other):
            row = tuple(int(i) for i in np.argwhere(one != other)[0])
            lines.append(f"{field.name} {row}: reference {one[row]}, compiled {other[row]}")
    return lines


def adds_up(played: Played) -> None:
    """Nothing is lost on the way, and driving paths tile the time from signing to the milestone."""
    for draws, trace in played.runs:
        check(played.model, draws, trace)
        reached = trace.milestones.astype(np.int64)
        signed = reached[:, 0]
        there = (signed < NEVER) & draws.active
        table = driving_path(played.model, draws, trace)
        minutes = np.bincount(table["project"], weights=table["minutes"], minlength=len(signed))
        highest = reached.shape[1] - 1 - np.argmax(reached[:, ::-1] < NEVER, axis=1)
        at = reached[np.arange(len(signed)), highest]
        assert minutes.astype(np.int64).tolist() == np.where(there, np.maximum(at - signed, 0), 0).tolist()


def commands(case: Case, folder: Path) -> tuple[str, str]:
    """What to type to see both engines on a case."""
    scenario = folder / "scenario.yaml"
    if case.dated:
        words = ["kaigong run", str(scenario), *(f"--reform {name}" for name in case.reforms), "--trace"]
    else:
        words = ["kaigong compare", str(scenario)]
        words += [f"--reform {name}" for name in case.reforms or (str(folder / "nothing.yaml"),)]
        words += ["--baseline adopted"] * case.adopted
    line = " ".join([*words, f"--replications {REPLICATIONS} --seed {case.seed}"])
    first, second = (f"{line} --engine {name} --out {folder / name}" for name in ("reference", "compiled"))
    return first, second


def report(case: Case, folder: Path, differences: tuple[str, ...]) -> str:
    """Everything needed to see a difference: what it is, the files, the commands."""
    parts = ["the engines differ, or one breaks the rules", *differences]
    for name in sorted(case.files, key=lambda name: (name != "scenario.yaml", name)):
        parts += ["", f"--- {folder / name}", case.files[name].rstrip()]
    again = f"python -m tests.engines.generated.play {folder}"
    return "\n".join([*parts, "", "--- to see it", *commands(case, folder), again])


def faults(case: Case, folder: Path, seen: Seen | None = None) -> tuple[str, ...]:
    """What is wrong with a run of a case: nothing, differences, or what was raised.

    A scenario that is refused is not wrong, but counted.
    """
    try:
        played = play(case, folder)
        if not played.differences:
            adds_up(played)
    except InputError:
        if seen is not None:
            seen.refused += 1
        return ()
    except Exception as error:  # noqa: BLE001 - whatever it is, the case that shows it is to be cut down
        return (f"{type(error).__name__}: {error}",)
    if seen is not None:
        seen.add(played.scenario, played.model, played.runs, dated=case.dated)
    return played.differences


if __name__ == "__main__":
    place = Path(sys.argv[1])
    again = play(read_case(place), place / "again")
    sys.stdout.write("\n".join(again.differences or ("no difference",)) + "\n")
