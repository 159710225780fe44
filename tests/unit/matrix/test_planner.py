"""Plans: profiles, variants, what is ruled out and why, and the part that is asked for."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.matrix.forecast import total_s
from harness.matrix.planner import make_plan
from harness.matrix.support import requirements
from harness.model.errors import InputError
from harness.model.plan import Limits, Load, Pair, Plan, Threshold, Variant
from tests.unit.matrix.written import GOOD, OPEN_LOOP, combination, plan_of, problems_of

FULL = """\
title: all of it
scenario: sleep
delay: 10ms
matrix:
  server: [uvicorn-h11, "a|b<script>"]
  style: def
  concurrency: 1
  rate: 50
executor: constant-arrival-rate
duration: 500ms
warmup: 200ms
settle: 20ms
client: {processes: 2, connections: keep-alive}
rounds: 4
blocks: {min: 3, max: 7}
budget: 90s
alive: 3
seed: 0
baseline: {server: uvicorn-h11, concurrency: 1, rate: 50}
compare:
  - {server: "a|b<script>", against: baseline, where: {style: def, concurrency: [1]}}
practical_difference: 2.5%
deadline: 1m
ready_timeout: 3s
stop_timeout: 500ms
servers:
  uvicorn-h11: {server: uvicorn, args: [--http, h11]}
  a|b<script>: {server: granian, env: {A: "1"}}
  unused: {server: daphne}
thresholds:
  ratio{style:def}: [< 1.25, "> 0.8"]
  errors: <= 0.5%
"""

PROFILES = f"""{GOOD}  exclude:
    - {{style: def, concurrency: 40}}
blocks: 6
servers: {{mine: {{server: uvicorn}}}}
profiles:
  smoke: {{blocks: 1, matrix: {{concurrency: 7}}}}
  other:
    title: another
    servers: {{theirs: {{server: daphne}}}}
    matrix: {{server: [mine, theirs], exclude: []}}
"""

STEADY = f"""{GOOD}  client: [engine, aiohttp, article]
executor: closed-loop
duration: 20s
warmup: 2s
client: {{connections: per-request}}
profiles:
  short: {{duration: 1s, client: {{processes: 2}}}}
  article: {{executor: burst, settle: 1s, matrix: {{client: article}}}}
  rates: {{executor: poisson-arrival-rate, client: {{connections: keep-alive}}, matrix: {{rate: [100, 200]}}}}
