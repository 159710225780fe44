"""`thresholds`: what may be written there, and which cells each condition holds for."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, get_args

from harness.matrix.catalog import scenario_catalog
from harness.matrix.kinds import SHARE, UNITS_US, Kind, UnreadableError, problems_in, refuse, several, text
from harness.matrix.positions import KEY, PathSteps, Section, describe, quote, suggest, unknown
from harness.model.axes import BY_NAME, MATRIX_AXES, Scope
from harness.model.executors import EXECUTORS, Cost
from harness.model.plan import Aggregate, Cell, Metric, Operator, Pair, Threshold

METRICS: tuple[Metric, ...] = get_args(Metric)

EXAMPLES: Mapping[Metric, str] = {
    "knee": "'within(40,41)'",
    "ratio": "'< 1.25' or 'within(0.95,1.05)'",
    "p99": "'< 300ms'",
    "errors": "'== 0', '< 10' or '< 1%'",
    "health_async": "'p50 < 20ms' or 'max < 1s'",
}
"""Conditions that suit a metric."""

AddThresholdProblem = Callable[[str, str], None]
"""Notes what is wrong with a key of `thresholds`."""

_AXES = [axis.name for axis in MATRIX_AXES]
_KNEE_STYLES = ("def", "async")
_TARGET = re.compile(r"(?P<metric>[^{}]*)(?:\{(?P<axes>[^{}]*)\})?")

_WHOLE = r"(?:0|[1-9][0-9]{0,5})"
_DECIMAL = rf"{_WHOLE}(?:\.[0-9]{{1,6}})?"
_BELOW = r"(?P<operator><=?)\s*"
_DURATION = r"(?P<bound>[1-9][0-9]{0,5})(?P<unit>us|ms|s)"


def _within(number: str) -> str:
    return rf"(?P<operator>within)\(\s*(?P<bound>{number})\s*,\s*(?P<most>{number})\s*\)"


_FORMS: Mapping[Metric, tuple[str, ...]] = {
    "knee": (_within(_WHOLE),),
    "ratio": (rf"(?P<operator>[<>]=?)\s*(?P<bound>{_DECIMAL})", _within(_DECIMAL)),
    "p99": (_BELOW + _DURATION,),
    "errors": (
        rf"(?P<operator>==|<=?)\s*(?P<bound>{_WHOLE})",
        rf"{_BELOW}(?P<bound>{SHARE.removesuffix('%')})(?P<unit>%)",
    ),
    "health_async": (rf"(?:(?P<aggregate>p50|max)\s+)?{_BELOW}{_DURATION}",),
}
"""The patterns of the conditions that suit a metric; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it was read: what it asks of a metric, and the axis values of the cells that it holds for."""

    written: str
    metric: Metric
    axes: Mapping[str, str]
    operator: Operator
    bounds: tuple[float, ...]
    aggregate: Aggregate | None


def thresholds_kind() -> Kind:
    """Return the kind of the whole key, read as the conditions under each key."""
    texts = several(text())

    def read(section: Any) -> dict[str, tuple[Condition, ...]]:
        if not isinstance(section, Section):
            refuse(f"expected a mapping, found {describe(section)}")
        conditions: dict[str, tuple[Condition, ...]] = {}
        problems: list[tuple[PathSteps, str]] = []
        for key, written in section.items():
            if problem := _wrong_target(key):
                problems.append(((key, KEY), problem))
                continue
            try:
                conditions[key] = _read_conditions(key, texts.read(written))
            except UnreadableError as error:
                problems += [((key, *steps), text) for steps, text in problems_in(error)]
        if problems:
            raise UnreadableError(*problems)
        return conditions

    return Kind(read, {"type": "object", "additionalProperties": texts.schema})


def check_thresholds(
    thresholds: Mapping[str, Sequence[Condition]],
    cells: Sequence[Cell],
    firsts: AbstractSet[Cell] | None,
    executor: str,
    note: AddThresholdProblem,
) -> None:
    """Note every threshold that holds for nothing.

    `firsts` are the first sides of all declared comparisons, None if a problem says why there are none.
    """
    known = frozenset(cells)
    for key, conditions in thresholds.items():
        # All conditions under a key hold for the same cells.
        condition = conditions[0]
        problem = _unknown_value(condition, cells) or _matches_nothing(condition, cells, known, firsts, executor)
        if problem:
            note(key, f"{quote(key)} holds for nothing: {problem}")


def check_control(thresholds: Mapping[str, Sequence[Condition]], note: AddThresholdProblem) -> None:
    """Note every threshold that needs an A/A control, for a matrix without any."""
    for key, conditions in thresholds.items():
        if conditions[0].metric == "ratio":
            why = "it counts as broken only if two measurements of the same cells agree"
            advice = "write `baseline` at the top level, such as {server: uvicorn, style: async}"
            note(key, f"{quote(key)} needs an A/A control, since {why}; {advice}")


def plan_thresholds(
    thresholds: Mapping[str, Iterable[Condition]], cells: Sequence[Cell], comparisons: Sequence[Pair]
) -> tuple[Threshold, ...]:
    """Return the conditions with the indexes of their cells; a ratio holds for first sides of comparisons."""
    firsts = {pair.cell for pair in comparisons}
    return tuple(
        Threshold(
            written=condition.written,
            metric=condition.metric,
            cells=tuple(
                index
                for index, cell in enumerate(cells)
                if _holds_for(condition, cell) and (condition.metric != "ratio" or index in firsts)
            ),
            operator=condition.operator,
            bounds=condition.bounds,
            aggregate=condition.aggregate,
        )
        for conditions in thresholds.values()
        for condition in conditions
    )


def _read_conditions(key: str, texts: Sequence[str]) -> tuple[Condition, ...]:
    conditions = []
    problems: list[tuple[PathSteps, str]] = []
    for index, written in enumerate(texts):
        condition = _read_condition(key, written)
        if isinstance(condition, Condition):
            conditions.append(condition)
        else:
            problems.append(((index,), condition))
    if problems:
        raise UnreadableError(*problems)
    return tuple(conditions)


def _wrong_target(key: str) -> str | None:
    """Return what is wrong with `metric` or `metric{axis:value,...}`."""
    match = _TARGET.fullmatch(key)
    if match is None:
        return f"expected a threshold such as 'knee{{style:def,thread_limit:40}}', found {quote(key)}"
    if match["metric"] not in METRICS:
        return unknown("metric", match["metric"], METRICS)
    return _wrong_axes(key, match["metric"], _named_axes(match["axes"]))


def _wrong_axes(key: str, metric: str, pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return what is wrong with the axes and values between the braces of a key."""
    named = []
    for axis, value in pairs:
        if axis not in _AXES:
            return unknown("axis", axis, _AXES)
        if metric == "knee" and BY_NAME[axis].scope is Scope.LOAD:
            return f"a knee is found across every {axis} of a launch, so {quote(key)} cannot name one; leave it out"
        if not value:
            return f"expected a value for {axis!r} in {quote(key)}, such as '{axis}:...'"
        if axis in named:
            return f"{quote(key)} names {axis} twice; name one value here, and write a threshold for each other one"
        named.append(axis)
    return None


