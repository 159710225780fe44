"""What `thresholds` may ask of the results, which cells each of them holds for, and what it may not say."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.errors import InputError
from harness.model.plan import Threshold
from tests.unit.matrix.written import GOOD, JUDGED, plan_of, problems_of

COMPARED = f"{GOOD}compare: [{{style: [def, async]}}]\n"
TEXT = f"{COMPARED}baseline: {{style: async}}\n"
"""Its cells: def at 20 and at 40, then async; the comparisons have the first two on their first sides."""


def with_thresholds(*lines: str, text: str = TEXT) -> str:
    return f"{text}thresholds:\n" + "".join(f"  {line}\n" for line in lines)


def thresholds(folder: Path, *lines: str) -> list[Threshold]:
    return list(plan_of(folder, with_thresholds(*lines)).thresholds)


@pytest.mark.parametrize(
    ("target", "condition", "cells"),
    [
        ("p99", "< 1s", (0, 1, 2, 3)),
        ("p99{style:async}", "< 1s", (2, 3)),
        ("p99{style: async, concurrency: 40, loop:uvloop}", "< 1s", (3,)),
        ("knee{style:def,thread_limit:default}", "within(40,41)", (0, 1)),
        ("ratio", "< 1.25", (0, 1)),
        ("ratio{concurrency:40}", "< 1.25", (1,)),
    ],
)
def test_a_threshold_holds_for_the_cells_that_have_what_it_names(
    tmp_path: Path, target: str, condition: str, cells: tuple[int, ...]
) -> None:
    (told,) = thresholds(tmp_path, f'"{target}": {condition}')
    assert (told.written, told.cells) == (f"{target}: {condition}", cells)


@pytest.mark.parametrize(
    ("metric", "condition", "operator", "bounds", "aggregate"),
    [
        ("knee", "within(40,41)", "within", (40.0, 41.0), None),
        ("knee", "within( 0 , 5000 )", "within", (0.0, 5000.0), None),
        ("ratio", "< 1.25", "<", (1.25,), None),
        ("ratio", "<=2", "<=", (2.0,), None),
        ("ratio", "> 0.8", ">", (0.8,), None),
        ("ratio", ">= 0.95", ">=", (0.95,), None),
        ("ratio", "within(0.95, 1.05)", "within", (0.95, 1.05), None),
        ("p99", "< 300ms", "<", (300.0,), None),
        ("p99", "<= 250us", "<=", (0.25,), None),
        ("p99", "< 2s", "<", (2000.0,), None),
        ("errors", "== 0", "==", (0.0,), "count"),
        ("errors", "< 10", "<", (10.0,), "count"),
        ("errors", "<= 10", "<=", (10.0,), "count"),
        ("errors", "< 1%", "<", (0.01,), "share"),
        ("errors", "<= 0.5%", "<=", (0.005,), "share"),
        ("health_async", "< 20ms", "<", (20.0,), "p50"),
        ("health_async", "p50 <= 20ms", "<=", (20.0,), "p50"),
        ("health_async", "max < 1s", "<", (1000.0,), "max"),
    ],
)
def test_a_condition_is_read_with_its_unit(
    tmp_path: Path, metric: str, condition: str, operator: str, bounds: tuple[float, ...], aggregate: str | None
) -> None:
    (told,) = thresholds(tmp_path, f'{metric}: "{condition}"')
    assert (told.written, told.metric, told.operator) == (f"{metric}: {condition}", metric, operator)
    assert (told.bounds, told.aggregate) == (bounds, aggregate)


def test_a_list_of_conditions_is_a_threshold_each(tmp_path: Path) -> None:
    assert thresholds(tmp_path, 'ratio{style:def}: [< 1.25, "> 0.8"]', "errors: == 0") == [
        Threshold("ratio{style:def}: < 1.25", "ratio", (0, 1), "<", (1.25,)),
        Threshold("ratio{style:def}: > 0.8", "ratio", (0, 1), ">", (0.8,)),
        Threshold("errors: == 0", "errors", (0, 1, 2, 3), "==", (0.0,), "count"),
    ]


def test_the_cells_of_the_control_are_held_to_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, with_thresholds("errors: == 0", text=TEXT))
    assert len(plan.cells) == 6
    assert [threshold.cells for threshold in plan.thresholds] == [(0, 1, 2, 3)]


def test_a_ratio_holds_for_the_cells_that_are_compared_and_no_others(tmp_path: Path) -> None:
    text = TEXT.replace("[def, async]}]", "[def, async], where: {concurrency: 40}}]")
    plan = plan_of(tmp_path, with_thresholds("ratio{style:def}: < 1.25", text=text))
    assert [threshold.cells for threshold in plan.thresholds] == [(1,)]


EXPECTED = {
    "knee": "expected a condition on knee such as 'within(40,41)'",
    "ratio": "expected a condition on ratio such as '< 1.25' or 'within(0.95,1.05)'",
    "p99": "expected a condition on p99 such as '< 300ms'",
    "errors": "expected a condition on errors such as '== 0', '< 10' or '< 1%'",
    "health_async": "expected a condition on health_async such as 'p50 < 20ms' or 'max < 1s'",
}


@pytest.mark.parametrize(
    ("metric", "condition"),
    [
        *(("knee", "< 41"), ("knee", "within(40)"), ("knee", "within(40.5,41)"), ("knee", "(40, 41]")),
        *(("ratio", "== 1"), ("ratio", "< 25%"), ("ratio", "1.25"), ("ratio", "< 1,25"), ("ratio", "< -1")),
        *(("p99", "< 300"), ("p99", "> 300ms"), ("p99", "< 5m"), ("p99", "< 0ms"), ("p99", "p50 < 300ms")),
        *(("errors", "== 1%"), ("errors", "> 0"), ("errors", "< 100%"), ("errors", "< 1.5"), ("errors", "none")),
        *(("health_async", "p99 < 20ms"), ("health_async", "max"), ("health_async", "max < 20"), ("knee", "x" * 80)),
    ],
)
def test_a_condition_that_does_not_suit_its_metric_is_refused(tmp_path: Path, metric: str, condition: str) -> None:
    shown = condition if len(condition) <= 60 else f"{condition[:60]}..."
    assert problems_of(tmp_path, with_thresholds(f'{metric}: ["{condition}"]')) == [
        f"matrix.yaml:10:{len(metric) + 6}: {EXPECTED[metric]}, found '{shown}'"
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "knee: within(41,40)",
            "11:9: expected the first bound of 'within' to be below the second, found 'within(41,40)'",
        ),
        (
            "ratio: within(1,1.0)",
            "11:10: expected the first bound of 'within' to be below the second, found 'within(1,1.0)'",
        ),
        ("p99: []", "11:8: expected at least one value, found an empty list"),
        ("p99: [< 1s, < 1s]", "11:15: '< 1s' is listed twice; list it once"),
        ("p99: {style: def}", "11:8: expected text, found a mapping"),
        (
            '"p99{style:def,style:async}": < 1s',
            (
                "11:3: 'p99{style:def,style:async}' names style twice; "
                "name one value here, and write a threshold for each other one"
            ),
        ),
        (
            "p99{}: < 1s",
            (
                "11:3: unknown axis ''; "
                "choose from scenario, server, thread_limit, workers, loop, pool_size, client, style, concurrency, rate"
            ),
        ),
        (
            "errors{style:asynk}: == 0",
            "11:3: 'errors{style:asynk}' holds for nothing: no combination has style 'asynk'; did you mean 'async'?",
        ),
        (
            "errors{thread_limit:40}: == 0",
            (
                "11:3: 'errors{thread_limit:40}' holds for nothing: no combination has thread_limit '40'; "
                "choose from default"
            ),
        ),
        (
            "errors{rate:None}: == 0",
            "11:3: 'errors{rate:None}' holds for nothing: no combination has rate 'None'; there is none",
        ),
        (
            "errors{style:def,concurrency:7}: == 0",
            (
                "11:3: 'errors{style:def,concurrency:7}' holds for nothing: "
                "no combination has all of these; name values that are measured together"
            ),
        ),
        (
            "ratio{style:async}: < 1.25",
            (
                "11:3: 'ratio{style:async}' holds for nothing: "
                "no entry of `compare` compares such cells with others; write one, or fix it"
            ),
        ),
        (
            "knee{style:def,concurrency:20}: within(40,41)",
            (
                "11:3: a knee is found across every concurrency of a launch, "
                "so 'knee{style:def,concurrency:20}' cannot name one; leave it out"
            ),
        ),
        (
            "knee{rate:200}: within(40,41)",
            "11:3: a knee is found across every rate of a launch, so 'knee{rate:200}' cannot name one; leave it out",
        ),
    ],
)
def test_a_threshold_that_holds_for_nothing_or_says_too_little_is_refused(
    tmp_path: Path, line: str, problem: str
) -> None:
    alone = "  include: [{server: uvicorn, style: async, concurrency: 7}]\n"
    text = with_thresholds(line, text=TEXT.replace("compare", f"{alone}compare"))
    assert problems_of(tmp_path, text) == [f"matrix.yaml:{problem}"]


@pytest.mark.parametrize(
    ("metric", "condition"),
    [("ratio", "< 0"), ("ratio", "<= 0"), ("ratio", "< 0.00"), ("errors", "< 0"), ("errors", "< 0%")],
)
def test_a_bound_that_no_figure_meets_is_refused(tmp_path: Path, metric: str, condition: str) -> None:
    (problem,) = problems_of(tmp_path, with_thresholds(f"{metric}: {condition}"))
    expected = EXPECTED[metric].replace(f"on {metric}", f"on {metric} that a figure can meet,")
    assert problem == f"matrix.yaml:10:{len(metric) + 5}: {expected}, found '{condition}'"


@pytest.mark.parametrize("condition", ["<= 0", "== 0", "<= 0%"])
def test_no_errors_can_be_asked_for_in_several_ways(tmp_path: Path, condition: str) -> None:
    assert thresholds(tmp_path, f"errors: {condition}")[0].bounds == (0.0,)


NEEDS_CONTROL = (
    "needs an A/A control, since it counts as broken only if two measurements of the same cells agree; "
    "write `baseline` at the top level, such as {server: uvicorn, style: async}"
)


def test_a_ratio_without_a_baseline_is_refused(tmp_path: Path) -> None:
    text = with_thresholds("ratio{style:def}: [< 1.25, < 2]", "errors: == 0", "ratio: < 3", text=COMPARED)
    assert problems_of(tmp_path, text) == [
        f"matrix.yaml:9:3: 'ratio{{style:def}}' {NEEDS_CONTROL}",
        f"matrix.yaml:11:3: 'ratio' {NEEDS_CONTROL}",
    ]
    own = f"{COMPARED}profiles:\n  own: {{thresholds: {{ratio: < 2}}}}\n"
    assert problems_of(tmp_path, own) == [f"matrix.yaml:9:22: 'ratio' {NEEDS_CONTROL} (with profile 'own')"]
    controlled = own.replace("own: {", "own: {baseline: {style: async}, ")
    assert [told.cells for told in plan_of(tmp_path, controlled, "own").thresholds] == [(0, 1)]


def test_a_baseline_that_cannot_be_read_is_not_missed_by_a_ratio(tmp_path: Path) -> None:
    text = with_thresholds("ratio: < 1.25", text=f"{COMPARED}baseline: {{stile: async}}\n")
    assert problems_of(tmp_path, text) == ["matrix.yaml:8:12: unknown key 'stile'; did you mean 'style'?"]


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("{knee: within(40,41)}", {20: "within(40,41)"}),
        ("{knee: within( 40 , 41 ), p99: < 1s}", {20: "within( 40,41 )"}),
        ("{p99: < 1s, ratio: within(0.95,1.05), knee: within(7,8)}", {32: "within(0.95,1.05)", 57: "within(7,8)"}),
        ("{ratio: [< 2, within(0.95,1.05)]}", {27: "within(0.95,1.05)"}),
        ("\n  ratio: [within(0.95,1.05), < 2]\n  errors: == 0", {11: "within(0.95,1.05)"}),
    ],
)
def test_a_condition_that_yaml_splits_at_its_comma_has_to_be_in_quotes(
    tmp_path: Path, written: str, places: dict[int, str]
) -> None:
    line = 10 if written.startswith("\n") else 9
    assert problems_of(tmp_path, f"{TEXT}thresholds: {written}\n") == [
        f"matrix.yaml:{line}:{column}: YAML splits '{torn}' at its comma; put the condition in quotes"
        for column, torn in places.items()
    ]


def test_a_file_that_is_nothing_but_a_split_condition_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "[within(40,41)]") == [
        "matrix.yaml:1:1: expected a mapping with keys such as 'title', found a list",
        "matrix.yaml:1:2: YAML splits 'within(40,41)' at its comma; put the condition in quotes",
    ]


@pytest.mark.parametrize("written", ["{knee: within(40}", "{knee: 'within(40', 41): }", "{knee: within(40, x: }"])
def test_half_a_condition_is_nothing_that_yaml_has_split(tmp_path: Path, written: str) -> None:
    problems = problems_of(tmp_path, f"{TEXT}thresholds: {written}\n")
    assert problems[0] == f"matrix.yaml:9:20: {EXPECTED['knee']}, found 'within(40'"
    assert not any("splits" in problem for problem in problems)


def test_only_bursts_and_scenarios_with_a_model_have_a_knee(tmp_path: Path) -> None:
    for text in (f"{TEXT}executor: closed-loop\n", TEXT.replace("sleep", "noop")):
        (problem,) = problems_of(tmp_path, with_thresholds("knee: within(40,41)", text=text))
        assert problem.endswith("'knee' holds for nothing: a knee needs bursts of def and async at the same "
        "concurrency, in a scenario with a model; fix it")  # fmt: skip


def test_a_threshold_that_a_profile_inherits_and_that_fits_nothing_there_holds_for_no_cell(tmp_path: Path) -> None:
    lines = ("ratio{style:def}: < 1.25", "p99{concurrency:40}: < 1s")
    text = with_thresholds(*lines) + "profiles:\n  other: {matrix: {style: async, concurrency: 7}, compare: []}\n"
    assert [(told.written, told.cells) for told in plan_of(tmp_path, text, "other").thresholds] == [
        (line, ()) for line in lines
    ]
    own = f"{text}  own: {{matrix: {{concurrency: 7}}, thresholds: {{'p99{{concurrency:40}}': < 1s}}}}\n"
    assert problems_of(tmp_path, own) == [
        (
            "matrix.yaml:14:48: 'p99{concurrency:40}' holds for nothing: no combination has concurrency '40'; "
            "choose from 7 (with profile 'own')"
        )
    ]


def test_a_threshold_stays_where_only_leaves_none_of_its_cells(tmp_path: Path) -> None:
    text = with_thresholds("ratio{style:def}: < 1.25", "p99{style:async}: < 1s")
    plan = plan_of(tmp_path, text, only=["style=def"])
    assert [(told.written, told.cells) for told in plan.thresholds] == [
        ("ratio{style:def}: < 1.25", ()),
        ("p99{style:async}: < 1s", ()),
    ]


def test_a_comparison_that_cannot_be_read_is_not_missed_by_its_thresholds(tmp_path: Path) -> None:
    text = with_thresholds("ratio: < 1.25", text=TEXT.replace("[def, async]}]", "[def, asynk]}]"))
    assert problems_of(tmp_path, text) == ["matrix.yaml:7:25: unknown style 'asynk'; did you mean 'async'?"]


@settings(max_examples=2 * settings().max_examples)
@given(
    metric=st.sampled_from(sorted(EXPECTED)),
    condition=st.text(st.sampled_from("<>= .,()%0159wihnpmaxsu"), min_size=1, max_size=14),
)
def test_whatever_a_condition_says_it_is_read_or_refused_where_it_stands(
    tmp_path_factory: pytest.TempPathFactory, metric: str, condition: str
) -> None:
    text = with_thresholds(f'{metric}: "{condition}"', text=JUDGED.partition("thresholds")[0])
    folder = tmp_path_factory.mktemp("drawn")
    try:
        (told,) = plan_of(folder, text).thresholds
    except InputError:
        (problem,) = problems_of(folder, text)
        assert problem.startswith(f"matrix.yaml:15:{len(metric) + 5}: expected ")
    else:
        assert told.written == f"{metric}: {condition}"
        assert told.bounds == tuple(sorted(told.bounds))
        assert told.cells


def test_a_ratio_holds_for_comparisons_by_the_metric_that_it_names(tmp_path: Path) -> None:
    compare = "compare: [{style: [def, async], metric: [time, cpu], where: {concurrency: 40}}]"
    text = f"{GOOD}baseline: {{style: async}}\n{compare}\n"
    lines = ("ratio{metric:cpu,style:def}: < 1.25", "ratio: < 2")
    plan = plan_of(tmp_path, with_thresholds(*lines, text=text))
    assert [(each.compares, each.cells) for each in plan.thresholds] == [("cpu", (1,)), ("time", (1,))]


def test_a_ratio_by_a_metric_that_nothing_is_compared_by_is_refused(tmp_path: Path) -> None:
    text = f"{COMPARED}baseline: {{style: async}}\n"
    (unused,) = problems_of(tmp_path, with_thresholds("ratio{metric:cpu}: < 1.25", text=text))
    why = "no entry of `compare` compares such cells with others; write one, or fix it"
    assert unused == f"matrix.yaml:10:3: 'ratio{{metric:cpu}}' holds for nothing: {why}"
    (unknown,) = problems_of(tmp_path, with_thresholds("ratio{metric:cup}: < 1.25", text=text))
    assert unknown.startswith("matrix.yaml:10:3: unknown metric 'cup'; did you mean 'cpu'?")