"""


def styles_and_concurrencies(plan: Plan) -> list[tuple[str, int]]:
    return [(cell.style, cell.concurrency) for cell in plan.cells]


def test_a_plan_holds_all_that_the_file_says(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, FULL)
    assert plan == Plan(
        title="all of it",
        cells=plan.cells,
        refusals=(),
        blocks=7,
        min_blocks=3,
        seed=0,
        limits=Limits(ready_s=3.0, cell_s=60.0, stop_s=0.5),
        load=Load(settle_s=0.02, warmup_s=0.2, duration_s=0.5, processes=2, connections="keep-alive"),
        variants={
            "uvicorn-h11": Variant("uvicorn", ("--http", "h11")),
            "a|b<script>": Variant("granian", env={"A": "1"}),
            "uvicorn-h11 (A/A)": Variant("uvicorn", ("--http", "h11")),
        },
        practical_difference=0.025,
        baseline={"server": "uvicorn-h11", "concurrency": 1, "rate": 50},
        controls=(Pair(cell=2, against=0),),
        comparisons=(Pair(cell=1, against=0),),
        thresholds=(
            Threshold("ratio{style:def}: < 1.25", "ratio", (1,), "<", (1.25,)),
            Threshold("ratio{style:def}: > 0.8", "ratio", (1,), ">", (0.8,)),
            Threshold("errors: <= 0.5%", "errors", (0, 1), "<=", (0.005,), "share"),
        ),
        rounds=4,
        focus=frozenset({0, 1, 2}),
        alive=3,
        budget_s=90.0,
        profile=None,
        only=(),
        matrix=FULL,
    )
    assert [combination(cell) for cell in plan.cells] == [
        ("sleep", "uvicorn-h11", "default", 1, "uvloop", None, "engine", "def", 1, 50),
        ("sleep", "a|b<script>", "default", 1, "uvloop", None, "engine", "def", 1, 50),
        ("sleep", "uvicorn-h11 (A/A)", "default", 1, "uvloop", None, "engine", "def", 1, 50),
    ]
    assert {(cell.executor, cell.launch.delay_s) for cell in plan.cells} == {("constant-arrival-rate", 0.01)}


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, GOOD)
    assert (plan.blocks, plan.min_blocks, plan.seed, plan.practical_difference) == (6, 6, 1, 0.05)
    assert plan.limits == Limits(30.0, 60.0, 10.0)
    assert (plan.baseline, plan.variants) == ({}, {"uvicorn": Variant("uvicorn")})
    assert (plan.comparisons, plan.controls, plan.thresholds) == ((), (), ())
    assert combination(plan.cells[0]) == ("sleep", "uvicorn", "default", 1, "uvloop", None, "engine", "def", 20, None)
    assert plan.load == Load(settle_s=0.01, warmup_s=1.0, duration_s=10.0, processes=1, connections="keep-alive")
    assert (plan.cells[0].executor, plan.cells[0].launch.delay_s) == ("burst", 0.1)


def test_a_scenario_without_delay_has_none_beside_one_that_has(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, GOOD.replace("sleep", "[sleep, noop]\ndelay: 2s"))
    assert {(cell.launch.scenario, cell.launch.delay_s) for cell in plan.cells} == {("sleep", 2.0), ("noop", None)}


def test_a_profile_replaces_keys_and_within_the_matrix_axes(tmp_path: Path) -> None:
    smoke = plan_of(tmp_path, PROFILES, "smoke")
    assert (smoke.title, smoke.blocks, smoke.profile) == ("a matrix", 1, "smoke")
    assert styles_and_concurrencies(smoke) == [("def", 7), ("async", 7)]
    assert styles_and_concurrencies(plan_of(tmp_path, PROFILES)) == [("def", 20), ("async", 20), ("async", 40)]


def test_a_profile_adds_variants_and_may_empty_the_excludes(tmp_path: Path) -> None:
    other = plan_of(tmp_path, PROFILES, "other")
    assert (other.title, other.blocks, len(other.cells)) == ("another", 6, 8)
    assert other.variants == {"mine": Variant("uvicorn"), "theirs": Variant("daphne")}


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, PROFILES, "smoek") == ["--profile: unknown profile 'smoek'; did you mean 'smoke'?"]
    assert problems_of(tmp_path, GOOD, "smoke") == ["--profile: unknown profile 'smoke'; there is none"]


def test_every_profile_is_checked_whichever_is_asked_for(tmp_path: Path) -> None:
    text = f"""{GOOD}profiles:
  good: {{blocks: 1}}
  bad: {{matrix: {{style: deff, concurrency: 0}}, profiles: {{}}}}
  empty: {{matrix: {{exclude: [{{server: uvicorn}}]}}}}
  unfit: {{matrix: {{exclude: [{{server: daphne}}]}}}}
  astray: {{baseline: {{concurrency: 41}}}}
  noop: {{scenario: noop, delay: 1s, matrix: {{style: async-blocking}}}}
"""
    assert problems_of(tmp_path, text, "good") == [
        "matrix.yaml:9:25: unknown style 'deff'; did you mean 'def'? (with profile 'bad')",
        "matrix.yaml:9:44: expected a whole number from 1 to 5000 in plain digits or 'around-knees', found '0'",
        (
            "matrix.yaml:9:48: unknown key 'profiles'; choose from title, scenario, delay, parameters, matrix, "
            "database, executor, duration, warmup, settle, client, rounds, blocks, budget, alive, seed, baseline, "
            "compare, practical_difference, deadline, ready_timeout, stop_timeout, servers, thresholds"
        ),
        (
            "matrix.yaml:10:11: `exclude` leaves nothing to measure; remove an entry, or name more values "
            "(with profile 'empty')"
        ),
        (
            "matrix.yaml:11:30: this excludes nothing: server is never 'daphne', it is uvicorn; "
            "fix it or remove it (with profile 'unfit')"
        ),
        (
            "matrix.yaml:12:12: no combination has concurrency '41'; name values that are measured together "
            "(with profile 'astray')"
        ),
        "matrix.yaml:13:26: scenario noop takes no delay; leave it out (with profile 'noop')",
        "matrix.yaml:13:53: scenario noop has no style 'async-blocking'; choose from async, def (with profile 'noop')",
    ]


def test_what_a_profile_inherits_need_not_fit_it(tmp_path: Path) -> None:
    text = f"""{GOOD}  exclude: [{{concurrency: 40}}]
  include: [{{concurrency: 20, workers: 2}}]
delay: 1s
baseline: {{concurrency: 20}}
profiles:
  else: {{scenario: noop, matrix: {{concurrency: 7}}}}
