"""Everything random of one replication, as integers: what an engine is given beside the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Draws:
    """One replication's luck, fixed before the engine starts.

    Sizes: P projects, C cases, A arcs, W visit slots, G regimes, X stoppage slots, Q rungs,
    E calendar events, U units, K milestones, M months, N resources, L lanes (see `Model`).

    Parameters
    ----------
    replication, seed : int
    active : (P,) bool
        The project takes part (arrival candidates that were not drawn do not).
    signed : (P,) int32
        Minute of signing; negative for the past.
    lane : (P,) int32
        Which compiled clocks the project runs on.
    applies : (C,) bool
        False: the case behaves as a GATE in this replication.
    arc : (A,) bool
        Arc present.
    rounds : (C,) int32
        Visits until done or refused (1 = no return). A rerun after void uses slot
        ``slot_offset[c+1] - 1`` and is numbered ``rounds[c]`` (0-based), outcome done.
    refused : (C,) bool
        The last round ends refused.
    void : (C,) bool
        CHECK fails: the target is reopened.
    applicant : (W,) int32
        Minutes of applicant time before each visit, natural clock.
    work : (W, G) int32
        Own-clock minutes of work of each visit under each regime, before the common factor.
    factor : (U, K, M) int32
        Thousandths, by unit, phase (ending milestone) and month of joining; months before the first
        or after the last use the nearest column. Work = (d * factor + 500) // 1000, at least 1 if
        d >= 1.
    patience : (P, K) int32
        Natural minutes after milestone k is reached at which the project leaves if k is still its
        highest milestone; NEVER = stays. For the phase open at the epoch: minutes *left* from minute
        0 (>= 1).
    stop_gap : (X,) int32
        Own work minutes from the start of the visit's work (first stop) or from the previous stop to
        the next stop; counted over the work of the case's *first* visit only; NEVER = no more stops.
    rung_solved, rung_work : (X, R) bool, int32
        For each stoppage slot and rung of its ladder (R = longest ladder).
    capacity, reserved : (N,) int32
        Reviewers, pool amount, opening balances of this replication.
    event_value, event_reserved : (E,) int32
        Values of the calendar events of this replication (0 places = cancelled session).
    session_work : (E,) int32
        Shared work of the cases of a SESSION event, own-clock minutes.
    state : (C,) int8
        NOT_YET, ENDED, APPLICANT, QUEUED, SERVICE: resolved, no INFERRED left.
    visit : (C,) int32
        Visit under way (0-based).
    ready, joined, served, ended : (C,) int32
        Past moments (negative) of the visit under way; `ended` for ENDED cases.
    remaining : (C,) int32
        APPLICANT: natural minutes left; SERVICE: own-clock minutes of work left (>= 1), final: the
        common factor of the month it joined in is already in it.
    milestones : (P, K) int32
        Milestones reached before the epoch (negative; unknown dates already filled in), else NEVER.
    withdrawn : (P,) int32
        Known withdrawal (negative), else NEVER. Such a project does nothing.
    strained : (P,) bool
        No attempt of the open phase fitted; the last was stretched.
    parameters : (Y,) float64
        Drawn values of ``Model.parameters``.
    """

    replication: int
    seed: int
    active: Flags
    signed: Ints
    lane: Ints
    applies: Flags
    arc: Flags
    rounds: Ints
    refused: Flags
    void: Flags
    applicant: Ints
    work: Ints
    factor: Ints
    patience: Ints
    stop_gap: Ints
    rung_solved: Flags
    rung_work: Ints
    capacity: Ints
    reserved: Ints
    event_value: Ints
    event_reserved: Ints
    session_work: Ints
    state: npt.NDArray[np.int8]
    visit: Ints
    ready: Ints
    joined: Ints
    served: Ints
    ended: Ints
    remaining: Ints
    milestones: Ints
    withdrawn: Ints
    strained: Flags
    parameters: npt.NDArray[np.float64]
