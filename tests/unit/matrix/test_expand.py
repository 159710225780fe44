"""Product, exclude, include: the rules of GitHub's matrix."""

from pathlib import Path

from tests.unit.matrix.written import GOOD, OPEN_LOOP, combination, plan_of, problems_of


def test_the_product_varies_the_last_axis_fastest_in_the_order_written(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        """\
        title: order
        scenario: [sleep, noop]
        matrix:
          concurrency: [2, 1]
          style: [def, async]
          server: [uvicorn, granian]
          loop: asyncio
          thread_limit: [default, 7]
        """,
    )
    assert [combination(cell) for cell in plan.cells] == [
        (scenario, server, thread_limit, 1, "asyncio", None, "engine", style, concurrency, None)
        for scenario in ("sleep", "noop")
        for server in ("uvicorn", "granian")
        for thread_limit in ("default", 7)
        for style in ("def", "async")
        for concurrency in (2, 1)
    ]


ALL_STYLES = GOOD.replace("sleep", "[sleep, noop]").replace("[def, async]", "all").replace("[20, 40]", "1")


def test_all_stands_for_every_style_that_each_scenario_has(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, ALL_STYLES)

    assert plan.refusals == ()
    assert [(cell.launch.scenario, cell.style) for cell in plan.cells] == [
        ("sleep", "def"),
        ("sleep", "async"),
        ("sleep", "async-blocking"),
        ("sleep", "async-to-thread"),
        ("sleep", "async-threadpool"),
        ("noop", "def"),
        ("noop", "async"),
    ]


def test_a_style_that_all_stands_for_can_be_excluded_and_an_unknown_one_cannot(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{ALL_STYLES}  exclude: [{{style: [async-blocking, async-to-thread]}}]\n")

    assert {cell.style for cell in plan.cells} == {"def", "async", "async-threadpool"}
    assert problems_of(tmp_path, f"{ALL_STYLES}  exclude: [{{style: all}}]\n") == [
        (
            "matrix.yaml:7:21: unknown style 'all'; choose from async, async-blocking, async-threadpool, "
            "async-to-thread, def"
        )
    ]


def test_a_scalar_is_a_list_of_one(tmp_path: Path) -> None:
    listed = GOOD.replace("sleep", "[sleep]").replace("uvicorn", "[uvicorn]")
    assert plan_of(tmp_path, GOOD).cells == plan_of(tmp_path, listed).cells


def test_exclude_takes_out_what_agrees_with_an_entry_in_all_that_it_names(tmp_path: Path) -> None:
    text = f"{GOOD}  exclude:\n    - {{style: def, concurrency: [40]}}\n    - {{concurrency: 20, style: async}}\n"
    assert [(cell.style, cell.concurrency) for cell in plan_of(tmp_path, text).cells] == [("def", 20), ("async", 40)]


def test_an_exclude_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    text = f"{GOOD}  exclude:\n    - {{style: def, concurrency: [41, 42]}}\n    - {{workers: 2}}\n"
    assert problems_of(tmp_path, text) == [
        (
            "matrix.yaml:8:7: this excludes nothing: concurrency is never '41' or '42', it is 20, 40; "
            "fix it or remove it"
        ),
        "matrix.yaml:9:7: this excludes nothing: workers is never '2', it is 1; fix it or remove it",
    ]


def test_excluding_everything_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"{GOOD}  exclude:\n    - {{server: uvicorn}}\n") == [
        "matrix.yaml:3:1: `exclude` leaves nothing to measure; remove an entry, or name more values"
    ]


def test_an_entry_that_names_nothing_is_refused(tmp_path: Path) -> None:
    axes = "scenario, server, thread_limit, workers, loop, pool_size, client, style, concurrency, rate"
    assert problems_of(tmp_path, f"{GOOD}  include: [{{}}]\n") == [
        f"matrix.yaml:7:13: expected at least one of {axes}, found none"
    ]


def test_include_follows_the_documented_example_of_github(tmp_path: Path) -> None:
    """Its fruit and animal are our style and concurrency, its color and shape our workers and thread limit."""
    plan = plan_of(
        tmp_path,
        """\
        title: fruit and animals
        scenario: sleep
        matrix:
          server: uvicorn
          style: [async, def]
          concurrency: [1, 2]
          include:
            - {workers: 3}
            - {workers: 4, concurrency: 1}
            - {style: async, thread_limit: 5}
            - {server: uvicorn, style: async-to-thread, concurrency: 9}
            - {server: uvicorn, style: async-to-thread, concurrency: 1}
        """,
    )
    found = [(cell.style, cell.concurrency, cell.launch.workers, cell.launch.thread_limit) for cell in plan.cells]
    assert found == [
        ("async", 1, 4, 5),
        ("async", 2, 3, 5),
        ("def", 1, 4, "default"),
        ("def", 2, 3, "default"),
        ("async-to-thread", 9, 1, "default"),
        ("async-to-thread", 1, 1, "default"),
    ]


def test_an_include_that_is_there_already_adds_nothing(tmp_path: Path) -> None:
    text = f"{GOOD}  include:\n    - {{style: def, concurrency: 20}}\n"
    assert plan_of(tmp_path, text).cells == plan_of(tmp_path, GOOD).cells


def test_include_brings_back_what_was_excluded(tmp_path: Path) -> None:
    text = f"""{GOOD}  exclude: {[{"style": "def"}]}
  include:
    - {{server: uvicorn, style: def, concurrency: 20}}
"""
    assert [(cell.style, cell.concurrency) for cell in plan_of(tmp_path, text).cells] == [
        ("async", 20),
        ("async", 40),
        ("def", 20),
    ]


