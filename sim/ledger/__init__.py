"""The ledger: reading it, checking it, seeing it as of a date, writing it back."""

from sim.ledger.format import ColumnRule, LedgerFormat
from sim.ledger.latest import far_dates
from sim.ledger.read import Reading, ledger_of_bytes, read_extracts, read_ledger
from sim.ledger.table import UNKNOWN, ItemRow, Ledger, Reached, When, from_rows
from sim.ledger.view import known_on, year_classes
from sim.ledger.write import write_ledger

__all__ = [
    "UNKNOWN",
    "ColumnRule",
    "ItemRow",
    "Ledger",
    "LedgerFormat",
    "Reached",
    "Reading",
    "When",
    "far_dates",
    "from_rows",
    "known_on",
    "ledger_of_bytes",
    "read_extracts",
    "read_ledger",
    "write_ledger",
    "year_classes",
]
