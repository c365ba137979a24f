"""Reviews: the one place where the state of a run feeds back.

On its dates an engine stops and hands the trace so far to `Board.sit`; what the rules order holds until
their next date. The orders are a pure function of model, draws and that trace, and both engines call it.
"""

from sim.review.board import Board, entered, work_factors
from sim.review.orders import SAME, Orders, nothing

__all__ = ["SAME", "Board", "Orders", "entered", "nothing", "work_factors"]