def test_a_list_in_an_include_stands_for_an_entry_a_value(tmp_path: Path) -> None:
    text = f"{GOOD}  include:\n    - {{server: [uvicorn, granian], style: def, concurrency: [40, 500], workers: 2}}\n"
    found = [
        (cell.launch.server, cell.style, cell.concurrency, cell.launch.workers)
        for cell in plan_of(tmp_path, text).cells
    ]
    assert found == [
        ("uvicorn", "def", 20, 1),
        ("uvicorn", "def", 40, 2),
        ("uvicorn", "async", 20, 1),
        ("uvicorn", "async", 40, 1),
        ("uvicorn", "def", 500, 2),
        ("granian", "def", 40, 2),
        ("granian", "def", 500, 2),
    ]


def test_an_include_of_its_own_has_the_scenarios_of_the_file_unless_it_names_one(tmp_path: Path) -> None:
    text = GOOD.replace("sleep", "[sleep, noop]") + (
        "  include:\n"
        "    - {server: granian, style: def, concurrency: 1}\n"
        "    - {scenario: noop, server: daphne, style: def, concurrency: 1}\n"
    )
    cells = plan_of(tmp_path, text).cells
    assert [(cell.launch.scenario, cell.launch.server) for cell in cells[8:]] == [
        ("sleep", "granian"),
        ("noop", "granian"),
        ("noop", "daphne"),
    ]


def test_an_include_that_fits_nowhere_and_cannot_stand_alone_is_refused(tmp_path: Path) -> None:
    text = f"{GOOD}  include:\n    - {{server: daphne, concurrency: 20}}\n    - {{concurrency: [20, 500]}}\n"
    assert problems_of(tmp_path, text) == [
        (
            "matrix.yaml:8:7: this entry fits no combination, and lacks a style to be one of its own; "
            "fix it or remove it"
        ),
        (
            "matrix.yaml:9:7: this entry fits no combination, and lacks a server and a style to be one of its own; "
            "fix it or remove it"
        ),
    ]


def test_an_include_cannot_give_several_values_to_the_same_combinations(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"{GOOD}  include:\n    - {{style: def, workers: [1, 2]}}\n") == [
        (
            "matrix.yaml:8:7: this entry gives workers 2 values in the same combinations; "
            "name one of them here, or all of them under `matrix`"
        )
    ]


def test_auto_is_the_loop_that_a_server_prefers_and_gives_no_cell_twice(tmp_path: Path) -> None:
    text = GOOD.replace("uvicorn", "[uvicorn, daphne]") + "  loop: [auto, uvloop, asyncio]\n"
    plan = plan_of(tmp_path, text)
    assert [(launch.server, launch.loop) for launch in dict.fromkeys(cell.launch for cell in plan.cells)] == [
        ("uvicorn", "uvloop"),
        ("uvicorn", "asyncio"),
        ("daphne", "asyncio"),
    ]
    assert {(refusal.cell.launch.server, refusal.cell.launch.loop, refusal.reason) for refusal in plan.refusals} == {
        ("daphne", "uvloop", "daphne has no uvloop loop; it can run asyncio")
    }


def rates(text: str, folder: Path, profile: str | None = None) -> list[tuple[str, int, int | None]]:
    return [(cell.style, cell.concurrency, cell.rate) for cell in plan_of(folder, text, profile).cells]


def test_rates_vary_fastest_and_can_be_excluded(tmp_path: Path) -> None:
    text = OPEN_LOOP.replace("executor", "  exclude: [{rate: 200, concurrency: 20}]\nexecutor")
    assert rates(text, tmp_path) == [
        ("def", 20, 100),
        ("def", 40, 100),
        ("def", 40, 200),
        ("async", 20, 100),
        ("async", 40, 100),
        ("async", 40, 200),
    ]


def test_include_can_give_every_combination_its_rate(tmp_path: Path) -> None:
    text = f"""{GOOD}  include:
    - {{style: def, rate: 100}}
    - {{style: async, rate: 300}}
    - {{server: uvicorn, style: async, concurrency: 9, rate: [400, 500]}}
executor: poisson-arrival-rate
"""
    assert rates(text, tmp_path) == [
        ("def", 20, 100),
        ("def", 40, 100),
        ("async", 20, 300),
        ("async", 40, 300),
        ("async", 9, 400),
        ("async", 9, 500),
    ]


def test_an_exclude_of_a_rate_where_none_is_given_is_refused(tmp_path: Path) -> None:
    text = f"{GOOD}  exclude: [{{rate: 200}}]\n  include: [{{rate: 100}}]\nexecutor: constant-arrival-rate\n"
    assert problems_of(tmp_path, text) == [
        "matrix.yaml:7:13: this excludes nothing: rate is never '200', it is none; fix it or remove it"
    ]


def test_a_profile_without_an_open_loop_has_no_rates_whatever_it_inherits(tmp_path: Path) -> None:
    text = OPEN_LOOP.replace("executor", "  exclude: [{rate: 200, concurrency: 20}]\nexecutor") + (
        "profiles: {burst: {executor: burst}, closed: {executor: closed-loop}}\n"
    )
    once_each = [("def", 20, None), ("def", 40, None), ("async", 20, None), ("async", 40, None)]
    assert rates(text, tmp_path, "burst") == once_each
    assert rates(text, tmp_path, "closed") == once_each
