"""The class curve of reported shares: a regression by hand, and what it says of a report."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress
from statsmodels.regression.linear_model import OLS

from forecasts.inyear import fit_reported

MONTHS = np.tile([3, 5, 6, 8, 10, 12], 8)
LUCK = np.random.default_rng(1)
SHARES = np.exp(0.13 + 1.0 * np.log(MONTHS / 12) + LUCK.normal(0, 0.19, len(MONTHS)))


def test_the_curve_is_the_regression_of_logarithms() -> None:
    curve = fit_reported(MONTHS, SHARES)
    theirs = linregress(np.log(MONTHS / 12), np.log(SHARES))
    assert (curve.start, curve.slope) == pytest.approx((theirs.intercept, theirs.slope))
    assert curve.rows == 48
    assert curve.spread == pytest.approx(0.19, rel=0.25)


def test_its_interval_is_that_of_a_new_report() -> None:
    curve = fit_reported(MONTHS, SHARES)
    x = np.column_stack([np.ones(48), np.log(MONTHS / 12)])
    frame = OLS(np.log(SHARES), x).fit().get_prediction([[1.0, np.log(5 / 12)]])
    low, high = frame.conf_int(obs=True, alpha=0.2)[0]
    np.testing.assert_allclose(curve.quantiles(5)[[19, 179]], np.exp([low, high]), rtol=1e-9)


def test_where_a_report_stands_agrees_with_the_quantiles() -> None:
    curve = fit_reported(MONTHS, SHARES)
    for level, place in ((0.1, 19), (0.5, 99), (0.9, 179)):
        assert curve.standing(5, float(curve.quantiles(5)[place])) == pytest.approx(level)


def test_front_loaded_reports_are_above_the_even_pace_and_end_above_the_plan() -> None:
    curve = fit_reported(MONTHS, SHARES)
    assert curve.quantiles(6)[99] > 0.5
    assert curve.quantiles(12)[99] > 1.0


@pytest.mark.parametrize(
    ("months", "shares"),
    [([3, 5, 6], [0.3, 0.4, 0.5]), ([5] * 5, [0.5] * 5), ([3, 5, 6, 9], [0.3, 0.0, 0.5, 0.8])],
)
def test_too_few_reports_are_refused(months: list[int], shares: list[float]) -> None:
    with pytest.raises(ValueError, match="reports: got"):
        fit_reported(months, shares)
