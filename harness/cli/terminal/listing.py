"""A plan as people and programs read it: the cells to measure, their order and duration, and the refused cells."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from harness.cli.terminal import format_duration
from harness.matrix.forecast import cell_s, launch_s, least_s, total_s
from harness.matrix.order import BlockOrder, Group, count_windows, order_block
from harness.matrix.support import requirements
from harness.model.axes import AXES, LAUNCH_AXES, MATRIX_AXES, Scope, identify_launch
from harness.model.executors import executor_of
from harness.model.metrics import METRICS, TIME
from harness.model.plan import Cell, Launch, Pair, Plan
from harness.model.words import not_compared

_LAUNCH_DETAILS = [axis for axis in LAUNCH_AXES if axis.name not in ("server", "scenario")]
_PLAN_FIELDS = ("title", "profile", "min_blocks", "blocks", "rounds", "alive", "budget_s", "seed", "uncompared")
_CELL_DETAILS = [axis for axis in AXES if axis.scope is Scope.CELL and axis.name not in ("style", "executor")]


def as_text(plan: Plan) -> Iterator[str]:
    """Yield the lines of the plan, without line ends.

    First a head and the comparisons, then the cells of a block, then the refused cells.
    """
    launches = _count(len({cell.launch for cell in plan.cells}), "launch", "launches")
    fewest = f"{plan.min_blocks:,} to " if plan.is_sequential else ""
    each = f"each of {launches} and {_count(len(plan.cells), 'cell')}"
    yield plan.title
    yield f"{fewest}{_count(plan.blocks, 'block')}, {each}; should take {_predicted(plan)}"
    if any(executor_of(cell).has_window for cell in plan.cells):
        yield f"each cell is warmed up for {plan.load.warmup_s:g} s, then measured for {plan.load.duration_s:g} s"
    yield from _judged(plan)
    cells = _in_columns([_cell(plan, place) for place in range(len(plan.cells))])
    groups = order_block(plan, 1)
    for place, group in enumerate(groups, start=1):
        yield ""
        named = f"group {place} of {len(groups)}" if len(groups) > 1 else "each block"
        servers, rounds = _count(len(group.turns), "server"), _count(len(group.rounds), "round")
        yield f"{named}: {servers} alive together, measured in {rounds}"
        for turn in group.turns:
            yield f"  {_launch(turn.launch)}  {launch_s(plan, turn.launch):.2f} s to start and stop"
            yield from (f"    {cells[cell]}" for cell in turn.cells)
    if plan.is_sequential:
        yield ""
        further = _count(plan.blocks - plan.min_blocks, "block")
        limit = "" if plan.budget_s is None else f", within {format_duration(plan.budget_s)} in all"
        yield f"up to {further} more{limit}, of the cells that undecided comparisons and thresholds are about"
    yield from _refused(plan)


def as_json(plan: Plan) -> dict[str, Any]:
    """Return the same for programs: `order` has a list of groups for every block, `cell` is an index in the plan."""
    cells = [
        {
            "cell": place,
            **_cell_fields(cell),
            "windows": count_windows(plan, place),
            "predicted_s": round(cell_s(plan, place), 3),
        }
        for place, cell in enumerate(plan.cells)
    ]
    ordering = BlockOrder(plan)
    return {
        **{name: getattr(plan, name) for name in _PLAN_FIELDS},
        "load": asdict(plan.load),
        "least_predicted_s": round(least_s(plan), 3),
        "predicted_s": round(total_s(plan), 3),
        "comparisons": [asdict(pair) for pair in plan.comparisons],
        "controls": [{"cell": pair.cell, "against": pair.against} for pair in plan.controls],
        "thresholds": [{"written": threshold.written, "cells": list(threshold.cells)} for threshold in plan.thresholds],
        "requirements": requirements(plan),
        "order": [
            [_group_fields(group, plan, cells) for group in ordering.order_block(number)]
            for number in range(1, plan.blocks + 1)
        ],
        "refused": [
            {
                **_launch_fields(refusal.cell.launch),
                **_cell_fields(refusal.cell),
                "status": refusal.status,
                "reason": refusal.reason,
            }
            for refusal in plan.refusals
        ],
    }


def _judged(plan: Plan) -> Iterator[str]:
    """Yield the A/A control, the comparisons and the thresholds, a line for each kind."""
    if plan.controls:
        names = ", ".join(sorted(plan.control_names))
        yield f"A/A control: {_count(len(plan.controls), 'cell')} of the baseline again, as {names}"
    kinds = Counter(_difference(pair, plan) for pair in plan.comparisons)
    if kinds:
        yield f"{_count(len(plan.comparisons), 'comparison')}:"
    yield from (f"  {kind}: {_count(number, 'pair')}" for kind, number in kinds.items())
    if plan.uncompared:
        yield not_compared(plan.uncompared)
    if plan.thresholds:
        yield f"{_count(len(plan.thresholds), 'threshold')}:"
    for threshold in plan.thresholds:
        yield f"  {threshold.written}, for {_count(len(threshold.cells), 'cell') if threshold.cells else 'no cell'}"


def _difference(pair: Pair, plan: Plan) -> str:
    """Return the axes in which two compared cells differ, with their values, and their metric if it is not time."""
    cell, against = plan.cells[pair.cell], plan.cells[pair.against]
    sides = [(axis.name, axis.value(cell), axis.value(against)) for axis in MATRIX_AXES]
    differing = ", ".join(f"{name} {value} against {other}" for name, value, other in sides if value != other)
    return differing if pair.metric == TIME.name else f"{differing}, by {METRICS[pair.metric].label}"


def _refused(plan: Plan) -> Iterator[str]:
    """Yield the refused cells, those with the same reason together."""
    reasons: dict[tuple[str, str], dict[str, dict[str, list[str]]]] = {}
    for refusal in plan.refusals:
        cell = refusal.cell
        launches = reasons.setdefault((refusal.status, refusal.reason), {})
        style = f"{cell.style} ({', '.join(_other_values(cell))})"
        load = f"{cell.concurrency} at {cell.rate}/s" if executor_of(cell).is_open_loop else str(cell.concurrency)
        launches.setdefault(_launch(cell.launch), {}).setdefault(style, []).append(load)
    if reasons:
        yield ""
        yield f"not measured: {_count(len(plan.refusals), 'cell')}"
    for (status, reason), launches in reasons.items():
        yield f"  {status}: {reason}"
        for launch, styles in launches.items():
            yield f"    {launch}"
            yield from (f"      {style} {', '.join(loads)}" for style, loads in styles.items())


def _group_fields(group: Group, plan: Plan, cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the launches of a group with their cells, and the cells of each round in order."""
    launches = [
        {
            **_launch_fields(turn.launch),
            "predicted_s": launch_s(plan, turn.launch),
            "cells": [cells[place] for place in turn.cells],
        }
        for turn in group.turns
    ]
    return {"launches": launches, "rounds": [list(cells_of_round) for cells_of_round in group.rounds]}


