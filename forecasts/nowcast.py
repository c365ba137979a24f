"""The nowcast: what has happened by now but is not on record yet, from how late such things are reported.

One table, the share on record by event and age (`OnRecord`), corrects a forecast in three places. Hazards
and their level are estimated against the share of each month that is on record. Open projects are taken
back `REWIND` months and run forward again, each exit with the chance that it happened and was not reported;
what moved goes on as anything else. Arrivals nobody has recorded yet are drawn. The same share corrects a
plain series: month by month what is on record over the share that is.

Every month that has a tenth on record speaks, with the weight of what is seen of it: for starts that are
reported eight months late the newest months are most of what can be known of the level. Counting only the
months that are three fifths complete loses a fifth of the gain on starts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts import series
from forecasts.delay import LEFT, LONGEST, Delay, completed, delay_of_months
from forecasts.history import History

__all__ = ["REWIND", "OnRecord", "corrected", "delays_of", "on_record_of", "series_paths"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: How far open cases are taken back, in months.
REWIND: Final = 24


@dataclass(frozen=True)
class OnRecord:
    """Share of events on record by age, net of what will be taken back: the delay a forecast reckons with.

    Parameters
    ----------
    reached : (K, L) float64
        By milestone and months since the event; the last column holds for all older events.
    left : (L,) float64
        The same of withdrawals.
    hidden_months : int
        Months up to the cut-off in which events may be missing.
    """

    reached: Floats
    left: Floats
    hidden_months: int = REWIND

    def by_exit(self, ages: Ints) -> Floats:
        """Give the shares by exit (0: leaving, c: milestone c) at some ages, (K, len(ages)).

        Examples
        --------
        >>> shares = OnRecord(np.array([[1.0, 1.0], [0.4, 1.0]]), np.array([0.5, 1.0]))
        >>> shares.by_exit(np.array([5, 1, 0])).tolist()
        [[1.0, 1.0, 0.5], [1.0, 1.0, 0.4]]
        """
        shares = np.concatenate([self.left[None], self.reached[1:]])
        return np.asarray(shares[:, np.minimum(ages, shares.shape[1] - 1)])


def delays_of(history: History) -> dict[str, Delay]:
    """Measure the delay of every milestone, and of leaving, from the months of first report.

    Parameters
    ----------
    history : History

    Returns
    -------
    dict of str to Delay
        By milestone and `LEFT`; without those of which no report tells.

    Examples
    --------
    >>> from forecasts.history import history_from
    >>> late = history_from(9, ("a", "b"), [[1, 4], [2, 7]], reported=[[1, 4], [2, 9]])
    >>> {name: delay.share_known(0) for name, delay in delays_of(late).items()}
    {'a': 1.0, 'b': 0.5}
    """
    found: dict[str, Delay | None] = {}
    if history.reported is not None:
        for k, name in enumerate(history.milestones):
            pairs = history.reached[:, k], history.reported[:, k]
            found[name] = delay_of_months(name, *pairs, history.cutoff)
    if history.left_reported is not None:
        found[LEFT] = delay_of_months(LEFT, history.left, history.left_reported, history.cutoff)
    return {name: delay for name, delay in found.items() if delay is not None}


def on_record_of(milestones: Sequence[str], delays: Mapping[str, Delay]) -> OnRecord | None:
    """Give what a ledger forecast needs to know of delays; None where nothing is known of any.

    Parameters
    ----------
    milestones : sequence of str
    delays : mapping of str to Delay
        By milestone and `LEFT`; one that is missing is taken to be reported at once.

    Examples
    --------
    >>> late = Delay("b", "reported dates", 9, (9,), (0.4,) + (1.0,) * 36)
    >>> on_record_of(("a", "b"), {"b": late}).reached[:, :2].tolist()
    [[1.0, 1.0], [0.4, 1.0]]
    """
    if not delays:
        return None
    at_once = (1.0,) * (LONGEST + 1)
    share = {name: delay.net() for name, delay in delays.items()}
    reached = np.array([share.get(name, at_once) for name in milestones])
    return OnRecord(reached, np.array(share.get(LEFT, at_once)))


def corrected(recorded: npt.ArrayLike, delay: Delay) -> tuple[Floats, int]:
    """Correct a monthly series for what is not on record yet.

    Parameters
    ----------
    recorded : (M,) array_like
        Events on record by month, up to the cut-off.
    delay : Delay

    Returns
    -------
    values : (M - d,) float64
        On record over the share on record (net of what will be taken back).
    left_out : int
        The d newest months, of which too little is on record (`forecasts.delay.completed`): a forecast of
        the series starts that much earlier.

    Examples
    --------
    >>> late = Delay("b", "reported dates", 9, (9,), (0.25, 0.5, 0.8, *[1.0] * 34))
    >>> corrected([10, 8, 3, 1], late)
    (array([10., 10.,  6.]), 1)
    """
    return completed(recorded, delay.net())


def series_paths(
    recorded: npt.ArrayLike,
    first: int,
    horizon: int,
    n: int,
    *,
    key: tuple[str | int, ...],
    delay: Delay | None = None,
) -> Floats:
    """Draw futures of a monthly series by its own course, from what is taken to have happened so far.

    Parameters
    ----------
    recorded : (M,) array_like
        Events on record by month, up to the cut-off.
    first : int
        Absolute month of the first.
    horizon, n : int
        Months after the cut-off, and paths.
    key : tuple of str or int
        Names the draws.
    delay : Delay, optional
        None: all is on record.

    Returns
    -------
    (n, horizon) float64
    """
    values, unseen = (recorded, 0) if delay is None else corrected(recorded, delay)
    return series.paths(values, first, horizon + unseen, n, key=key)[:, unseen:]
