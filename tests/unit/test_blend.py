"""Blends: averages of quantiles, a factor of width from past forecasts, and the way back to samples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from forecasts import blend
from forecasts.blend import LEVELS

Floats = np.typing.NDArray[np.float64]


def normal(mean: float = 0.0, sd: float = 1.0) -> Floats:
    return np.asarray(norm.ppf(LEVELS, mean, sd))


def test_the_blend_of_two_normals_is_the_normal_in_between() -> None:
    np.testing.assert_allclose(blend.blend([normal(0, 1), normal(10, 3)]), normal(5, 2), atol=1e-12)


def test_quantiles_are_on_the_levels_and_follow_the_shape_of_the_samples() -> None:
    drawn = np.random.default_rng(1).normal(size=(200_000, 2)) * [1.0, 4.0]
    found = blend.quantiles(drawn)
    assert found.shape == (199, 2)
    np.testing.assert_allclose(found, np.stack([normal(), normal(0, 4)], axis=1), atol=0.1)


def test_samples_of_quantiles_are_the_distribution_again() -> None:
    back = blend.samples(normal(5, 2), 1000)
    assert (back.mean(), back.std()) == pytest.approx((5, 2), rel=0.02)
    np.testing.assert_allclose(np.quantile(back, [0.1, 0.5, 0.9]), norm.ppf([0.1, 0.5, 0.9], 5, 2), atol=0.02)


def test_paths_have_the_blended_months_and_the_order_of_the_pattern() -> None:
    luck = np.random.default_rng(3)
    walks = luck.normal(size=(500, 6)).cumsum(axis=1)
    monthly = np.stack([normal(h, 1 + h) for h in range(6)], axis=1)
    made = blend.paths(monthly, walks)
    for h in range(6):
        np.testing.assert_array_equal(np.sort(made[:, h]), blend.samples(monthly, 500)[:, h])
        assert (np.diff(made[np.argsort(walks[:, h]), h]) >= 0).all()


def test_a_forecast_half_as_wide_as_it_should_be_is_doubled_in_the_end() -> None:
    luck = np.random.default_rng(5)
    past = np.repeat(normal()[:, None], 4000, axis=1)
    ratios = blend.past_ratios(past, luck.normal(0, 2, 4000))
    factor = blend.width_factor(ratios, np.zeros(4000, dtype=int), 0)
    assert factor == pytest.approx(2.0, rel=0.05)
    np.testing.assert_allclose(blend.rescale(normal(100), factor), normal(100, factor), atol=1e-9)


def test_the_factor_is_shrunk_by_how_few_the_past_forecasts_are() -> None:
    for count in (1, 6, 30):
        factor = blend.width_factor(np.full(count, 3.0), np.zeros(count, dtype=int), 0)
        assert factor == pytest.approx(3.0 ** (count / (count + 6)))


def test_outcomes_that_came_later_do_not_count() -> None:
    ratios, known = np.array([1.0, 1.0, 9.0, 9.0]), np.array([10, 11, 12, 13])
    assert blend.width_factor(ratios, known, 11) == 1.0
    assert blend.width_factor(ratios, known, 12) > 1.5
    assert blend.width_factor(ratios, known, 9) == 1.0


def test_half_widths_are_those_of_the_side_the_outcome_fell_on() -> None:
    skewed = np.exp(normal())[:, None]
    low, mid, high = np.exp(norm.ppf([0.1, 0.5, 0.9]))
    above = blend.past_ratios(skewed, np.array([high]))
    below = blend.past_ratios(skewed, np.array([low]))
    assert (above[0], below[0], mid) == pytest.approx((1.0, 1.0, 1.0))


def test_a_forecast_without_width_teaches_nothing() -> None:
    ratios = blend.past_ratios(np.full((199, 1), 5.0), np.array([7.0]))
    assert np.isnan(ratios).all()
    assert blend.width_factor(ratios, np.array([0]), 0) == 1.0


def test_rescaled_quantiles_never_fall_below_what_has_happened() -> None:
    wide = blend.rescale(normal(10, 5), 3.0, lowest=8.0)
    assert wide.min() == 5 * norm.ppf(0.005) + 10  # it lay lower before: rescaling alone adds nothing below
    assert blend.rescale(normal(10, 1), 3.0, lowest=8.0).min() == pytest.approx(10 + norm.ppf(0.005))


@pytest.mark.parametrize("members", [[], [normal(), normal()[:100]], [np.zeros(5)]])
def test_members_that_do_not_fit_are_refused(members: list[Floats]) -> None:
    with pytest.raises(ValueError, match="members: got shapes"):
        blend.blend(members)
