import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.analysis.findings import CellFinding, Findings, Knee, Withheld, Withholding
from harness.analysis.statistics.verdicts import Verdict
from harness.article.findings import ArticleRow
from harness.model.flags import Flag
from harness.report.chart import Chart
from harness.report.charts.catalog import CHARTS, draw_charts
from harness.report.charts.palette import SERVERS
from harness.report.charts.panels import MOST_ROWS
from harness.report.charts.rows import figure
from tests.builders.findings import Run, failed, moved, refused, with_article
from tests.builders.journals import analyse
from tests.builders.many import WORKS, many
from tests.unit.report.charts.runs import HOSTILE, KNOWN, bursts, rows, views, whole

STYLES = ("def", "async", "async-blocking", "async-to-thread", "async-threadpool")
RUNS = {
    "as it should be": Run(),
    "one block": Run(blocks=1),
    "one cell": Run(servers=("uvicorn",), styles=("def",), concurrencies=(1,)),
    "one style that blocks": Run(styles=("async-blocking",)),
    "no model": Run(scenario="noop", delay_s=None),
    "seven servers, all styles, six limits": Run(
        servers=KNOWN, styles=STYLES, thread_limits=("default", 7, 10, 20, 30, 100), concurrencies=(1, 41)
    ),
    "workers": Run(workers=(1, 2), concurrencies=(40, 81)),
    "crowds": Run(concurrencies=(1, 5000), thread_limits=(7,), styles=STYLES),
    "hostile names": Run(servers=HOSTILE),
    "closed loops": Run(executor="closed-loop", concurrencies=(8, 32)),
    "a constant rate": Run(executor="constant-arrival-rate", concurrencies=(500,), rates=(100, 400, 800)),
    "a rate at random": Run(executor="poisson-arrival-rate", concurrencies=(500,), rates=(100,), blocks=1),
}


def drawn(run: Findings) -> dict[str, Chart]:
    return {chart.name: chart for chart in draw_charts(run, bursts(run))}


def test_a_run_of_many_scenarios_leads_with_what_endpoints_should_be() -> None:
    first, *others = draw_charts(analyse(many(("uvicorn", "granian"), 6)), ())
    assert (first.name, [chart.name for chart in others]) == ("endpoints", ["staircase", "time", "servers"])
    (highest, *_) = rows(first)
    told = ("scenario", "concurrency", "style", "server", "place", "compared", "verdict")
    assert [highest[key] for key in told] == [
        "sleep",
        120,
        "def",
        "uvicorn",
        0,
        "sleep: async over def",
        "2.91 to 2.92 (2.87 to 2.94)",
    ]
    assert highest["low"] < highest["ratio"] < highest["high"]
    assert "one style is ahead in " in first.alt


def test_a_staircase_says_that_def_falls_behind_only_where_all_that_is_drawn_has_a_knee() -> None:
    of_one, of_many = (
        drawn(analyse(many(blocks=8, works={name: WORKS[name] for name in names}))) for names in (["sleep"], WORKS)
    )
    assert of_one["staircase"].title == "def falls behind async where its threads run out"
    assert of_many["staircase"].title == "How long bursts take in def and in async"


def with_cells(run: Findings, *cells: CellFinding) -> Findings:
    """The same run with other findings of some of its cells."""
    changed = {one.cell: one for one in cells}
    return replace(run, cells=tuple(changed.get(one.cell, one) for one in run.cells))


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("as it should be", ["staircase", "waves", "verdicts", "time", "health", "servers", "control"]),
        ("one style that blocks", ["staircase", "time", "health", "servers"]),
        ("one cell", ["staircase", "time", "health"]),
        ("no model", ["staircase", "verdicts", "time", "health", "servers", "control"]),
        ("closed loops", ["throughput", "verdicts", "time", "health", "control"]),
        ("a constant rate", ["saturation", "verdicts", "time", "health", "control"]),
    ],
)
def test_a_run_has_the_charts_that_it_has_something_for_the_lead_first(run: str, names: list[str]) -> None:
    assert list(drawn(whole(RUNS[run]))) == names
    assert [entry.name for entry in CHARTS if entry.name in names] == names


def test_a_run_that_measured_nothing_has_no_chart() -> None:
    run = whole()
    nothing = replace(run, cells=tuple(failed(one.cell) for one in run.cells), comparisons=(), control=None, knees=())

    assert drawn(nothing) == {}


