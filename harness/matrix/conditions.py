"""What may be written under `thresholds`: a metric, perhaps the cells that are meant, and what is asked of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from yaml.nodes import Node

from harness.matrix.axes import AXES
from harness.matrix.containers import Named, OneOrMany, Section
from harness.matrix.kinds import SHARE, UNITS_US, Schema, Text
from harness.matrix.nodes import Problems, Written, shown, unknown
from harness.matrix.torn import without_torn
from harness.model.plan import Aggregate, Metric, Operator

METRICS: tuple[Metric, ...] = get_args(Metric)

EXAMPLES: Mapping[Metric, str] = {
    "knee": "'within(40,41)'",
    "ratio": "'< 1.25' or 'within(0.95,1.05)'",
    "p99": "'< 300ms'",
    "errors": "'== 0', '< 10' or '< 1%'",
    "health_async": "'p50 < 20ms' or 'max < 1s'",
}
"""Conditions that suit a metric."""

_TARGET = re.compile(r"(?P<metric>[^{}]*)(?:\{(?P<axes>[^{}]*)\})?")

_ACROSS = ("concurrency", "rate")
"""The axes that a knee goes across, so that it has no value of them."""

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
        rf"{_BELOW}(?P<bound>{SHARE.pattern.removesuffix('%')})(?P<unit>%)",
    ),
    "health_async": (rf"(?:(?P<aggregate>p50|max)\s+)?{_BELOW}{_DURATION}",),
}
"""The patterns of the conditions that suit a metric; the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it was read: what it asks of a metric, and what the cells have that it holds for."""

    written: str
    metric: Metric
    axes: Mapping[str, str]
    operator: Operator
    bounds: tuple[float, ...]
    aggregate: Aggregate | None


class Thresholds:
    """The kind of the whole key: conditions by what they hold for; read as a tuple of conditions each."""

    def read(self, node: Node, problems: Problems) -> Section | None:
        section = _texts().read(without_torn(node, problems), problems)
        if section is None:
            return None
        return {key: Written(_conditions(key, told.value, problems), told.place) for key, told in section.items()}

    def schema(self) -> Schema:
        return _texts().schema()


def _texts() -> Named:
    return Named(Text(_wrong_target), OneOrMany(Text()))


def _wrong_target(key: str) -> str | None:
    """What is wrong with `metric` or `metric{axis:value,...}`."""
    match = _TARGET.fullmatch(key)
    if match is None:
        return f"expected a threshold such as 'knee{{style:def,thread_limit:40}}', found {shown(key)}"
    if match["metric"] not in METRICS:
        return unknown("metric", match["metric"], METRICS)
    return _wrong_axes(key, match["metric"], _pairs(match["axes"]))


def _wrong_axes(key: str, metric: str, pairs: Iterable[tuple[str, str]]) -> str | None:
    """What is wrong with the axes and values between the braces of a key."""
    named = []
    for axis, value in pairs:
        if axis not in AXES:
            return unknown("axis", axis, AXES)
        if metric == "knee" and axis in _ACROSS:
            return f"a knee is found across every {axis} of a launch, so {shown(key)} cannot name one; leave it out"
        if not value:
            return f"expected a value for {axis!r} in {shown(key)}, such as '{axis}:...'"
        if axis in named:
            return f"{shown(key)} names {axis} twice; name one value here, and write a threshold for each other one"
        named.append(axis)
    return None


def _pairs(axes: str | None) -> list[tuple[str, str]]:
    """The axes and values between the braces of a key; None where it has no braces."""
    pairs = (pair.partition(":") for pair in axes.split(",")) if axes is not None else ()
    return [(axis.strip(), value.strip()) for axis, _, value in pairs]


def _conditions(key: str, texts: tuple[Written, ...] | None, problems: Problems) -> tuple[Condition, ...] | None:
    """The conditions under a sound key, or None where one of them is a problem."""
    conditions = []
    for text in texts or ():
        condition = _condition(key, text.value)
        if isinstance(condition, Condition):
            conditions.append(condition)
        else:
            problems.add(text.place, condition)
    return tuple(conditions) if texts and len(conditions) == len(texts) else None


def _condition(key: str, text: str) -> Condition | str:
    """A condition, or what is wrong with it."""
    target = _TARGET.fullmatch(key)
    assert target is not None
    named: dict[str, Any] = target.groupdict()
    metric: Metric = named["metric"]
    match = next((match for form in _FORMS[metric] if (match := re.fullmatch(form, text))), None)
    if match is None:
        return f"expected a condition on {metric} such as {EXAMPLES[metric]}, found {shown(text)}"
    told: dict[str, Any] = match.groupdict()
    bounds = _bounds(told)
    if bounds != tuple(sorted(set(bounds))):
        return f"expected the first bound of 'within' to be below the second, found {shown(text)}"
    if _is_out_of_reach(metric, told["operator"], bounds):
        return (
            f"expected a condition on {metric} that a figure can meet, such as {EXAMPLES[metric]}, found {shown(text)}"
        )
    return Condition(
        written=f"{key}: {text}",
        metric=metric,
        axes=dict(_pairs(named["axes"])),
        operator=told["operator"],
        bounds=bounds,
        aggregate=_aggregate(metric, told),
    )


def _bounds(told: Mapping[str, Any]) -> tuple[float, ...]:
    """The numbers of a condition: durations in milliseconds, shares as fractions of 1."""
    bound, unit = float(told["bound"]), told.get("unit")
    if unit == "%":
        return (bound / 100,)
    if unit:
        return (bound * UNITS_US[unit] / UNITS_US["ms"],)
    return (bound, float(told["most"])) if told.get("most") else (bound,)


def _is_out_of_reach(metric: Metric, operator: Operator, bounds: tuple[float, ...]) -> bool:
    """Whether no figure meets a bound: none is negative, and a ratio is never 0."""
    return bounds[-1] == 0 and (operator == "<" or (operator == "<=" and metric == "ratio"))


def _aggregate(metric: Metric, told: Mapping[str, Any]) -> Aggregate | None:
    """Which figure of a metric is meant that has several."""
    if metric == "errors":
        return "share" if told.get("unit") else "count"
    return told["aggregate"] or "p50" if metric == "health_async" else None
