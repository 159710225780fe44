"""What `compare` holds against each other, and what it may not say."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.axes import MATRIX_AXES
from harness.model.plan import Pair, Plan
from tests.unit.matrix.written import GOOD, OPEN_LOOP, combination, plan_of, problems_of

NAMES = [axis.name for axis in MATRIX_AXES]

WIDE = """\
title: comparisons
scenario: sleep
matrix:
  server: [uvicorn, granian, hypercorn]
  thread_limit: [7, 40]
  loop: uvloop
  style: [def, async]
  concurrency: [1, 8]
"""


def compared(plan: Plan) -> list[tuple[str, str]]:
    """The pairs of a plan by what either side has, in short: `uvicorn 7 def 1`."""

    def short(place: int) -> str:
        cell = plan.cells[place]
        return f"{cell.launch.server} {cell.launch.thread_limit} {cell.style} {cell.concurrency}"

    return [(short(pair.cell), short(pair.against)) for pair in plan.comparisons]


def test_two_values_are_compared_in_every_combination_that_has_both_the_first_against_the_second(
    tmp_path: Path,
) -> None:
    text = f"{WIDE}  exclude: [{{style: def, concurrency: 8}}]\ncompare: [{{style: [async, def]}}]\n"
    assert compared(plan_of(tmp_path, text)) == [
        (f"{server} {limit} async 1", f"{server} {limit} def 1")
        for server in ("uvicorn", "granian", "hypercorn")
        for limit in (7, 40)
    ]


def test_everything_is_compared_with_the_baseline_that_agrees_with_it_in_all_else(tmp_path: Path) -> None:
    text = f"{WIDE}baseline: {{server: granian, style: async}}\ncompare: [{{server: all, against: baseline}}]\n"
    assert compared(plan_of(tmp_path, text)) == [
        (f"{server} {limit} async {concurrency}", f"granian {limit} async {concurrency}")
        for server in ("uvicorn", "hypercorn")
        for limit in (7, 40)
        for concurrency in (1, 8)
    ]


@pytest.mark.parametrize(
    ("entry", "pairs"),
    [
        (
            "{server: all, against: uvicorn, where: {style: def, thread_limit: 7, concurrency: [8]}}",
            [("granian 7 def 8", "uvicorn 7 def 8"), ("hypercorn 7 def 8", "uvicorn 7 def 8")],
        ),
        (
            "{server: [hypercorn], against: granian, where: {style: def, thread_limit: 7}}",
            [("hypercorn 7 def 1", "granian 7 def 1"), ("hypercorn 7 def 8", "granian 7 def 8")],
        ),
        (
            "{server: hypercorn, against: granian, where: {style: [def, async], thread_limit: 7, concurrency: 1}}",
            [("hypercorn 7 def 1", "granian 7 def 1"), ("hypercorn 7 async 1", "granian 7 async 1")],
        ),
        (
            "{thread_limit: all, against: 40, where: {server: uvicorn, style: def}}",
            [("uvicorn 7 def 1", "uvicorn 40 def 1"), ("uvicorn 7 def 8", "uvicorn 40 def 8")],
        ),
        (
            "{concurrency: [8, 1], where: {server: uvicorn, style: def}}",
            [("uvicorn 7 def 8", "uvicorn 7 def 1"), ("uvicorn 40 def 8", "uvicorn 40 def 1")],
        ),
    ],
)
def test_an_entry_names_what_it_holds_against_what(tmp_path: Path, entry: str, pairs: list[tuple[str, str]]) -> None:
    assert compared(plan_of(tmp_path, f"{WIDE}compare: [{entry}]\n")) == pairs


def test_any_axis_can_be_compared(tmp_path: Path) -> None:
    text = """\
    title: every axis
    scenario: [sleep, noop]
    matrix:
      server: [uvicorn, granian]
      thread_limit: [default, 7]
      workers: [1, 2]
      loop: [asyncio, uvloop]
      client: [engine, aiohttp]
      style: [def, async]
      concurrency: [1, 2]
    compare:
    """
    values = {
        "scenario": "sleep, noop",
        "server": "uvicorn, granian",
        "thread_limit": "default, 7",
        "workers": "1, 2",
        "loop": "asyncio, uvloop",
        "client": "engine, aiohttp",
        "style": "def, async",
        "concurrency": "1, 2",
    }
    for axis, both in values.items():
        plan = plan_of(tmp_path, f"{text}  - {{{axis}: [{both}]}}\n")
        assert len(plan.comparisons) == len(plan.cells) / 2 == 128
        for pair in plan.comparisons:
            sides = zip(NAMES, combination(plan.cells[pair.cell]), combination(plan.cells[pair.against]), strict=True)
            first, second = both.split(", ")
            assert [(name, str(a), str(b)) for name, a, b in sides if a != b] == [(axis, first, second)]


def test_rates_can_be_compared(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{OPEN_LOOP}compare: [{{rate: all, against: 100, where: {{style: def}}}}]\n")
    rates = [(plan.cells[pair.cell].rate, plan.cells[pair.against].rate) for pair in plan.comparisons]
    assert rates == [(200, 100), (200, 100)]


NARROW = f"{WIDE}  exclude: [{{thread_limit: 40}}, {{concurrency: 8}}]\ncompare:\n"


def test_entries_keep_their_order_and_no_pair_comes_twice(tmp_path: Path) -> None:
    text = f"{NARROW}  - {{server: [granian, uvicorn]}}\n  - {{server: all, against: uvicorn, where: {{style: def}}}}\n"
    assert compared(plan_of(tmp_path, text)) == [
        ("granian 7 def 1", "uvicorn 7 def 1"),
        ("granian 7 async 1", "uvicorn 7 async 1"),
        ("hypercorn 7 def 1", "uvicorn 7 def 1"),
    ]


def test_an_entry_that_compares_what_entries_before_it_do_is_refused(tmp_path: Path) -> None:
    again = "this compares nothing new: entries before it compare the same cells; remove one of them"
    around = "this compares the same cells as entries before it, the other way round; remove one of them"
    text = f"""{NARROW}\
  - {{style: [def, async]}}
  - {{style: def, against: async, where: {{server: granian}}}}
  - {{style: [async, def]}}
  - {{server: [uvicorn, granian]}}
  - {{server: all, against: uvicorn}}
  - {{server: [granian, uvicorn]}}