@pytest.mark.parametrize("name", RUNS)
def test_every_row_says_what_it_was_measured_under(name: str) -> None:
    run = whole(RUNS[name])
    servers = {" ".join(one.cell.launch.server.split()) for one in run.cells}
    limits = {str(one.cell.launch.thread_limit) for one in run.cells}

    for chart in drawn(run).values():
        found = rows(chart)
        assert found, chart.name
        for row in found:
            assert row["server"] in servers
            assert row["style"] in RUNS[name].styles
            assert row["thread_limit"] in limits
            assert (row["executor"], row["client"]) == (RUNS[name].executor, "engine")
            assert isinstance(row["concurrency"], int)
            assert row["rate"] in RUNS[name].rates


@pytest.mark.parametrize("name", RUNS)
def test_every_panel_has_a_dataset_of_its_own(name: str) -> None:
    for chart in drawn(whole(RUNS[name])).values():
        assert [view["data"]["name"] for view in views(chart.spec)] == list(chart.spec["datasets"])
        assert "values" not in str([view["data"] for view in views(chart.spec)])


@pytest.mark.parametrize("name", RUNS)
def test_every_chart_says_in_words_what_it_shows(name: str) -> None:
    for chart in drawn(whole(RUNS[name])).values():
        assert chart.title
        assert " ".join(chart.spec["title"]["text"]) == chart.title
        assert chart.alt.endswith(".")
        assert not {"<NA>", "None", "nan"} & set(chart.alt.split())


def in_ms(value_s: float | None) -> float | None:
    return figure(None if value_s is None else 1000 * value_s)


def test_the_staircase_shows_the_figures_of_the_bursts_their_models_and_the_article() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), concurrencies=(1, 40, 41), delay_s=0.2))
    found = [one for one in rows(drawn(run)["staircase"]) if one["kind"] == "measured"]

    assert [(one["concurrency"], one["ms"], one["low_ms"], one["high_ms"], one["model_ms"]) for one in found] == [
        (one.cell.concurrency, *map(in_ms, (one.median_s, one.low_s, one.high_s, one.model_s))) for one in run.cells
    ]
    assert [one["label"] for one in found] == [None, None, "def"], "the name of a style stands at the end of its line"
    models = [one for one in rows(drawn(run)["staircase"]) if one["kind"] == "model"]
    assert [(one["concurrency"], one["ms"], one["style"]) for one in models] == [
        (1, 200, "def"),
        (40, 200, "def"),
        (41, 400, "def"),
    ]


def test_the_article_s_figures_are_drawn_where_its_experiment_was_repeated() -> None:
    run = whole(Run(servers=("uvicorn",), client="article", concurrencies=(40, 80), delay_s=2.0, thread_limits=(40,)))
    told = ArticleRow("uvicorn", "def", 80, 4.132, 4.1, 4.0, 0.02)
    of_article = [one for one in rows(drawn(with_article(run, [told]))["staircase"]) if one["kind"] == "article"]

    assert [(one["style"], one["concurrency"], one["ms"]) for one in of_article] == [("def", 80, 4132.0)]


def test_both_styles_share_a_panel_and_others_are_drawn_only_without_them() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def", "async", "async-blocking"), concurrencies=(1, 100)))
    (panel,) = views(drawn(run)["staircase"].spec)
    assert {one["style"] for one in rows(drawn(run)["staircase"])} == {"def", "async"}
    assert panel["layer"][2]["encoding"]["y"]["title"] == "ms until the last answer"
    assert panel["layer"][2]["encoding"]["x"]["title"] == "concurrent requests"
    alone = whole(Run(servers=("uvicorn",), styles=("async-blocking",), concurrencies=(1, 100)))
    assert {one["style"] for one in rows(drawn(alone)["staircase"])} == {"async-blocking"}


def test_the_title_of_the_staircase_claims_no_more_than_the_knees_do() -> None:
    run = whole()
    assert drawn(run)["staircase"].title == "def falls behind async where its threads run out"

    described = tuple(replace(knee, claimed=False) for knee in run.knees)
    early: tuple[Knee, ...] = (*run.knees[1:], moved(run.knees[0], 1, 40))
    for knees in (described, early):
        assert drawn(replace(run, knees=knees))["staircase"].title == "How long bursts take in def and in async"