def _named_axes(axes: str | None) -> list[tuple[str, str]]:
    """Return the axes and values between the braces of a key; None stands for a key without braces."""
    pairs = (pair.partition(":") for pair in axes.split(",")) if axes is not None else ()
    return [(axis.strip(), value.strip()) for axis, _, value in pairs]


def _read_condition(key: str, written: str) -> Condition | str:
    """Return a condition under a sound key, or what is wrong with it."""
    target = _TARGET.fullmatch(key)
    assert target is not None
    parts: dict[str, Any] = target.groupdict()
    metric: Metric = parts["metric"]
    match = next((match for form in _FORMS[metric] if (match := re.fullmatch(form, written))), None)
    if match is None:
        return f"expected a condition on {metric} such as {EXAMPLES[metric]}, found {quote(written)}"
    groups: dict[str, Any] = match.groupdict()
    bounds = _bounds(groups)
    if bounds != tuple(sorted(set(bounds))):
        return f"expected the first bound of 'within' to be below the second, found {quote(written)}"
    if _is_out_of_reach(metric, groups["operator"], bounds):
        expected = f"a condition on {metric} that a figure can meet, such as {EXAMPLES[metric]}"
        return f"expected {expected}, found {quote(written)}"
    return Condition(
        written=f"{key}: {written}",
        metric=metric,
        axes=dict(_named_axes(parts["axes"])),
        operator=groups["operator"],
        bounds=bounds,
        aggregate=_aggregate(metric, groups),
    )