"""
    assert problems_of(tmp_path, text) == [
        f"matrix.yaml:12:5: {again}",
        f"matrix.yaml:13:5: {around}",
        f"matrix.yaml:16:5: {again}",
    ]


def test_a_profile_may_inherit_entries_that_come_to_the_same_in_it(tmp_path: Path) -> None:
    text = f"""{NARROW}\
  - {{server: [granian, uvicorn]}}
  - {{server: all, against: uvicorn}}
profiles:
  narrow: {{matrix: {{server: [uvicorn, granian], style: def}}}}
"""
    assert compared(plan_of(tmp_path, text, "narrow")) == [("granian 7 def 1", "uvicorn 7 def 1")]


def test_several_metrics_are_several_comparisons_and_time_is_what_is_compared_if_none_is_named(tmp_path: Path) -> None:
    one = f"{NARROW}  - {{server: granian, against: uvicorn, where: {{style: def}}"
    assert [pair.metric for pair in plan_of(tmp_path, f"{one}}}\n").comparisons] == ["time"]
    several = plan_of(tmp_path, f"{one}, metric: [cpu, time]}}\n")
    assert [pair.metric for pair in several.comparisons] == ["cpu", "time"]
    assert len({(pair.cell, pair.against) for pair in several.comparisons}) == 1


def test_the_same_cells_may_be_compared_by_another_metric_but_not_twice_by_one(tmp_path: Path) -> None:
    text = f"{NARROW}  - {{style: [def, async]}}\n  - {{style: [def, async], metric: cpu}}\n"
    assert len(plan_of(tmp_path, text).comparisons) == 6
    assert problems_of(tmp_path, f"{text}  - {{style: [async, def], metric: [cpu, time]}}\n") == [
        "matrix.yaml:13:5: this compares the same cells as entries before it, the other way round; remove one of them"
    ]


def test_two_launches_are_compared_once_by_what_each_of_them_has_once(tmp_path: Path) -> None:
    text = f"{WIDE}compare: [{{server: granian, against: uvicorn, metric: [ready, memory]}}]\n"
    plan = plan_of(tmp_path, text)
    limits = [(pair.metric, plan.cells[pair.cell].launch.thread_limit) for pair in plan.comparisons]
    assert limits == [("ready", 7), ("ready", 40), *[("memory", 7)] * 4, *[("memory", 40)] * 4]


LOOPS = GOOD.replace("uvicorn", "[uvicorn, daphne, hypercorn]").replace("[20, 40]", "1").replace("[def, async]", "def")


def loops_compared(plan: Plan) -> list[tuple[str, str, str, str]]:
    launches = [(plan.cells[pair.cell].launch, plan.cells[pair.against].launch) for pair in plan.comparisons]
    return [(first.server, first.loop, second.server, second.loop) for first, second in launches]


def test_servers_that_are_left_to_their_loops_are_compared_each_on_the_one_that_it_prefers(tmp_path: Path) -> None:
    text = f"{LOOPS}compare: [{{server: all, against: uvicorn}}]\n"
    assert loops_compared(plan_of(tmp_path, text)) == [
        ("daphne", "asyncio", "uvicorn", "uvloop"),
        ("hypercorn", "uvloop", "uvicorn", "uvloop"),
    ]


def test_servers_that_are_told_their_loop_are_compared_on_the_same(tmp_path: Path) -> None:
    text = f"{LOOPS}  loop: [asyncio, uvloop]\ncompare: [{{server: all, against: uvicorn}}]\n"
    assert loops_compared(plan_of(tmp_path, text)) == [
        ("daphne", "asyncio", "uvicorn", "asyncio"),
        ("hypercorn", "asyncio", "uvicorn", "asyncio"),
        ("hypercorn", "uvloop", "uvicorn", "uvloop"),
    ]


def test_a_loop_that_is_both_preferred_and_named_counts_as_both(tmp_path: Path) -> None:
    text = f"{LOOPS}  loop: [auto, asyncio]\ncompare: [{{server: daphne, against: uvicorn}}]\n"
    assert loops_compared(plan_of(tmp_path, text)) == [
        ("daphne", "asyncio", "uvicorn", "uvloop"),
        ("daphne", "asyncio", "uvicorn", "asyncio"),
    ]


def test_loops_are_compared_as_they_are_in_force(tmp_path: Path) -> None:
    text = f"{LOOPS}  loop: [auto, asyncio]\ncompare: [{{loop: [asyncio, uvloop]}}]\n"
    assert loops_compared(plan_of(tmp_path, text)) == [
        ("uvicorn", "asyncio", "uvicorn", "uvloop"),
        ("hypercorn", "asyncio", "hypercorn", "uvloop"),
    ]


def test_a_baseline_that_names_a_loop_is_compared_with_that_loop_only(tmp_path: Path) -> None:
    baseline = "baseline: {server: uvicorn, loop: uvloop}\n"
    text = f"{LOOPS}{baseline}compare: [{{server: all, against: baseline}}]\n"
    assert loops_compared(plan_of(tmp_path, text)) == [("hypercorn", "uvloop", "uvicorn", "uvloop")]


def test_a_pair_with_a_side_that_is_not_measured_is_dropped_and_counted(tmp_path: Path) -> None:
    text = f"{GOOD.replace('def,', 'async-blocking,')}deadline: 3s\ncompare: [{{style: [async-blocking, async]}}]\n"
    plan = plan_of(tmp_path, text)
    assert [refusal.cell.concurrency for refusal in plan.refusals] == [40]
    assert compared(plan) == [("uvicorn default async-blocking 20", "uvicorn default async 20")]
    assert plan.uncompared == 1
    one_style = plan_of(tmp_path, text, only=["style=async"])
    assert (one_style.comparisons, one_style.uncompared) == ((), 2)
    one_concurrency = plan_of(tmp_path, text, only=["concurrency=20"])
    assert (one_concurrency.comparisons, one_concurrency.uncompared) == ((Pair(0, 1),), 1)
    assert plan_of(tmp_path, text.replace("3s", "5s")).uncompared == 0


def test_the_cells_of_the_control_are_compared_with_nothing_else(tmp_path: Path) -> None:
    text = (
        f"{WIDE}baseline: {{server: uvicorn}}\ncompare: [{{server: all, against: baseline}}, {{style: [def, async]}}]\n"
    )
    plan = plan_of(tmp_path, text)
    repetitions = {pair.cell for pair in plan.controls}
    assert len(repetitions) == 8
    assert not repetitions & {place for pair in plan.comparisons for place in (pair.cell, pair.against)}


WITH_NEITHER = "name two, or write `against`: a value of server, or baseline"
TWO = "expected two values of server to compare"
ALONE = "differs from one with {} in that axis only; fix it or remove it"
NOTHING = "this compares nothing: none of its combinations"

REFUSED = {
    "{}": (
        "11: expected at least one of scenario, server, thread_limit, workers, loop, pool_size, client, style, "
        "concurrency, rate, against, where, metric, found none"
    ),
    "{against: uvicorn}": "11: expected one axis to compare, such as `server: all`, found none",
    "{where: {style: def}}": "11: expected one axis to compare, such as `server: all`, found none",
    "{style: [def, async], server: all}": (
        "11: expected one axis to compare, such as `server: all`, found server and style"
    ),
    "{sytle: [def, async]}": "12: unknown key 'sytle'; did you mean 'style'?",
    "{server: all}": f"11: {TWO}, found all; {WITH_NEITHER}",
    "{server: uvicorn}": f"11: {TWO}, found 1; {WITH_NEITHER}",
    "{server: [uvicorn, granian, hypercorn]}": f"11: {TWO}, found 3; {WITH_NEITHER}",
    "{server: []}": "20: expected at least one value, found an empty list",
    "{server: [uvicorn, uvicorn]}": "30: 'uvicorn' is listed twice; list it once",
    "{server: [uvicorn, granian], against: granian}": (
        "49: server 'granian' would be compared with itself; name another value"
    ),
    "{server: all, against: baseline}": (
        "34: there is no `baseline` that names a server; name it there, or write a value here"
    ),
    "{server: all, against: [uvicorn]}": (
        "34: expected daphne or fastpysgi or granian or gunicorn or h2corn or hypercorn or uvicorn, found a list"
    ),
    "{server: all, against: uvicron}": "34: unknown server 'uvicron'; did you mean 'uvicorn'?",
    "{server: all, against: daphne}": "34: no combination has server 'daphne'; choose from uvicorn, granian, hypercorn",
    "{server: [uvicron, granian]}": "21: unknown server 'uvicron'; did you mean 'uvicorn'?",
    "{style: [def, asynk]}": "25: unknown style 'asynk'; did you mean 'async'?",
    "{style: [def, async-to-thread]}": "25: no combination has style 'async-to-thread'; choose from def, async",
    "{thread_limit: all, against: many}": (
        "40: expected a whole number from 1 to 10000 in plain digits or 'default', found 'many'"
    ),
    "{thread_limit: [7, 41]}": "30: no combination has thread_limit '41'; choose from 7, 40",
    "{loop: all, against: auto}": "32: unknown loop 'auto'; choose from asyncio, uvloop",
    "{loop: all, against: uvloop}": f"11: {NOTHING} {ALONE}".replace("{}", "loop 'uvloop'"),
    "{rate: [100, 200]}": (
        "19: no combination has rate '100'; there is none\n"
        "matrix.yaml:9:24: no combination has rate '200'; there is none"
    ),
    "{concurrency: [1, around-knees]}": (
        "29: expected a whole number from 1 to 5000 in plain digits, found 'around-knees'"
    ),
    "{style: [def, async], where: def}": "40: expected a mapping with keys such as 'scenario', found 'def'",
    "{style: [def, async], where: {style: def}}": "41: style is the compared axis; leave it out of `where`",
    "{style: [def, async], where: {workers: 2}}": "50: no combination has workers '2'; choose from 1",
    "{style: [def, async], where: {server: daphne}}": (
        "49: no combination has server 'daphne'; choose from uvicorn, granian, hypercorn"
    ),
    "{style: [def, async], where: {concurrency: around-knees}}": (
        "54: expected a whole number from 1 to 5000 in plain digits, found 'around-knees'"
    ),
    "{style: [def, async], where: {rate: hypercorn}}": (
        "47: expected a whole number from 1 to 100000 in plain digits, found 'hypercorn'"
    ),
    "{style: [def, async], metric: memroy}": "41: unknown metric 'memroy'; did you mean 'memory'?",
    "{style: [def, async], metric: [cpu, cpu]}": "47: 'cpu' is listed twice; list it once",
    "{style: [def, async], metric: [time, ready]}": (
        "33: a launch has one ready for every style; compare an axis of launches, such as server"
    ),
    "{style: [def, async], where: {sever: uvicorn}}": "41: unknown key 'sever'; did you mean 'server'?",
    "style": "11: expected a mapping with keys such as 'scenario', found 'style'",
}  # fmt: skip


@pytest.mark.parametrize(("entry", "problem"), REFUSED.items(), ids=REFUSED)
def test_an_entry_that_compares_nothing_or_says_too_little_is_refused(tmp_path: Path, entry: str, problem: str) -> None:
    assert "\n".join(problems_of(tmp_path, f"{WIDE}compare: [{entry}]\n")) == f"matrix.yaml:9:{problem}"


def test_an_entry_whose_combinations_have_no_counterpart_is_refused(tmp_path: Path) -> None:
    text = f"""{WIDE}  exclude: [{{style: def, concurrency: 8}}, {{style: async, concurrency: 1}}]
