"""Numbers with units: what is read, and what it is worth in canonical units."""

import pytest

from sim.quantities import (
    Quantity,
    Unit,
    area_mu,
    clock_of_unit,
    minutes,
    money_wan,
    money_yi,
    parse_quantity,
    per_minute,
    per_month,
    round_half_up,
)


@pytest.mark.parametrize(
    ("text", "number", "symbol", "per"),
    [
        ("20 wd", 20, "wd", ""),
        ("20wd", 20, "wd", ""),
        ("0.3", 0.3, "1", ""),
        ("30 %", 0.3, "1", ""),
        ("0.87 %/mo", 0.0087, "1", "mo"),
        ("7 /mo", 7, "1", "mo"),
        ("7/mo", 7, "1", "mo"),
        ("0.02 / mo", 0.02, "1", "mo"),
        ("192 mu", 192, "mu", ""),
        ("192 亩", 192, "mu", ""),
        ("1.2 亿元", 1.2, "亿元", ""),
        ("1.2 yi", 1.2, "亿元", ""),
        ("5000 wan", 5000, "万元", ""),
        ("1_000 元", 1000, "元", ""),
        ("300 mu/y", 300, "mu", "y"),
        ("1e3 d", 1000, "d", ""),
        (".5 h", 0.5, "h", ""),
        ("-3 d", -3, "d", ""),
        (3, 3, "1", ""),
        (0.25, 0.25, "1", ""),
        ("12 个月", 12, "mo", ""),
    ],
)
def test_parse(text, number, symbol, per):
    assert parse_quantity(text) == Quantity(number, Unit(symbol, per))


@pytest.mark.parametrize(
    "text", ["", "abc", "3 foo", "3 mu/parsec", "1 2 d", "nan", "inf d", "3 %%", "d 3", "1.2.3", "3 d/mo/y"]
)
def test_parse_says_what_it_expected(text):
    with pytest.raises(ValueError, match=r"expected a number, alone or with a unit \(wd, d, mo"):
        parse_quantity(text)


@pytest.mark.parametrize("value", [True, None, [1]])
def test_what_is_no_text_and_no_number_is_refused(value):
    with pytest.raises(ValueError, match="expected a number"):
        parse_quantity(value)


@pytest.mark.parametrize("text", ["20 wd", "0.3", "7 /mo", "1.2 亿元", "300 mu/y", "-0.001 ha"])
def test_the_printed_form_is_read_back(text):
    assert str(parse_quantity(text)) == text
    assert parse_quantity(str(parse_quantity(text))) == parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "expected", "clock"),
    [
        ("1 wd", 1440, "working"),
        ("1 d", 1440, "natural"),
        ("1 mo", 30.436875 * 1440, "natural"),
        ("1 y", 525_949.2, "natural"),
        ("2 h", 120, "office"),
        ("5 min", 5, "office"),
    ],
)
def test_minutes_and_clock(text, expected, clock):
    quantity = parse_quantity(text)
    assert minutes(quantity) == pytest.approx(expected, rel=1e-15)
    assert clock_of_unit(quantity.unit) == clock_of_unit(quantity.unit.symbol) == clock


def test_whole_minutes_are_integers():
    assert isinstance(minutes(parse_quantity("2.5 d")), int)
    assert isinstance(minutes(parse_quantity("0.1 min")), float)


@pytest.mark.parametrize("text", ["3", "3 mu", "3 /mo"])
def test_what_is_no_time_has_no_minutes_and_no_clock(text):
    with pytest.raises(ValueError, match=r"expected a length of time"):
        minutes(parse_quantity(text))
    assert clock_of_unit(parse_quantity(text).unit) is None


def test_twelve_months_are_a_year():
    assert minutes(parse_quantity("12 mo")) == pytest.approx(minutes(parse_quantity("1 y")))


def test_money_in_both_canonical_units():
    assert money_wan(parse_quantity("1.2 亿元")) == 12_000
    assert money_wan(parse_quantity("14999 元")) == 1
    assert money_wan(parse_quantity("0.00015 亿元")) == 2  # 1.5 as written, not its binary neighbour
    assert money_yi(parse_quantity("5000 万元")) == 0.5
    with pytest.raises(ValueError, match="expected an amount of money"):
        money_wan(parse_quantity("3 mu"))
    with pytest.raises(ValueError, match="expected an amount of money"):
        money_yi(parse_quantity("3"))


def test_area():
    assert area_mu(parse_quantity("2 ha")) == 30
    with pytest.raises(ValueError, match="expected an area"):
        area_mu(parse_quantity("3 d"))


def test_rates():
    assert per_minute(parse_quantity("1440 /d")) == 1
    assert per_month(parse_quantity("0.87 %/mo")) == pytest.approx(0.0087)
    assert per_month(parse_quantity("12 /y")) == pytest.approx(1)
    with pytest.raises(ValueError, match="expected a rate"):
        per_minute(parse_quantity("7"))


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, 1), (1.5, 2), (2.5, 3), (-0.5, 0), (0.49999999999999994, 0), (7, 7)]
)
def test_round_half_up(value, expected):
    assert round_half_up(value) == expected


@pytest.mark.parametrize(
    ("symbol", "dimension"), [("wd", "time"), ("亿元", "money"), ("ha", "area"), ("1", "number")]
)
def test_dimension(symbol, dimension):
    assert Unit(symbol).dimension == dimension
