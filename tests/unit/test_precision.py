"""The search for a precision: where it looks, when it ends, and what it says was last."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from forecasts.headline import compare_headlines, precision_block, sentence
from forecasts.running import Request, share
from sim import comparison
from sim.clocks import DAY
from sim.comparison import days_between, within_days
from sim.errors import InputError, KaigongError
from sim.experiment import Headline, Look, until_precise
from sim.experiment.precision import looks

RNG = np.random.default_rng(7)
LABELS = {"phases": {}, "milestones": {}, "options": {"A": {"en": "plan A", "zh": "方案甲"}}}
DAYS = 100 + 20 * RNG.standard_normal(6400)
RATE = (RNG.random(6400) < 0.5).astype(np.float64)


class Source:
    """Headline measures of made-up replications; keeps what it was asked for."""

    def __init__(self, *headlines: Headline) -> None:
        self.headlines, self.asked = headlines, []

    def __call__(self, numbers: range) -> Sequence[Headline]:
        self.asked.append((numbers.start, numbers.stop))
        part = slice(numbers.start, numbers.stop)
        return [
            Headline(h.measure, h.values[part], None if h.scale is None else h.scale[part], h.option)
            for h in self.headlines
        ]


def days(values: np.ndarray = DAYS, name: str = "days") -> Headline:
    return Headline(name, values, values)


def test_it_looks_at_doublings_only_and_runs_nothing_twice() -> None:
    source = Source(days())
    look = until_precise(0.01, source)
    assert source.asked == [(0, 100), (100, 200), (200, 400), (400, 800), (800, 1600)]
    assert look.reached
    assert look.replications == 1600
    assert look.needed is None
    assert look.half_width < 0.01 <= days().half_width(800)


def test_the_half_width_is_students_on_the_values_own_scale() -> None:
    assert days().half_width(100) == pytest.approx(
        1.9842 * DAYS[:100].std(ddof=1) / 10 / DAYS[:100].mean(), 1e-4
    )
    rate = Headline("rate", RATE)
    assert rate.half_width(100) == pytest.approx(1.9842 * RATE[:100].std(ddof=1) / 10, 1e-4)


def test_a_rate_is_set_against_nothing() -> None:
    """A rate of 0.5 is precise to two points at 4 * 0.25 / 0.02^2 = 2,500 replications: 3,200 are run."""
    look = until_precise(0.02, Source(Headline("rate", RATE)))
    assert look.replications == 3200


def test_the_last_measure_is_the_one_that_was_waited_for() -> None:
    look = until_precise(0.02, Source(days(), Headline("rate", RATE, option="A")))
    assert look.last is not None
    assert look.last.name == ("A", "rate", "all")
    assert until_precise(0.2, Source(days(), Headline("rate", RATE / 100))).last.measure == "days"  # type: ignore[union-attr]


def test_a_lucky_dip_does_not_end_the_search() -> None:
    """One far value in the middle brings the mean, so at 100 the half-width is small: but not at 60 to 90."""
    values = np.full(400, 10.0)
    values[:60] += np.tile([3.0, -3.0], 30)
    scale = np.full(400, 1.0)
    scale[95:] = 1000.0
    dip = Headline("dip", values, scale)
    assert dip.half_width(100) < 0.05 < dip.half_width(90)
    source = Source(dip)
    assert until_precise(0.05, source, budget=200).replications == 200
    early = until_precise(0.05, source, budget=100)
    assert not early.reached
    assert early.half_width < 0.05 < early.worst
    said = sentence(early, LABELS, "en")
    assert (
        f"half-width {early.half_width:.2g} of 0.05 asked, but {early.worst:.2g} a few replications" in said
    )
    assert "(10 to 40 fewer), where it must hold too" in said
    assert "须同样达到" in sentence(early, LABELS, "zh")
    assert "must hold too" not in sentence(until_precise(0.01, Source(days()), budget=200), LABELS, "en")


def test_a_budget_that_ends_says_how_many_would_do() -> None:
    look = until_precise(0.01, Source(days()), budget=900)
    assert (look.replications, look.reached, look.following) == (800, False, None)
    assert look.needed == math.ceil(800 * (look.worst / 0.01) ** 2)
    block = precision_block(look, LABELS)
    assert {"asked", "reached", "replications", "last_measure", "group", "half_width", "needed"} <= set(block)
    assert block["reached"] is False
    assert (
        "precision not reached with 800 replications: natural days, half-width 0.01"
        in block["statement"]["en"]
    )
    assert "of 0.01 asked; about" in block["statement"]["en"]
    assert block["statement"]["en"].endswith("the budget of 900 ends here")
    assert "未达到精度" in block["statement"]["zh"]


def test_every_look_is_told() -> None:
    told: list[Look] = []
    until_precise(0.02, Source(days()), report=told.append)
    assert [look.replications for look in told] == [100, 200, 400]
    assert [look.following for look in told] == [200, 400, 800]
    assert [sentence(look, LABELS, "en").split(":")[0] for look in told[:2]] == [
        "100 replications",
        "200 replications",
    ]


def test_without_an_interval_it_says_so_and_stops() -> None:
    nothing = np.full(200, np.nan)
    source = Source(days(nothing))
    look = until_precise(0.02, source)
    assert source.asked == [(0, 100)]
    assert (look.reached, look.last, look.needed) == (False, None, None)
    assert "no measure has an interval" in sentence(look, LABELS, "en")
    assert not until_precise(0.02, Source()).reached


def test_one_value_alone_is_never_precise() -> None:
    values = np.full(200, np.nan)
    values[3] = 5.0
    look = until_precise(0.5, Source(days(values)), budget=200)
    assert (look.reached, look.half_width, look.needed) == (False, math.inf, None)


def test_what_never_varies_is_precise() -> None:
    assert until_precise(0.001, Source(days(np.zeros(100)))).reached


def test_names_carry_the_option() -> None:
    look = until_precise(0.3, Source(Headline("start_rate_of_signed", RATE, option="A")))
    assert sentence(look, LABELS, "en").startswith(
        "precision 0.3 reached with 100 replications; last: start rate"
    )
    assert "(plan A)" in sentence(look, LABELS, "en")
    assert "(方案甲)" in sentence(look, LABELS, "zh")


class Made:
    """An outcome as a comparison reads it: 100 replications of 5 projects and 2 milestones."""

    def __init__(self, faster: float) -> None:
        rng = np.random.default_rng(3)
        self.numbers = np.arange(100)
        self.active = np.ones((100, 5), dtype=np.bool_)
        length = rng.gamma(4, 50, (100, 5)) * faster + 20 * rng.random((100, 5))
        self.milestones = np.stack([np.zeros((100, 5)), length * DAY], axis=2).astype(np.int32)


def test_a_comparisons_headlines_are_the_intervals_it_prints() -> None:
    outcomes = {"none": Made(1.0), "A": Made(0.7), "B": Made(0.9)}
    measures = [days_between(("a", "b"), "a", "b"), within_days(outcomes, 183, 0, 1, "within")]  # type: ignore[arg-type]
    groups = {"all": np.ones(5, dtype=np.bool_)}
    rows = comparison.compare(outcomes, "none", measures, groups)  # type: ignore[arg-type]
    found = compare_headlines(outcomes, "none", measures)  # type: ignore[arg-type]
    assert [(h.option, h.measure) for h in found] == [(r["option"], r["measure"]) for r in rows]
    for headline, row in zip(found, rows, strict=True):
        scale = row["baseline_value"] if row["measure"].endswith("_days") else 1.0
        assert headline.half_width(100) * scale == pytest.approx((row["high"] - row["low"]) / 2, rel=1e-9)


@pytest.mark.parametrize("given", ["0", "-0.1", "1.5", "1", "nan", "little", "inf"])
def test_a_precision_is_a_number_between_0_and_1(given: str) -> None:
    with pytest.raises(
        InputError, match=f"--precision: got {given}, expected a number between 0 and 1; write"
    ):
        share(given, "--precision")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"precision": 0.02, "replications": 200},
            "--precision: got 0.02 beside --replications 200, expected one",
        ),
        (
            {"precision": 0.02, "budget": 90},
            "--budget: got 90, expected at least 100 replications; ask for more",
        ),
        ({"budget": 800}, "--budget: got 800, expected --precision beside it"),
        ({"precision": True}, "--precision: got True, expected a number between 0 and 1"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Request(**options)  # type: ignore[arg-type]


def test_a_budget_reaches_to_the_first_look() -> None:
    with pytest.raises(KaigongError, match="budget: got 99, expected at least 100"):
        looks(99)
    assert looks(100) == [100]
    assert looks(6400)[-1] == 6400