baseline: {{server: uvicorn, thread_limit: 40}}
compare:
  - {{style: [def, async]}}
  - {{server: all, against: baseline, where: {{thread_limit: 7}}}}
  - {{style: all, against: baseline}}
"""
    assert problems_of(tmp_path, text) == [
        f"matrix.yaml:12:5: {NOTHING} {ALONE}".replace("{}", "style 'async'"),
        f"matrix.yaml:13:5: {NOTHING} {ALONE}".replace("{}", "server 'uvicorn'"),
        "matrix.yaml:14:27: the baseline names no style; name it there, or write a value here",
    ]


def test_an_entry_that_a_profile_inherits_need_not_fit_it_but_its_own_has_to(tmp_path: Path) -> None:
    text = f"""{WIDE}compare: [{{server: all, against: granian}}]
profiles:
  inherits: {{matrix: {{server: [uvicorn, hypercorn]}}}}
"""
    assert plan_of(tmp_path, text, "inherits").comparisons == ()
    own = f"{text}  own: {{matrix: {{style: def}}, compare: [{{style: [def, async]}}]}}\n"
    assert problems_of(tmp_path, own) == [
        "matrix.yaml:12:55: no combination has style 'async'; choose from def (with profile 'own')"
    ]


def test_a_run_goes_on_only_while_there_is_something_to_decide(tmp_path: Path) -> None:
    text = f"""{WIDE}compare: [{{style: [def, async]}}]
