"""Scores and ranks of units: by hand, against plain loops, and what may not change them."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ranks import Rules, competition_ranks, dimensionless, scores

Table = list[list[float]]
NAN = math.nan


def plain_points(column: list[float], rules: Rules, *, less: bool) -> list[float]:
    """One column without arrays."""
    signed = [-x if less else x for x in column]
    known = [x for x in signed if not math.isnan(x)]
    if not known:
        return [NAN] * len(column)
    if rules.winsorise:
        low, high = np.quantile(known, [rules.winsorise, 1 - rules.winsorise])
        signed = [x if math.isnan(x) else min(max(x, low), high) for x in signed]
        known = [x for x in signed if not math.isnan(x)]
    if rules.method == "zscore":
        mean = sum(known) / len(known)
        sd = math.sqrt(sum((x - mean) ** 2 for x in known) / len(known))
        z = [NAN if math.isnan(x) else (x - mean) / sd if sd > 1e-9 else 0.0 for x in signed]
        worst, scale = min(v for v in z if not math.isnan(v)), (50, 10)
    else:
        spread = max(known) - min(known)
        z = [
            NAN if math.isnan(x) else (x - min(known)) / spread if spread else rules.constant for x in signed
        ]
        worst, scale = 0.0, (0, 100) if rules.method == "extreme" else (60, 40)
    stand = NAN if rules.missing == "drop" else worst
    return [scale[0] + scale[1] * (stand if math.isnan(v) else v) for v in z]


def plain_scores(table: Table, weights: list[float], rules: Rules, less: list[bool]) -> list[float]:
    columns = [plain_points([row[i] for row in table], rules, less=less[i]) for i in range(len(weights))]
    found = []
    for u in range(len(table)):
        parts = [(w, c[u]) for w, c in zip(weights, columns, strict=True) if not math.isnan(c[u])]
        whole = sum(w for w, _ in parts)
        found.append(sum(w * x for w, x in parts) / whole if whole else NAN)
    return found


def plain_ranks(totals: list[float]) -> list[int]:
    keyed = [-math.inf if math.isnan(t) else round(t, 9) for t in totals]
    return [1 + sum(other > own for other in keyed) for own in keyed]


ALL_RULES = [
    Rules(method, constant, missing, winsorise)
    for method, constant, missing, winsorise in product(
        ("extreme", "efficacy", "zscore"), (0.0, 1.0), ("drop", "worst"), (0.0, 0.2)
    )
]


@pytest.mark.parametrize("rules", ALL_RULES)
def test_as_plain_loops_say(rules: Rules) -> None:
    chance = np.random.default_rng(7)
    for _ in range(40):
        units, indicators = chance.integers(1, 7), chance.integers(1, 5)
        table = chance.integers(-3, 6, (units, indicators)).astype(float)
        table[chance.random(table.shape) < 0.2] = NAN
        weights, less = chance.integers(1, 4, indicators).astype(float), chance.random(indicators) < 0.4
        found = scores(table, weights, rules, less)
        want = plain_scores(table.tolist(), weights.tolist(), rules, less.tolist())
        np.testing.assert_allclose(found, want, atol=1e-9)
        assert competition_ranks(found).tolist() == plain_ranks(want)


def test_by_hand() -> None:
    # Starts 2, 6, 10 weigh 3; days in the queue 30, 10, 20 weigh 1, and less is better.
    table = np.array([[2.0, 30.0], [6.0, 10.0], [10.0, 20.0]])
    found = scores(table, np.array([3.0, 1.0]), Rules(), np.array([False, True]))
    assert found.tolist() == [0.0, (3 * 50 + 100) / 4, (3 * 100 + 50) / 4]
    assert competition_ranks(found).tolist() == [3, 2, 1]
    efficacy = scores(table, np.array([3.0, 1.0]), Rules("efficacy"), np.array([False, True]))
    assert efficacy.tolist() == [60.0, 60 + 0.4 * 62.5, 60 + 0.4 * 87.5]


def test_constant_column_is_full_or_nothing_for_all() -> None:
    table = np.array([[4.0], [4.0]])
    assert dimensionless(table, Rules()).ravel().tolist() == [100.0, 100.0]
    assert dimensionless(table, Rules(constant=0.0)).ravel().tolist() == [0.0, 0.0]
    assert dimensionless(table, Rules("zscore")).ravel().tolist() == [50.0, 50.0]


def test_a_missing_value_is_left_out_or_the_worst() -> None:
    table, weights = np.array([[1.0, NAN], [3.0, 5.0], [2.0, 1.0]]), np.array([1.0, 1.0])
    assert scores(table, weights, Rules()).tolist() == [0.0, 100.0, 25.0]
    low = np.array([[3.0, NAN], [1.0, 5.0], [2.0, 1.0]])
    assert scores(low, weights, Rules()).tolist() == [100.0, 50.0, 25.0]
    assert scores(low, weights, Rules(missing="worst")).tolist() == [50.0, 50.0, 25.0]


def test_winsorising_gives_the_others_room() -> None:
    table = np.array([[0.0], [1.0], [2.0], [3.0], [1000.0]])
    plain = dimensionless(table, Rules()).ravel()
    pulled = dimensionless(table, Rules(winsorise=0.25)).ravel()
    assert plain[3] < 1
    assert pulled.tolist() == [0.0, 0.0, 50.0, 100.0, 100.0]


def test_ties_share_a_rank_and_the_next_is_left_out() -> None:
    assert competition_ranks(np.array([3.0, 5.0, 5.0, 1.0])).tolist() == [3, 1, 1, 4]


def tables() -> st.SearchStrategy[npt.NDArray[np.float64]]:
    return st.tuples(st.integers(2, 6), st.integers(1, 4)).flatmap(
        lambda shape: st.lists(
            st.integers(-50, 50), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
        ).map(lambda cells: np.array(cells, dtype=np.float64).reshape(shape))
    )


@given(table=tables(), scale=st.integers(1, 40), shift=st.integers(-1000, 1000), data=st.data())
def test_ranks_do_not_see_the_unit_of_a_column(
    table: npt.NDArray[np.float64], scale: int, shift: int, data: st.DataObject
) -> None:
    """A positive affine map of a column (万元 for 亿元) moves no score of min-max."""
    column = data.draw(st.integers(0, table.shape[1] - 1))
    other = table.copy()
    other[:, column] = other[:, column] * scale + shift
    weights = np.arange(1.0, table.shape[1] + 1)
    for method in ("extreme", "efficacy"):
        one, two = scores(table, weights, Rules(method)), scores(other, weights, Rules(method))
        np.testing.assert_allclose(one, two, atol=1e-9)
        assert competition_ranks(one).tolist() == competition_ranks(two).tolist()


@given(table=tables(), seed=st.integers(0, 100))
def test_the_order_of_units_does_not_matter(table: npt.NDArray[np.float64], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(table))
    weights = np.ones(table.shape[1])
    one = competition_ranks(scores(table, weights, Rules()))
    assert competition_ranks(scores(table[order], weights, Rules())).tolist() == one[order].tolist()


def test_another_unit_may_exchange_two() -> None:
    """A score is relative: the order of two units is not their own matter."""
    two = np.array([[10.0, 0.0], [0.0, 9.0]])
    weights = np.array([1.0, 1.1])
    assert competition_ranks(scores(two, weights, Rules())).tolist() == [2, 1]
    assert competition_ranks(scores(np.vstack([two, [0.0, 60.0]]), weights, Rules())).tolist()[:2] == [2, 3]
