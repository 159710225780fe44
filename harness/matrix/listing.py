"""A plan as people and programs read it: what is measured, in which order and for how long, and what is not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from harness.matrix.forecast import cell_s, launch_s, least_s, total_s
from harness.matrix.order import block
from harness.matrix.planner import requirements
from harness.model.axes import AXES, LAUNCH_AXES, MATRIX_AXES, identify_launch
from harness.model.executors import executor_of
from harness.model.plan import Cell, Launch, Load, Plan, Refusal
from harness.model.words import not_compared


def as_text(plan: Plan) -> Iterator[str]:
    """The lines of the plan, without line ends.

    A head, what is made of the figures, every block that is measured in any case, then the cells that are refused.
    """
    launches = len({cell.launch for cell in plan.cells})
    yield plan.title
    yield (
        f"{_blocks(plan)}, each of {_count(launches, 'launch', 'launches')} "
        f"and {_count(len(plan.cells), 'cell')}; should take {_predicted(plan)}"
    )
    if any(executor_of(cell).has_window for cell in plan.cells):
        yield _window(plan.load)
    yield from _held_against(plan)
    cells = _in_columns([_cell(cell, plan.load) for cell in plan.cells])
    for number in range(1, plan.min_blocks + 1):
        yield ""
        yield f"block {number}"
        for turn in block(plan, number):
            yield f"  {_launch(turn.launch)}  {launch_s(plan, turn.launch):.2f} s to start and stop"
            for place in turn.cells:
                yield f"    {cells[place]}"
    if plan.is_sequential:
        yield ""
        further = _count(plan.blocks - plan.min_blocks, "block")
        yield f"up to {further} more, of the same cells in other orders, while a comparison is undecided"
    yield from _refused(plan)


def as_json(plan: Plan) -> dict[str, Any]:
    """The same for programs: `order` has a list of launches for every block, `cell` is a place in the plan."""
    cells = [
        {"cell": place, **_cell_fields(cell), "predicted_s": round(cell_s(cell, plan.load), 3)}
        for place, cell in enumerate(plan.cells)
    ]
    return {
        "title": plan.title,
        "profile": plan.profile,
        "min_blocks": plan.min_blocks,
        "blocks": plan.blocks,
        "seed": plan.seed,
        "load": asdict(plan.load),
        "least_predicted_s": round(least_s(plan), 3),
        "predicted_s": round(total_s(plan), 3),
        "comparisons": [asdict(pair) for pair in plan.comparisons],
        "uncompared": plan.uncompared,
        "controls": [asdict(pair) for pair in plan.controls],
        "thresholds": [{"written": threshold.written, "cells": list(threshold.cells)} for threshold in plan.thresholds],
        "requirements": requirements(plan),
        "order": [
            [
                {
                    **_launch_fields(turn.launch),
                    "predicted_s": launch_s(plan, turn.launch),
                    "cells": [cells[place] for place in turn.cells],
                }
                for turn in block(plan, number)
            ]
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


def _held_against(plan: Plan) -> Iterator[str]:
    """The comparisons, the A/A control and the thresholds, a line a kind."""
    if plan.controls:
        names = ", ".join(sorted(plan.control_names))
        yield f"A/A control: {_count(len(plan.controls), 'cell')} of the baseline again, as {names}"
    kinds = Counter(_difference(plan.cells[pair.cell], plan.cells[pair.against]) for pair in plan.comparisons)
    if kinds:
        yield f"{_count(len(plan.comparisons), 'comparison')}:"
    yield from (f"  {kind}: {_count(number, 'pair')}" for kind, number in kinds.items())
    if plan.uncompared:
        yield not_compared(plan.uncompared)
    if plan.thresholds:
        yield f"{_count(len(plan.thresholds), 'threshold')}:"
    for threshold in plan.thresholds:
        yield f"  {threshold.written}, for {_count(len(threshold.cells), 'cell') if threshold.cells else 'no cell'}"


def _difference(cell: Cell, against: Cell) -> str:
    """Return what two cells that are compared differ in."""
    sides = [(axis.name, axis.value(cell), axis.value(against)) for axis in MATRIX_AXES]
    return ", ".join(f"{name} {value} against {other}" for name, value, other in sides if value != other)


def _refused(plan: Plan) -> Iterator[str]:
    """The refused cells, those with the same reason together."""
    reasons: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in plan.refusals:
        reasons.setdefault((refusal.status, refusal.reason), []).append(refusal)
    if reasons:
        yield ""
        yield f"not measured: {_count(len(plan.refusals), 'cell')}"
    for (status, reason), refusals in reasons.items():
        yield f"  {status}: {reason}"
        launches: dict[str, dict[str, list[str]]] = {}
        for cell in (refusal.cell for refusal in refusals):
            alike = launches.setdefault(_launch(cell.launch), {}).setdefault(f"{cell.style} ({cell.client})", [])
            alike.append(f"{cell.concurrency} at {cell.rate}/s" if cell.rate else str(cell.concurrency))
        for launch, styles in launches.items():
            yield f"    {launch}"
            yield from (f"      {style} {', '.join(crowds)}" for style, crowds in styles.items())


def _launch_fields(launch: Launch) -> dict[str, Any]:
    return {**identify_launch(launch), "parameters": dict(launch.parameters)}


def _cell_fields(cell: Cell) -> dict[str, Any]:
    return {axis.name: axis.value(cell) for axis in AXES if axis not in LAUNCH_AXES}


def _launch(launch: Launch) -> str:
    delay = "" if launch.delay_s is None else f" of {launch.delay_s:g} s"
    pool = "" if launch.pool_size is None else f", pool of {launch.pool_size}"
    return (
        f"{launch.server}: {launch.scenario}{delay}{pool}, thread limit {launch.thread_limit}, "
        f"{_count(launch.workers, 'worker')}, {launch.loop}"
    )


def _window(load: Load) -> str:
    return f"each cell is warmed up for {load.warmup_s:g} s, then measured for {load.duration_s:g} s"


def _cell(cell: Cell, load: Load) -> tuple[str, ...]:
    return cell.style, f"{cell.executor} of {_crowd(cell)}", cell.client, f"{cell_s(cell, load):.2f} s"


def _crowd(cell: Cell) -> str:
    return str(cell.concurrency) if cell.rate is None else f"{cell.rate}/s, at most {cell.concurrency} in flight"


def _in_columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A line a row, its columns lined up."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _blocks(plan: Plan) -> str:
    """How many blocks are measured: so many, or as many as it takes."""
    return (
        f"{plan.min_blocks:,} to {_count(plan.blocks, 'block')}" if plan.is_sequential else _count(plan.blocks, "block")
    )


def _predicted(plan: Plan) -> str:
    """How long all blocks should take, or the fewest and the most."""
    most = _duration(total_s(plan))
    return f"about {_duration(least_s(plan))} to {most}" if plan.is_sequential else f"about {most}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest} s" if minutes else f"{rest} s"