"""
    assert styles_and_concurrencies(plan_of(tmp_path, text, "else")) == [("def", 7), ("async", 7)]


def test_only_joins_values_of_an_axis_and_crosses_axes(tmp_path: Path) -> None:
    text = GOOD.replace("[20, 40]", "[20, 40, 41]")
    plan = plan_of(tmp_path, text, only=("style=def", "concurrency=41", "concurrency=20", "scenario=sleep"))
    assert styles_and_concurrencies(plan) == [("def", 20), ("def", 41)]
    assert plan.only == ("style=def", "concurrency=41", "concurrency=20", "scenario=sleep")
    assert styles_and_concurrencies(plan_of(tmp_path, text, only=["concurrency=20,41", "style=def"])) == [
        ("def", 20),
        ("def", 41),
    ]


@pytest.mark.parametrize(
    ("only", "problems"),
    [
        (["stile=def"], ["--only: unknown axis 'stile'; did you mean 'style'?"]),
        (["def"], ["--only: expected axis=value, found 'def'"]),
        (["style=deff"], ["--only: no cell has style 'deff'; did you mean 'def'?"]),
        (["concurrency=", "loop=auto"], [
            "--only: no cell has concurrency ''; choose from 20, 40, 1",
            "--only: no cell has loop 'auto'; choose from uvloop",
        ]),
        (["rate=200"], ["--only: no cell has rate '200'; there is none"]),
        (["rate=None"], ["--only: no cell has rate 'None'; there is none"]),
        (["concurrency=1", "style=async"], [
            "--only: no cell agrees with all of concurrency=1 style=async; ask for less at a time"
        ]),
    ],
)  # fmt: skip
def test_an_only_that_fits_nothing_is_refused(tmp_path: Path, only: list[str], problems: list[str]) -> None:
    text = f"{GOOD}  include: [{{server: uvicorn, style: def, concurrency: 1}}]\n"
    assert problems_of(tmp_path, text, only=only) == problems


def test_only_takes_rates_as_it_takes_other_axes(tmp_path: Path) -> None:
    assert {cell.rate for cell in plan_of(tmp_path, OPEN_LOOP, only=["rate=200"]).cells} == {200}
    assert problems_of(tmp_path, OPEN_LOOP, only=["rate=20"]) == ["--only: no cell has rate '20'; did you mean '200'?"]


def test_only_leaves_out_the_servers_that_are_not_asked_for(tmp_path: Path) -> None:
    text = GOOD.replace("uvicorn", "[uvicorn, granian]")
    assert requirements(plan_of(tmp_path, text)) == ["granian[uvloop]>=2.8", "uvicorn[standard]>=0.54"]
    assert requirements(plan_of(tmp_path, text, only=["server=granian"])) == ["granian[uvloop]>=2.8"]


def test_servers_that_are_not_installed_are_unsupported_with_the_command_that_installs_them(tmp_path: Path) -> None:
    asked: list[str] = []

    def installed(distribution: str) -> bool:
        asked.append(distribution)
        return distribution != "hypercorn"

    plan = plan_of(tmp_path, GOOD.replace("uvicorn", "[uvicorn, hypercorn]"), installed=installed)
    assert {cell.launch.server for cell in plan.cells} == {"uvicorn"}
    assert {(refusal.cell.launch.server, refusal.status, refusal.reason) for refusal in plan.refusals} == {
        ("hypercorn", "unsupported", 'hypercorn is not installed; python -m pip install "hypercorn[uvloop]>=0.18"')
    }
    assert requirements(plan) == ["hypercorn[uvloop]>=0.18", "uvicorn[standard]>=0.54"]


def test_a_server_that_runs_one_process_is_unsupported_with_more(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, GOOD.replace("uvicorn", "daphne") + "  workers: [1, 2]\n")
    assert {cell.launch.workers for cell in plan.cells} == {1}
    assert {(refusal.cell.launch.workers, refusal.reason) for refusal in plan.refusals} == {
        (2, "daphne runs one process only, not 2 workers")
    }


def test_a_style_that_one_of_several_scenarios_lacks_is_unsupported_there(tmp_path: Path) -> None:
    text = GOOD.replace("sleep", "[sleep, noop]").replace("def,", "async-blocking,").replace("[20, 40]", "1")
    plan = plan_of(tmp_path, text)
    assert [(refusal.cell.launch.scenario, refusal.status, refusal.reason) for refusal in plan.refusals] == [
        ("noop", "unsupported", "scenario noop has no style async-blocking; it has def, async")
    ]


def test_a_cell_that_would_take_longer_than_the_deadline_is_skipped(tmp_path: Path) -> None:
    text = GOOD.replace("[def, async]", "async-blocking") + "deadline: 3s\n"
    plan = plan_of(tmp_path, text)
    assert styles_and_concurrencies(plan) == [("async-blocking", 20)]
    assert [(refusal.cell.concurrency, refusal.status, refusal.reason) for refusal in plan.refusals] == [
        (
            40,
            "skipped",
            "should take 4.08 s, beyond the deadline of 3 s; raise `deadline`, lower the concurrency or exclude it",
        )
    ]


def test_a_window_longer_than_the_deadline_is_skipped_with_the_advice_to_shorten_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{GOOD}executor: closed-loop\nduration: 2m\n")
    assert plan.cells == ()
    assert next(refusal.reason for refusal in plan.refusals if refusal.cell.style == "async") == (
        "should take 121.16 s, beyond the deadline of 60 s; "
        "raise `deadline`, shorten `duration`, lower the concurrency or exclude it"
    )


@pytest.mark.parametrize("executor", ["constant-arrival-rate", "poisson-arrival-rate"])
def test_only_the_engine_can_keep_an_open_loop(tmp_path: Path, executor: str) -> None:
    text = OPEN_LOOP.replace("constant-arrival-rate", executor) + "warmup: 100ms\n"
    plan = plan_of(tmp_path, text.replace("executor", "  client: [engine, aiohttp, article]\nexecutor"))
    assert {(cell.executor, cell.client) for cell in plan.cells} == {(executor, "engine")}
    cannot = "connects when it likes, so it cannot keep an open loop; use client engine"
    assert {(refusal.cell.client, refusal.status, refusal.reason) for refusal in plan.refusals} == {
        ("aiohttp", "unsupported", f"client aiohttp {cannot}"),
        ("article", "unsupported", f"client article {cannot}"),
    }


def test_a_connection_a_request_is_no_open_loop(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{OPEN_LOOP}client: {{connections: per-request}}\n")
    assert plan.cells == ()
    assert {(refusal.status, refusal.reason) for refusal in plan.refusals} == {
        ("unsupported", "an open loop opens no connection inside its window; use `connections: keep-alive`")
    }


def test_every_client_can_offer_a_closed_loop_or_a_burst_and_open_a_connection_a_request(tmp_path: Path) -> None:
    for executor in ("burst", "closed-loop"):
        text = f"{GOOD}  client: [engine, aiohttp, article]\nexecutor: {executor}\n"
        plan = plan_of(tmp_path, f"{text}client: {{connections: per-request}}\n")
        assert (len(plan.cells), plan.refusals) == (12, ())


def test_a_profile_replaces_the_load_and_within_the_client_keys(tmp_path: Path) -> None:
    whole = Load(settle_s=0.01, warmup_s=2.0, duration_s=20.0, processes=1, connections="per-request")
    assert plan_of(tmp_path, STEADY).load == whole
    assert plan_of(tmp_path, STEADY, "short").load == replace(whole, duration_s=1.0, processes=2)
    assert plan_of(tmp_path, STEADY, "rates").load == replace(whole, connections="keep-alive")


def test_a_window_that_a_burst_merely_inherits_is_no_problem(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, STEADY, "article")
    assert {(cell.executor, cell.client) for cell in plan.cells} == {("burst", "article")}
    assert plan.load.settle_s == 1.0


def test_the_matrix_at_the_root_and_its_profiles_are_plans_that_fit_their_time() -> None:
    root = Path(__file__).parents[3] / "matrix.yaml"
    totals_s = {
        profile: total_s(make_plan(root, profile))
        for profile in (None, "smoke", "article", "knees", "throughput", "saturation")
    }
    assert max(totals_s.values()) < 500
    assert totals_s["smoke"] < 45
    article = make_plan(root, "article")
    assert {(cell.launch.delay_s, cell.launch.thread_limit, cell.client) for cell in article.cells} == {
        (2.0, "default", "article"),
        (2.0, "default", "engine"),
    }
    assert sorted({(cell.style, cell.concurrency) for cell in article.cells}) == [
        (style, concurrency) for style in ("async", "def") for concurrency in (20, 40, 80, 120)
    ]


def test_a_file_is_named_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    Path("sub/mine.yml").write_text("x: 1\n")
    with pytest.raises(InputError, match=r"^sub/mine\.yml:1:1: "):
        make_plan(Path("sub/mine.yml"))
