"""Months as whole numbers: 12 x year + month - 1, so that a step of one is one calendar month."""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["end_of", "full_month", "label", "month_of", "of_year"]


def month_of(day: date) -> int:
    """Give the absolute month of a date.

    Examples
    --------
    >>> month_of(date(2020, 1, 31)), month_of(date(2020, 12, 1)) - month_of(date(2019, 12, 31))
    (24240, 12)
    """
    return 12 * day.year + day.month - 1


def label(month: int) -> str:
    """Write an absolute month as ``YYYY-MM``.

    Examples
    --------
    >>> label(24240)
    '2020-01'
    """
    return f"{month // 12:04d}-{of_year(month) + 1:02d}"


def of_year(month: int) -> int:
    """Give the month of the year, January 0.

    Examples
    --------
    >>> of_year(24251)
    11
    """
    return month % 12


def end_of(month: int) -> date:
    """Give the last day of an absolute month.

    Examples
    --------
    >>> end_of(month_of(date(2020, 2, 3)))
    datetime.date(2020, 2, 29)
    """
    year, index = divmod(month + 1, 12)
    return date(year, index + 1, 1) - timedelta(days=1)


def full_month(day: date) -> int:
    """Give the last month that is over at the end of a day.

    Examples
    --------
    >>> full_month(date(2021, 9, 30)) - full_month(date(2021, 9, 29))
    1
    """
    month = month_of(day)
    return month if end_of(month) == day else month - 1
