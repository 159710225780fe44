"""Which cells the conditions under `thresholds` hold for; one that holds for none is a problem where it is written."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from harness.matrix.axes import AXES, Combination, passes, test_of
from harness.matrix.catalog import scenario_catalog
from harness.matrix.conditions import Condition
from harness.matrix.containers import Section
from harness.matrix.nodes import Problems, nearest, shown
from harness.model.plan import BURST, Pair, Threshold

_KNEE_OF = ("def", "async")


def check(
    thresholds: Section,
    combinations: Sequence[Combination],
    firsts: AbstractSet[Combination] | None,
    executor: str,
    problems: Problems,
) -> None:
    """Note every threshold that holds for nothing.

    `firsts` are the first sides of all declared comparisons, None where a problem says why there are none.
    """
    there = frozenset(combinations)
    for key, told in thresholds.items():
        if told.value is None:
            continue
        # All conditions under a key hold for the same cells.
        condition: Condition = told.value[0]
        if problem := _unknown_value(condition, combinations) or _matches_nothing(
            condition, _matching(condition, combinations), there, firsts, executor
        ):
            problems.add(told.place, f"{shown(key)} holds for nothing: {problem}")


def check_control(thresholds: Section, problems: Problems) -> None:
    """Note every threshold that takes an A/A control, in a matrix without any."""
    for key, told in thresholds.items():
        if told.value and told.value[0].metric == "ratio":
            why = "it counts as broken only where cells that are measured twice come out alike"
            advice = "write `baseline` at the top level, such as {server: uvicorn, style: async}"
            problems.add(told.place, f"{shown(key)} needs an A/A control, since {why}; {advice}")


def planned(
    conditions: Iterable[Condition], places: Mapping[Combination, int], comparisons: Sequence[Pair]
) -> tuple[Threshold, ...]:
    """The conditions with the places of the cells that they hold for; a ratio holds for first sides of comparisons."""
    firsts = {pair.cell for pair in comparisons}
    return tuple(
        Threshold(
            written=condition.written,
            metric=condition.metric,
            cells=tuple(
                places[combination]
                for combination in _matching(condition, places)
                if condition.metric != "ratio" or places[combination] in firsts
            ),
            operator=condition.operator,
            bounds=condition.bounds,
            aggregate=condition.aggregate,
        )
        for condition in conditions
    )


def _unknown_value(condition: Condition, combinations: Iterable[Combination]) -> str | None:
    """Which value no combination has, if there is one."""
    for axis, text in condition.axes.items():
        place = AXES.index(axis)
        there = [str(value) for value in dict.fromkeys(each[place] for each in combinations) if value is not None]
        if text not in there:
            return f"no combination has {axis} {shown(text)}; {nearest(text, there)}"
    return None


def _matches_nothing(
    condition: Condition,
    matching: Sequence[Combination],
    there: AbstractSet[Combination],
    firsts: AbstractSet[Combination] | None,
    executor: str,
) -> str | None:
    """Why nothing is measured that the condition could be held against, if so."""
    if not matching:
        return "no combination has all of these; name values that are measured together"
    if condition.metric == "ratio" and firsts is not None and firsts.isdisjoint(matching):
        return "no entry of `compare` holds such cells against others; write one, or mend it"
    if condition.metric == "knee" and not (executor == BURST and any(_has_knee(each, there) for each in matching)):
        return "a knee takes bursts of def and of async at the same concurrency, in a scenario with a model; mend it"
    return None


def _has_knee(combination: Combination, there: AbstractSet[Combination]) -> bool:
    """Whether `def` and `async` are measured beside each other where this combination is."""
    known = scenario_catalog().get(combination.scenario)
    styles = known.styles if known else {}
    return all(
        style in styles and styles[style].model is not None and combination._replace(style=style) in there
        for style in _KNEE_OF
    )


def _matching(condition: Condition, combinations: Iterable[Combination]) -> list[Combination]:
    """The combinations that a condition holds for: their values are compared as text."""
    combinations = list(combinations)
    values = {axis: {combination[AXES.index(axis)] for combination in combinations} for axis in condition.axes}
    test = test_of(
        {
            axis: [value for value in values[axis] if value is not None and str(value) == text]
            for axis, text in condition.axes.items()
        }
    )
    return [combination for combination in combinations if passes(combination, test)]
