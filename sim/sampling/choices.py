"""Choices by attempt: what applies, is tolerated and waits for what, in each attempt at the present.

What has stayed open long is likelier to have many items and long chains, so the choices are part of an
attempt like its lengths. Attempt 1 makes the choices that every other project makes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import CHECK
from sim.sampling.flags import draw_arcs, draw_flags
from sim.sampling.layout import Flags, Ints
from sim.sampling.open_cases import OpenCases
from sim.sampling.world import World


@dataclass(frozen=True)
class Choices:
    """Choices of some attempts for the cases that are played.

    Parameters
    ----------
    applies, tolerated : (n, B) bool
    arc : (arcs, B) bool
    """

    applies: Flags
    tolerated: Flags
    arc: Flags


def choices_of(world: World, cases: OpenCases, attempts: Ints) -> Choices:
    """Draw the choices of some attempts; the first attempt has those of the world."""
    if attempts.tolist() == [1]:
        arc = np.append(world.arc, True)[cases.arc]  # -1, no arc to wait for, is the last cell
        columns = (world.applies[cases.case], world.tolerated[cases.case], arc)
        return Choices(*(column[:, None] for column in columns))
    layout, rules = world.layout, world.model.rules
    target = world.model.cases.target[cases.case].astype(np.int64)
    checks = (world.model.cases.kind[cases.case] == CHECK) & (target >= 0)
    item = np.where(checks, target, cases.case)
    applies = _chosen(world, layout.applies_group, rules.applies, (cases.case, attempts), otherwise=True)
    applies &= _chosen(world, layout.applies_group, rules.applies, (item, attempts), otherwise=True)
    tolerated = _chosen(
        world, layout.tolerated_group, rules.tolerated, (cases.case, attempts), otherwise=False
    )
    return Choices(applies, tolerated, _arcs(world, cases, attempts))


def _chosen(
    world: World,
    groups: Ints,
    share: npt.NDArray[np.int32],
    of: tuple[Ints, Ints],
    *,
    otherwise: bool,
) -> Flags:
    """Return where a case's group is chosen, (cases, attempts)."""
    case, attempts = of
    layout, chosen = world.layout, np.full((len(case), len(attempts)), otherwise, dtype=np.bool_)
    has = np.flatnonzero(groups[case] >= 0)
    group, back = np.unique(groups[case[has]], return_inverse=True)
    number = np.tile(attempts - 1, len(group))
    keys = (layout.group_project[group], layout.group_flag[group])
    project, flag = (np.repeat(key, len(attempts)) for key in keys)
    u = world.luck.uniforms(project, flag, number, philox.APPLIES)[:, 0]
    u = np.where(layout.forced[group][:, None], 0.0, u.reshape(len(group), len(attempts)))
    chosen[has] = u[back] < world.luck.values[share[case[has]]][:, None]
    return chosen


def _arcs(world: World, cases: OpenCases, attempts: Ints) -> Flags:
    """Return which arcs between played cases are present, (arcs, attempts)."""
    layout, share = world.layout, world.model.rules.arc_share
    present = np.ones((len(cases.arc), len(attempts)), dtype=np.bool_)
    drawn = np.flatnonzero(np.append(share, -1)[cases.arc] >= 0)
    case = np.repeat(cases.case[cases.arc_case[drawn]], len(attempts))
    number = np.tile(attempts - 1, drawn.size)
    u = world.luck.uniforms(layout.case_project[case], layout.case_activity[case], number, philox.CHAIN)
    chance = world.luck.values[share[cases.arc[drawn]]]
    present[drawn] = u[:, 0].reshape(drawn.size, len(attempts)) < chance[:, None]
    return present


def settle_choices(world: World, attempt: Ints) -> World:
    """Return the world in which every project follows the attempt it took.

    Parameters
    ----------
    world : World
    attempt : (P,) int64
        1 where nothing was played.
    """
    if (attempt == 1).all():
        return world
    number = attempt[world.model.cases.project]
    applies, tolerated = draw_flags(world.model, world.layout, world.luck, number)
    arc = draw_arcs(world.model, world.layout, world.luck, number)
    return replace(world, applies=applies, tolerated=tolerated, arc=arc)