def test_what_a_chart_has_no_room_for_is_named() -> None:
    run = whole(Run(thread_limits=("default", 7, 10, 20, 30, 100), concurrencies=(41,)))
    chart = drawn(run)["staircase"]

    assert sum(1 for _ in views(chart.spec)) == MOST_ROWS
    assert "Not drawn: 2 more settings (thread limit 30; thread limit 100)." in " ".join(
        chart.spec["title"]["subtitle"]
    )


def test_cells_without_a_figure_are_left_out_and_the_others_are_drawn() -> None:
    run = whole(Run(concurrencies=(1, 41)))
    broken = with_cells(run, failed(run.cells[0].cell), refused(run.cells[3].cell))
    found = [one for one in rows(drawn(broken)["staircase"]) if one["kind"] == "measured"]

    assert len(found) == len(run.cells) - 2
    assert None not in [one["ms"] for one in found]


def test_servers_are_held_against_each_other_at_the_highest_concurrency_that_all_of_them_have() -> None:
    run = whole(Run(styles=("def",), concurrencies=(1, 40, 41)))
    last = max(run.cells, key=lambda one: (one.cell.launch.server == "granian", one.cell.concurrency))
    chart = drawn(with_cells(run, failed(last.cell)))["servers"]

    assert [(one["server"], one["concurrency"]) for one in rows(chart)] == [
        ("uvicorn", 40),
        ("hypercorn", 40),
        ("granian", 40),
    ]
    assert next(views(chart.spec))["title"]["text"] == "def, 40 concurrent"


def test_bars_carry_their_figure_as_the_tables_write_it_and_the_mark_of_a_client_at_its_limit() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), executor="closed-loop", concurrencies=(32,)))
    assert [one["written"] for one in rows(drawn(run)["throughput"])] == ["320.0"]

    bound = with_cells(run, replace(run.cells[0], flagged_blocks={Flag.CLIENT_BOUND: 1}))
    chart = drawn(bound)["throughput"]
    assert [one["written"] for one in rows(chart)] == ["320.0†"]
    assert "† Client-bound" in " ".join(chart.spec["title"]["subtitle"])


def test_the_parts_of_the_time_are_those_of_the_findings() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), concurrencies=(81,)))
    split = run.cells[0].split
    assert split is not None
    assert split.wait is not None

    assert [(one["part"], one["ms"]) for one in rows(drawn(run)["time"])] == [
        ("waiting", figure(split.wait.p50_ms)),
        ("working", figure(split.work.p50_ms)),
        ("outside", figure(split.wire.p50_ms)),
    ]


def test_both_health_checks_are_drawn_from_their_median_to_the_slowest() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("def",), concurrencies=(81,)))

    assert [(one["check"], one["p50_ms"], one["max_ms"]) for one in rows(drawn(run)["health"])] == [
        ("async def check", 0.5, 2.0),
        ("def check", 1.5, 12.0),
    ]


def test_a_comparison_has_a_row_with_its_verdict_in_words() -> None:
    run = whole(Run(servers=("uvicorn",), concurrencies=(41,)))
    (row,) = rows(drawn(run)["verdicts"])
    (compared,) = run.comparisons

    assert (row["ratio"], row["low"], row["high"]) == tuple(map(figure, (compared.ratio, compared.low, compared.high)))
    assert (row["compared"], row["verdict"]) == ("def against async, uvicorn at 41", "undecided")


def test_verdicts_by_other_metrics_say_so() -> None:
    run = whole(Run(servers=("uvicorn",), concurrencies=(41,)))
    (by_time,) = run.comparisons
    by_cpu = replace(by_time, metric="cpu", verdict=Verdict.SLOWER)
    chart = drawn(replace(run, comparisons=(by_time, by_cpu)))["verdicts"]

    assert chart.title == "The verdicts: how many times as much the first took as the second"
    assert [(row["compared"], row["verdict"]) for row in rows(chart)] == [
        ("def against async, uvicorn at 41", "undecided"),
        ("def against async, uvicorn at 41, by CPU per request", "more"),
    ]


