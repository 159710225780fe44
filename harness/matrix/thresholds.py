"""`thresholds`: how conditions are read, and which cells each of them holds for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, get_args

from harness.matrix.catalog import read_facts
from harness.matrix.kinds import SHARE, UNITS_US, Kind, UnreadableError, collect, refuse, several, text
from harness.matrix.positions import (
    Entries,
    Place,
    Problem,
    Problems,
    Scalar,
    describe,
    items_of,
    quote,
    suggest,
    unknown,
)
from harness.model.axes import BY_NAME, MATRIX_AXES, Scope
from harness.model.executors import EXECUTORS, Cost
from harness.model.metrics import METRICS as COMPARED
from harness.model.metrics import TIME
from harness.model.plan import Aggregate, Cell, Pair, Threshold, ThresholdMetric

METRICS: tuple[ThresholdMetric, ...] = get_args(ThresholdMetric)
COMPARES = "metric"
"""The word between the braces of a ratio for the metric that it compares."""

EXAMPLES: Mapping[ThresholdMetric, str] = {
    "knee": "'within(40,41)'",
    "ratio": "'< 1.25' or 'within(0.95,1.05)'",
    "p99": "'< 300ms'",
    "errors": "'== 0', '< 10' or '< 1%'",
    "health_async": "'p50 < 20ms' or 'max < 1s'",
}
"""Conditions that suit a metric."""

_AXES = [axis.name for axis in MATRIX_AXES]
_KNEE_STYLES = ("def", "async")
_TARGET = re.compile(r"(?P<metric>[^{}]*)(?:\{(?P<axes>[^{}]*)\})?")

_WHOLE = r"(?:0|[1-9][0-9]{0,5})"
_DECIMAL = rf"{_WHOLE}(?:\.[0-9]{{1,6}})?"
_BELOW = r"(?P<operator><=?)\s*"
_DURATION = r"(?P<bound>[1-9][0-9]{0,5})(?P<unit>us|ms|s)"


def _within(number: str) -> str:
    return rf"(?P<operator>within)\(\s*(?P<bound>{number})\s*,\s*(?P<most>{number})\s*\)"


_FORMS: Mapping[ThresholdMetric, tuple[str, ...]] = {
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
    """One condition as it was read, with the axis values of the cells that it holds for; `place` is that of its key.

    The cells of `threshold` are not known yet.
    """

    key: str
    place: Place
    axes: Mapping[str, str]
    threshold: Threshold

    @property
    def metric(self) -> ThresholdMetric:
        """Return the metric of the condition."""
        return self.threshold.metric

    def holds_for(self, cell: Cell) -> bool:
        """Return whether a cell has the values that the condition names; values are compared as text."""
        values = ((BY_NAME[name].value(cell), written) for name, written in self.axes.items())
        return all(value is not None and str(value) == written for value, written in values)


_TEXTS = several(text())


def _read_thresholds(section: Any) -> tuple[Condition, ...]:
    if not isinstance(section, Entries):
        refuse(section, f"expected a mapping, found {describe(section)}")
    conditions: list[Condition] = []
    problems: list[Problem] = []
    unreadable: list[str] = []
    for key, value in section.items():
        target, before = Scalar(key, section.key_places[key]), len(problems)
        with collect(problems):
            metric, axes, compares = _read_target(target)
            _TEXTS.read(value)
            for item in items_of(value):
                with collect(problems):
                    threshold = replace(_read_condition(key, metric, item), compares=compares)
                    conditions.append(Condition(key, target.place, axes, threshold))
        if len(problems) > before:
            unreadable.append(key)
    if problems:
        raise UnreadableError(problems, unreadable)
    return tuple(conditions)


THRESHOLDS = Kind(_read_thresholds, {"type": "object", "additionalProperties": _TEXTS.schema})
"""The whole key, read as its conditions in their order."""


def check_thresholds(
    conditions: Iterable[Condition],
    cells: Sequence[Cell],
    firsts: AbstractSet[tuple[Cell, str]] | None,
    executor: str,
    problems: Problems,
) -> None:
    """Note every threshold that holds for nothing.

    `firsts` are the first sides of all declared comparisons, each with the metric that it is compared by. None if a
    problem explains why there are none.
    """
    for condition in conditions:
        if problem := _matches_nothing(condition, cells, firsts, executor):
            problems.add(condition.place, f"{quote(condition.key)} holds for nothing: {problem}")


def check_control(conditions: Iterable[Condition], problems: Problems) -> None:
    """Note every threshold that needs an A/A control, for a matrix without any."""
    for condition in conditions:
        if condition.metric == "ratio":
            why = "it counts as broken only if two measurements of the same cells agree"
            advice = "write `baseline` at the top level, such as {server: uvicorn, style: async}"
            problems.add(condition.place, f"{quote(condition.key)} needs an A/A control, since {why}; {advice}")


def plan_thresholds(
    conditions: Iterable[Condition], cells: Sequence[Cell], comparisons: Sequence[Pair]
) -> tuple[Threshold, ...]:
    """Return the conditions with the indexes of their cells; a ratio holds for first sides of comparisons."""
    firsts = {(pair.cell, pair.metric) for pair in comparisons}

    def indexes(condition: Condition) -> tuple[int, ...]:
        matching = (index for index, cell in enumerate(cells) if condition.holds_for(cell))
        compares = condition.threshold.compares
        return tuple(index for index in matching if condition.metric != "ratio" or (index, compares) in firsts)

    return tuple(replace(condition.threshold, cells=indexes(condition)) for condition in conditions)


def _read_target(key: Scalar) -> tuple[ThresholdMetric, dict[str, str], str]:
    """Return the metric of a key, the axes and values between its braces, and the metric that a ratio compares.

    Raises UnreadableError.
    """
    target: Any = _TARGET.fullmatch(key.text)
    if target is None:
        refuse(key, f"expected a threshold such as 'knee{{style:def,thread_limit:40}}', found {quote(key.text)}")
    metric, whole = target["metric"], quote(key.text)
    if metric not in METRICS:
        refuse(key, unknown("metric", metric, METRICS))
    axes: dict[str, str] = {}
    for pair in target["axes"].split(",") if target["axes"] is not None else ():
        axis, _, value = map(str.strip, pair.partition(":"))
        names = (*_AXES, COMPARES) if metric == "ratio" else _AXES
        if axis not in names:
            refuse(key, unknown("axis", axis, names))
        if axis == COMPARES and value not in COMPARED:
            refuse(key, unknown(COMPARES, value, COMPARED))
        if metric == "knee" and BY_NAME[axis].scope is Scope.LOAD:
            refuse(key, f"a knee is found across every {axis} of a launch, so {whole} cannot name one; leave it out")
        if not value:
            refuse(key, f"expected a value for {axis!r} in {whole}, such as '{axis}:...'")
        if axis in axes:
            refuse(key, f"{whole} names {axis} twice; name one value here, and write a threshold for each other one")
        axes[axis] = value
    compares = axes.pop(COMPARES, TIME.name)
    return metric, axes, compares


def _read_condition(key: str, metric: ThresholdMetric, item: Scalar) -> Threshold:
    """Return a condition under a sound key, without its cells. Raises UnreadableError if it is not sound."""
    written = item.text
    match = next((match for form in _FORMS[metric] if (match := re.fullmatch(form, written))), None)
    if match is None:
        refuse(item, f"expected a condition on {metric} such as {EXAMPLES[metric]}, found {quote(written)}")
    groups: dict[str, Any] = match.groupdict()
    operator, unit = groups["operator"], groups.get("unit")
    # Durations are in milliseconds, shares are fractions of 1.
    times, by = {None: (1, 1), "%": (1, 100)}.get(unit) or (UNITS_US[str(unit)], UNITS_US["ms"])
    bounds = tuple(float(groups[end]) * times / by for end in ("bound", "most") if groups.get(end))
    if any(low >= high for low, high in pairwise(bounds)):
        refuse(item, f"expected the first bound of 'within' to be below the second, found {quote(written)}")
    # No figure is negative, and a ratio is never 0.
    if bounds[-1] == 0 and (operator == "<" or (operator == "<=" and metric == "ratio")):
        expected = f"a condition on {metric} that a figure can meet, such as {EXAMPLES[metric]}"
        refuse(item, f"expected {expected}, found {quote(written)}")
    aggregate: Aggregate | None = None
    if metric == "errors":
        aggregate = "share" if unit else "count"
    elif metric == "health_async":
        aggregate = groups["aggregate"] or "p50"
    return Threshold(f"{key}: {written}", metric, (), operator, bounds, aggregate)


def _matches_nothing(
    condition: Condition, cells: Sequence[Cell], firsts: AbstractSet[tuple[Cell, str]] | None, executor: str
) -> str | None:
    """Return why nothing is measured that the condition could be checked against, if so."""
    for name, written in condition.axes.items():
        values = dict.fromkeys(BY_NAME[name].value(cell) for cell in cells)
        there = [str(value) for value in values if value is not None]
        if written not in there:
            return f"no combination has {name} {quote(written)}; {suggest(written, there)}"
    matching = [cell for cell in cells if condition.holds_for(cell)]
    if not matching:
        return "no combination has all of these; name values that are measured together"
    compared = {(cell, condition.threshold.compares) for cell in matching}
    if condition.metric == "ratio" and firsts is not None and firsts.isdisjoint(compared):
        return "no entry of `compare` compares such cells with others; write one, or fix it"
    # A knee is where the model of the last answer takes a step.
    if condition.metric == "knee" and not (
        EXECUTORS[executor].cost is Cost.LAST_ANSWER and _have_knees(matching, frozenset(cells))
    ):
        return "a knee needs bursts of def and async at the same concurrency, in a scenario with a model; fix it"
    return None


def _have_knees(matching: Iterable[Cell], cells: AbstractSet[Cell]) -> bool:
    """Return whether `def` and `async` are both measured in place of the style of any of these cells."""
    models = read_facts().models
    return any(
        all((cell.launch.scenario, style) in models and replace(cell, style=style) in cells for style in _KNEE_STYLES)
        for cell in matching
    )
