"""Put the real output of the commands shown in README and docs into their pages.

A page says ``<!-- output -->``, or ``<!-- output 1-12,-3 -->`` to show lines 1 to 12 and the last 3, above a
block whose first line is ``$ kaigong ...``. ``python docs/outputs.py`` runs every such command in one
working folder, page after page, and writes blocks and pictures; ``python docs/outputs.py README.md`` does
so for one page. A block below ``<!-- file: NAME -->`` is put into the folder first, for the commands to read.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WIDTH = "108"
MARK = re.compile(
    r"(?P<head><!-- output ?(?P<lines>[-\d,]*) ?-->\n+```console\n\$ (?P<command>(?:[^\n]*\\\n)*[^\n]*)\n)"
    r"(?P<body>.*?)(?P<tail>^```$)",
    re.S | re.M,
)

FILE = re.compile(r"<!-- file: (\S+) -->\n+```\w+\n(.*?)^```$", re.S | re.M)

#: Pictures of the pages, by the run directory of a command shown in them.
PICTURES: Mapping[str, str] = {
    "fan_productions.en.png": "runs/kaifeng/fan_productions.en.png",
    "fan_productions.zh.png": "runs/kaifeng/fan_productions.zh.png",
    "fan_starts.en.png": "runs/kaifeng/fan_starts.en.png",
    "reforms.en.png": "runs/reforms/difference_signed_to_permitted_days.en.png",
}


@dataclass(frozen=True)
class Shown:
    """One command of a page with the block below it."""

    page: Path
    command: str
    lines: str
    body: str

    @property
    def slow(self) -> bool:
        """Whether it works on more than the smallest scenario."""
        return "kaifeng" in self.command or "uk-renewables" in self.command or "reforms" in self.command


def pages() -> list[Path]:
    """Return README and every page of the docs, README first."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def shown(page: Path) -> Iterator[Shown]:
    """Give the commands of a page in order."""
    for found in MARK.finditer(page.read_text(encoding="utf-8")):
        yield Shown(page, plain(found["command"]), found["lines"], found["body"])


def put_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows, for its commands to read."""
    for name, body in FILE.findall(page.read_text(encoding="utf-8")):
        (folder / name).write_text(body, encoding="utf-8")


def plain(command: str) -> str:
    """Join the lines of a command."""
    return " ".join(command.replace("\\\n", " ").split())


def run(command: str, folder: Path) -> str:
    """Run one `kaigong` command in a folder and return what it prints; file errors go with it."""
    words = shlex.split(command)
    if words[0] != "kaigong":
        raise ValueError(f"expected a kaigong command, got {command}")
    code = "import sys; from forecasts.cli import main; main(sys.argv[1:])"
    environment = {
        **os.environ,
        "COLUMNS": WIDTH,
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *words[1:]],
        cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1, 2) or "Traceback" in done.stderr:
        raise RuntimeError(f"{command}\n{done.stderr}")
    return done.stdout + (done.stderr if done.returncode == 2 else "")


def shorten(text: str, lines: str) -> str:
    r"""Keep some lines, with dots for what is left out.

    Examples
    --------
    >>> shorten("a  \nb\nc\nd\n", "1-1,-2").splitlines()
    ['a', '...', 'c', 'd']
    """
    rows = [row.rstrip() for row in text.strip("\n").split("\n")]
    if not lines:
        return "\n".join(rows) + "\n"
    kept: list[str] = []
    last = 0
    for part in lines.split(","):
        first, _, end = part.partition("-")
        begin = int(first) if first else len(rows) + 1 - int(end)
        stop = int(end or begin) if first else len(rows)
        kept += ["..."] * (begin > last + 1) + rows[begin - 1 : stop]
        last = stop
    return "\n".join([*kept, *(["..."] * (last < len(rows)))]) + "\n"


def write(page: Path, folder: Path) -> None:
    """Run a page's commands and write its blocks."""

    def fresh(found: re.Match[str]) -> str:
        said = run(plain(found["command"]), folder)
        return found["head"] + shorten(said, found["lines"]) + found["tail"]

    put_files(page, folder)
    text = page.read_text(encoding="utf-8")
    page.write_text(MARK.sub(fresh, text), encoding="utf-8")


def pictures(folder: Path, copy: Callable[[Path, Path], object] = shutil.copyfile) -> None:
    """Copy the pictures that the commands have made."""
    for name, made in PICTURES.items():
        if (folder / made).is_file():
            copy(folder / made, DOCS / "images" / name)


def main(arguments: Sequence[str]) -> int:
    """Write the blocks of all pages, or of those named."""
    chosen = [(ROOT / name).resolve() for name in arguments] or pages()
    with tempfile.TemporaryDirectory() as folder:
        for page in chosen:
            write(page, Path(folder))
        pictures(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