def _bounds(groups: Mapping[str, Any]) -> tuple[float, ...]:
    """Return the numbers of a condition: durations in milliseconds, shares as fractions of 1."""
    bound, unit = float(groups["bound"]), groups.get("unit")
    if unit == "%":
        return (bound / 100,)
    if unit:
        return (bound * UNITS_US[unit] / UNITS_US["ms"],)
    return (bound, float(groups["most"])) if groups.get("most") else (bound,)


def _is_out_of_reach(metric: Metric, operator: Operator, bounds: tuple[float, ...]) -> bool:
    """Return whether no figure meets a bound: none is negative, and a ratio is never 0."""
    return bounds[-1] == 0 and (operator == "<" or (operator == "<=" and metric == "ratio"))


def _aggregate(metric: Metric, groups: Mapping[str, Any]) -> Aggregate | None:
    """Return which figure is meant of a metric that has several."""
    if metric == "errors":
        return "share" if groups.get("unit") else "count"
    return groups["aggregate"] or "p50" if metric == "health_async" else None


def _unknown_value(condition: Condition, cells: Sequence[Cell]) -> str | None:
    """Return which value no cell has, if there is one."""
    for name, written in condition.axes.items():
        values = dict.fromkeys(BY_NAME[name].value(cell) for cell in cells)
        there = [str(value) for value in values if value is not None]
        if written not in there:
            return f"no combination has {name} {quote(written)}; {suggest(written, there)}"
    return None


def _matches_nothing(
    condition: Condition,
    cells: Iterable[Cell],
    known: AbstractSet[Cell],
    firsts: AbstractSet[Cell] | None,
    executor: str,
) -> str | None:
    """Return why nothing is measured that the condition could be checked against, if so."""
    matching = [cell for cell in cells if _holds_for(condition, cell)]
    if not matching:
        return "no combination has all of these; name values that are measured together"
    if condition.metric == "ratio" and firsts is not None and firsts.isdisjoint(matching):
        return "no entry of `compare` compares such cells with others; write one, or fix it"
    # A knee is where the model of the last answer takes a step.
    models_apply = EXECUTORS[executor].cost is Cost.LAST_ANSWER
    if condition.metric == "knee" and not (models_apply and any(_has_knee(cell, known) for cell in matching)):
        return "a knee needs bursts of def and async at the same concurrency, in a scenario with a model; fix it"
    return None


def _has_knee(cell: Cell, known: AbstractSet[Cell]) -> bool:
    """Return whether `def` and `async` are both measured in place of the style of this cell."""
    scenario = scenario_catalog().get(cell.launch.scenario)
    styles = scenario.styles if scenario else {}
    return all(
        style in styles and styles[style].model is not None and replace(cell, style=style) in known
        for style in _KNEE_STYLES
    )


def _holds_for(condition: Condition, cell: Cell) -> bool:
    """Return whether a cell has what a condition names; values are compared as text."""
    for name, written in condition.axes.items():
        value = BY_NAME[name].value(cell)
        if value is None or str(value) != written:
            return False
    return True