def test_verdicts_of_every_kind_are_one_sentence_and_reasons_are_plain_text() -> None:
    run = whole(Run(servers=("uvicorn", "granian"), concurrencies=(41,)))
    in_async = [one.cell for one in run.cells if one.cell.style == "async"]
    styles, _ = run.comparisons
    servers = replace(styles, cell=in_async[1], against=in_async[0])
    withheld = replace(styles, verdict=None, withheld=Withholding(Withheld.BLOCKS_LOST, 1, 7))
    chart = drawn(replace(run, comparisons=(styles, servers, withheld)))["verdicts"]

    assert chart.alt == (
        f"{chart.title}. def against async at 41 on uvicorn: undecided, 2.00 (2.00); granian against uvicorn "
        f"async at 41: undecided, 2.00 (2.00)."
    )
    assert rows(chart)[2]["verdict"] == "withheld: 1 of 7 blocks gave no f…"


def test_the_control_is_drawn_block_by_block_above_the_noise_of_its_cells() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("async",), concurrencies=(1, 41), blocks=3))
    found = rows(drawn(run)["control"])

    assert [one["ratio"] for one in found if one["place"] == 0 and "ratio" in one] == [1.01, 0.99, 1.03]
    assert [(one["low"], one["high"]) for one in found if "low" in one] == [(0.99, 1.03)]
    assert [one["ratio"] for one in found if one["place"] == 1] == [0.99, 1.0, 1.01]
    assert {one["name"] for one in found} == {
        "A/A control: 2 cells twice",
        "uvicorn async, 1 concurrent",
        "uvicorn async, 41 concurrent",
    }


def test_of_very_many_blocks_one_in_so_many_is_drawn_and_that_is_said() -> None:
    run = whole(Run(servers=("uvicorn",), styles=("async",), concurrencies=(1,)))
    assert run.control is not None
    many = replace(run.control, blocks=241, by_block=tuple(1 + place / 1000 for place in range(241)))
    (cell,) = run.cells
    chart = drawn(replace(run, control=many, cells=(replace(cell, by_block=dict.fromkeys(range(1, 242), 0.1)),)))[
        "control"
    ]
    points = [one for one in rows(chart) if "ratio" in one]

    assert [one["ratio"] for one in points if one["place"] == 0] == [figure(ratio) for ratio in many.by_block[::3]]
    assert sum(one["place"] == 1 for one in points) == 81
    assert "Drawn is one block in 3." in json.dumps(chart.spec["title"])


def test_open_loops_are_drawn_with_what_was_answered_and_how_late() -> None:
    run = whole(
        Run(servers=("uvicorn",), styles=("def",), executor="constant-arrival-rate", rates=(800,), concurrencies=(500,))
    )
    answered, late = drawn(run)["saturation"].spec["datasets"].values()
    (cell,) = run.cells
    assert cell.latency is not None

    assert [(one["rate"], one["rps"], one["low"], one["high"]) for one in answered] == [(800, 400.0, 396.0, 404.0)]
    assert [(one["quantile"], one["ms"]) for one in late] == [
        ("median", figure(cell.latency.p50_ms)),
        ("95th percentile", figure(cell.latency.p95_ms)),
    ]


def colours(spec: Any) -> dict[str, str]:
    """The colour of each name, wherever a specification gives it one."""
    found: dict[str, str] = {}
    if isinstance(spec, dict):
        if spec.get("field") == "shown_as" and str(spec.get("scale", {}).get("range", [""])[0]).startswith("#"):
            found |= dict(zip(spec["scale"]["domain"], spec["scale"]["range"], strict=True))
        parts: Sequence[Any] = list(spec.values())
    else:
        parts = spec if isinstance(spec, list) else []
    for part in parts:
        found |= colours(part)
    return found


def test_a_server_has_the_same_colour_in_every_chart() -> None:
    charted = [colours(chart.spec) for chart in drawn(whole()).values() if chart.name not in ("waves", "staircase")]

    assert all(
        {server: one[server] for server in one if server in SERVERS}
        == {server: SERVERS[server] for server in ("uvicorn", "hypercorn", "granian")}
        for one in charted
    )


def test_figures_are_cut_to_what_can_be_seen() -> None:
    assert [figure(value) for value in (0.123456, 1234.56, 41, None, 0.0)] == [0.1235, 1235.0, 41, None, 0.0]