def _launch_fields(launch: Launch) -> dict[str, Any]:
    return {**identify_launch(launch), "parameters": dict(launch.parameters)}


def _cell_fields(cell: Cell) -> dict[str, Any]:
    return {axis.name: axis.value(cell) for axis in AXES if axis.scope is not Scope.LAUNCH}


def _launch(launch: Launch) -> str:
    """Return all that a launch is made from, in a line."""
    values = [(axis, axis.launch_value(launch)) for axis in _LAUNCH_DETAILS]
    phrases = [axis.phrase(value) for axis, value in values if value not in (None, ())]
    return f"{launch.server}: {', '.join([launch.scenario, *phrases])}"


def _cell(plan: Plan, place: int) -> tuple[str, ...]:
    cell, windows = plan.cells[place], _count(count_windows(plan, place), "window")
    crowd = str(cell.concurrency)
    if executor_of(cell).is_open_loop:
        crowd = f"{cell.rate}/s, at most {cell.concurrency} connections"
    return cell.style, f"{cell.executor} of {crowd}", *_other_values(cell), windows, f"{cell_s(plan, place):.2f} s"


def _other_values(cell: Cell) -> list[str]:
    """Return the values of a cell for the axes of its scope other than style and executor."""
    return [str(axis.value(cell)) for axis in _CELL_DETAILS]


def _in_columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a line for each row, with the columns lined up."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _predicted(plan: Plan) -> str:
    """Return how long all blocks should take, or the fewest and the most."""
    most = format_duration(total_s(plan))
    return f"about {format_duration(least_s(plan))} to {most}" if plan.is_sequential else f"about {most}"
