"""A finished result: its numbers, tables, figures and directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecasts.report import figures_of, render, write_report
from forecasts.shown import Table, notes_of, tables_of
from forecasts.words import Language, default_language
from sim.errors import KaigongError
from sim.store import keeping

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Made:
    """A finished result: its numbers, tables, figures and directory.

    Parameters
    ----------
    result : dict
        As ``--json`` prints it.
    folder : Path
        The run directory.
    """

    result: dict[str, Any]
    folder: Path

    def tables(self, lang: Language | None = None) -> list[Table]:
        """Return the tables a person reads first, headings in `lang`."""
        return tables_of(self.result, lang or default_language())

    def notes(self, lang: Language | None = None) -> list[str]:
        """Return what the result rests on, a line each."""
        return notes_of(self.result, lang or default_language())

    def frame(self, key: str) -> pd.DataFrame:
        """Return one list of the result (``targets``, ``projects``, ``results`` ...) as a DataFrame.

        Raises
        ------
        KaigongError
            If the result has no such list.
        """
        import pandas as pd  # noqa: PLC0415 - only who looks at a table needs it

        lists = [name for name, value in self.result.items() if isinstance(value, list)]
        if key not in lists:
            raise KaigongError(f"frame: got {key}, expected one of {', '.join(lists)}; choose one of them")
        return pd.DataFrame(self.result[key])

    def __repr__(self) -> str:
        """One line: what it is of, and where it lies."""
        return f"<{self.result['kind']} of {self.result['scenario']} in {self.folder}>"

    def figures(self, lang: Language | None = None) -> dict[str, Figure]:
        """Return every figure by name."""
        return figures_of(self.result, lang or default_language())

    def figure(self, name: str, lang: Language | None = None) -> Figure:
        """Return one figure; a wrong name lists the right ones.

        Raises
        ------
        KaigongError
            If the result has no such figure.
        """
        found = self.figures(lang)
        if name not in found:
            raise KaigongError(f"figure: got {name}, expected one of {', '.join(found)}; choose one of them")
        return found[name]

    def write_report(self, lang: Language | None = None) -> Path:
        """Write figures and pages in both languages; return the page in `lang`."""
        with keeping(self.folder):
            return write_report(self.result, self.folder, lang or default_language())

    def _repr_html_(self) -> str:
        """Show the whole page in a notebook."""
        page = render(self.result, default_language())
        return f'<iframe srcdoc="{_escaped(page)}" width="100%" height="900" frameborder="0"></iframe>'


def _escaped(page: str) -> str:
    return page.replace("&", "&amp;").replace('"', "&quot;")