blocks: {{min: 6, max: 30}}
profiles:
  quick: {{blocks: 1}}
  describes: {{compare: []}}
"""
    blocks = {
        (profile, only): (plan.min_blocks, plan.blocks)
        for profile in (None, "quick", "describes")
        for only in ((), ("style=def",))
        for plan in [plan_of(tmp_path, text, profile, only)]
    }
    assert blocks == {
        (None, ()): (6, 30),
        (None, ("style=def",)): (6, 6),
        ("quick", ()): (1, 1),
        ("quick", ("style=def",)): (1, 1),
        ("describes", ()): (6, 6),
        ("describes", ("style=def",)): (6, 6),
    }


@settings(max_examples=settings().max_examples // 2)
@given(data=st.data())
def test_a_comparison_pairs_whatever_differs_in_one_axis_alone(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    values = {
        "server": ["uvicorn", "granian", "hypercorn"],
        "thread_limit": ["7", "40", "default"],
        "style": ["def", "async", "async-to-thread"],
        "concurrency": ["1", "2", "3"],
    }
    chosen = {
        axis: data.draw(st.lists(st.sampled_from(each), min_size=2, unique=True)) for axis, each in values.items()
    }
    axis = data.draw(st.sampled_from(sorted(chosen)))
    against = data.draw(st.sampled_from(chosen[axis]))
    lines = [f"  {name}: [{', '.join(each)}]" for name, each in chosen.items()]
    text = "\n".join(["scenario: sleep", "matrix:", *lines, f"compare: [{{{axis}: all, against: {against}}}]", ""])
    plan = plan_of(tmp_path_factory.mktemp("drawn"), text)
    cells = [combination(cell) for cell in plan.cells]
    expected = {
        Pair(place, other)
        for place, cell in enumerate(cells)
        for other, held_against in enumerate(cells)
        if str(held_against[NAMES.index(axis)]) == against
        and [name for name, one, two in zip(NAMES, cell, held_against, strict=True) if one != two] == [axis]
    }
    assert len(plan.comparisons) == len(expected)
    assert set(plan.comparisons) == expected
