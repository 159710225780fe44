"""What a matrix file may not say, and what it is told."""

from pathlib import Path

import pytest

from harness.matrix.catalog import scenario_catalog
from harness.matrix.planner import make_plan
from harness.model.errors import InputError
from tests.unit.matrix.written import GOOD, OPEN_LOOP, plan_of, problems_of

WHOLE = "expected a whole number from 1 to 1000 in plain digits"
DURATION = "expected a duration such as 250us, 100ms, 2s or 1m, at most 60m"
SHARE = "expected a share such as 5% or 2.5%, below 100%"
QUOTE_IT = "put it in quotes to make it text"
STEADY_INSTEAD = "choose executor closed-loop, constant-arrival-rate or poisson-arrival-rate, or leave it out"
CONCURRENCY = "expected a whole number from 1 to 5000 in plain digits or 'around-knees'"
OPEN_LOOP_INSTEAD = "choose executor constant-arrival-rate or poisson-arrival-rate, or leave it out"
NEEDS_A_RATE = (
    "needs a rate, and there are combinations that have none; "
    "write `rate` under `matrix`, and in an entry of `include` that is a combination of its own"
)
NOTHING_TO_DECIDE = (
    "a run goes on after its fewest blocks until its comparisons are settled, and there are none; "
    "write `compare`, or one number of blocks"
)
BLOCK_OF_TEXT = "'>' and '|' begin a block of text here; put a condition such as '> 0.8' in quotes"
AN_AXIS = "the client of a cell is an axis: write it under `matrix`"
NO_AXIS = "the engine's settings are not an axis: write them under `client` at the top level"

ONE_VALUE = {
    "blocks: on": f"1:9: {WHOLE}, found 'on', which YAML reads as true or false",
    "blocks: 0": f"1:9: {WHOLE}, found '0'",
    "blocks: 1001": f"1:9: {WHOLE}, found '1001'",
    "blocks: -1": f"1:9: {WHOLE}, found '-1', which YAML reads as a number",
    'blocks: "6"': f"1:9: {WHOLE}, found '6' in quotes, which make it text",
    "blocks: six": f"1:9: {WHOLE}, found 'six'",
    "blocks: ~": f"1:9: {WHOLE}, found nothing (~)",
    "blocks:": f"1:8: {WHOLE}, found nothing",
    "blocks: [6]": f"1:9: {WHOLE}, found a list",
    "blocks: {min: 6}": (
        "1:9: the key 'max' is missing: The most blocks: after these the run ends, even if comparisons are undecided."
    ),
    "blocks: {min: 6, max: 1001}": f"1:23: {WHOLE}, found '1001'",
    "blocks: {min: 0, max: 6}": f"1:15: {WHOLE}, found '0'",
    "blocks: {min: 7, max: 6}": "1:9: expected min to be at most max, found min 7 and max 6",
    "blocks: {min: 6, max: 30}": f"1:1: {NOTHING_TO_DECIDE}",
    "compare: []\nblocks: {min: 6, max: 30}": f"2:1: {NOTHING_TO_DECIDE}",
    "deadline: 100": f"1:11: {DURATION}, found '100', which YAML reads as a number",
    "deadline: 100 ms": f"1:11: {DURATION}, found '100 ms'",
    "deadline: 0s": f"1:11: {DURATION}, found '0s'",
    "deadline: 61m": f"1:11: {DURATION}, found '61m'",
    "deadline: [1s]": f"1:11: {DURATION}, found a list",
    "practical_difference: 5": f"1:23: {SHARE}, found '5', which YAML reads as a number",
    "practical_difference: 0%": f"1:23: {SHARE}, found '0%'",
    "practical_difference: 100%": f"1:23: {SHARE}, found '100%'",
    "executor: bust": "1:11: unknown executor 'bust'; did you mean 'burst'?",
    "executor: open-loop": "1:11: unknown executor 'open-loop'; did you mean 'closed-loop'?",
    "executor: on": (
        "1:11: expected burst or closed-loop or constant-arrival-rate or poisson-arrival-rate, "
        "found 'on', which YAML reads as true or false"
    ),
    "executor: !fast burst": "1:11: expected no tag, found '!fast'; leave it out",
    "blokcs: 6": "1:1: unknown key 'blokcs'; did you mean 'blocks'?",
    "1: 2": f"1:1: expected text, found '1', which YAML reads as a number; {QUOTE_IT}",
    "[a]: 2": "1:1: expected text, found a list",
    "<<: {blocks: 1}": "1:1: expected a key, found the merge key '<<'; write the keys out",
    "seed: 1\nseed: 2": "2:1: the key 'seed' was given on line 1 already; keep one of them",
    "baseline: {}": (
        "1:11: expected at least one of scenario, server, thread_limit, workers, loop, pool_size, client, style, "
        "concurrency, rate, found none"
    ),
    "baseline: {style: [def]}": (
        f"1:19: expected {' or '.join(sorted({each for it in scenario_catalog().values() for each in it.styles}))}, "
        "found a list"
    ),
    "baseline: {loop: auto}": "1:18: unknown loop 'auto'; choose from asyncio, uvloop",
    "baseline: {server: daphne}": "1:1: no combination has server 'daphne'; name values that are measured together",
    "baseline: {rate: 200}": "1:1: no combination has rate '200'; name values that are measured together",
    "executor: closed-loop\nduration: 10": f"2:11: {DURATION}, found '10', which YAML reads as a number",
    "executor: closed-loop\nwarmup: 0s": f"2:9: {DURATION}, found '0s'",
    "executor: closed-loop\nduration: 99ms": (
        "2:11: '99ms' is too short: the edges of a shorter window weigh too much; make it at least 100ms"
    ),
    "duration: 5s": f"1:1: a burst takes no duration; {STEADY_INSTEAD}",
    "warmup: 1s": f"1:1: a burst takes no warmup; {STEADY_INSTEAD}",
    "executor: poisson-arrival-rate": f"1:1: executor poisson-arrival-rate {NEEDS_A_RATE}",
    "settle: 10": f"1:9: {DURATION}, found '10', which YAML reads as a number",
    "client: aiohttp": f"1:9: expected a mapping with keys such as 'processes', found 'aiohttp'; {AN_AXIS}",
    "client: [engine, aiohttp]": f"1:9: expected a mapping with keys such as 'processes', found a list; {AN_AXIS}",
    "client: {process: 2}": "1:10: unknown key 'process'; did you mean 'processes'?",
    "client: {processes: 17}": "1:21: expected a whole number from 1 to 16 in plain digits, found '17'",
    "client: {connections: keepalive}": "1:23: unknown connections 'keepalive'; did you mean 'keep-alive'?",
    "baseline: {client: {processes: 2}}": f"1:20: expected engine or aiohttp or article, found a mapping; {NO_AXIS}",
    "servers: {uvicorn: {server: uvicorn}}": (
        "1:11: 'uvicorn' is already the name of a server; give the variant another name"
    ),
    "servers: {a: {server: uvicorm}}": "1:23: unknown server 'uvicorm'; did you mean 'uvicorn'?",
    "servers: {a: {args: [x]}}": "1:14: the key 'server' is missing: The file of servers/ that it is a variant of.",
    "servers: {a: {server: uvicorn, args: --http}}": "1:38: expected a list, found '--http'",
    "servers: {a: {server: uvicorn, args: [3]}}": (
        f"1:39: expected text, found '3', which YAML reads as a number; {QUOTE_IT}"
    ),
    "servers: {a: {server: uvicorn, env: {A: no}}}": (
        f"1:41: expected text, found 'no', which YAML reads as true or false; {QUOTE_IT}"
    ),
    "servers: {a: {server: uvicorn, env: {A=B: c}}}": (
        "1:38: expected the name of an environment variable, found 'A=B'; leave out '=' and the rest"
    ),
    "servers: {all: {server: uvicorn}}": ("1:11: 'all' is a reserved word of `compare`; give the variant another name"),
    "servers: {baseline: {server: uvicorn}}": (
        "1:11: 'baseline' is a reserved word of `compare`; give the variant another name"
    ),
    "servers: {'a (A/A)': {server: uvicorn}}": (
        "1:11: names that end in ' (A/A)' are kept for the A/A control; give the variant another name"
    ),
    "thresholds: {kne: x}": "1:14: unknown metric 'kne'; did you mean 'knee'?",
    "thresholds: {'p99{stile:def}': x}": "1:14: unknown axis 'stile'; did you mean 'style'?",
    "thresholds: {'p99{style}': x}": "1:14: expected a value for 'style' in 'p99{style}', such as 'style:...'",
    "thresholds: {'p99{': x}": "1:14: expected a threshold such as 'knee{style:def,thread_limit:40}', found 'p99{'",
    "thresholds: {p99: 2}": f"1:19: expected text, found '2', which YAML reads as a number; {QUOTE_IT}",
}


@pytest.mark.parametrize(("line", "problem"), ONE_VALUE.items(), ids=ONE_VALUE)
def test_a_value_of_the_wrong_form_is_refused_where_it_stands(tmp_path: Path, line: str, problem: str) -> None:
    assert problems_of(tmp_path, f"{line}\n{GOOD}") == [f"matrix.yaml:{problem}"]


@pytest.mark.parametrize(
    "number", ["010", "0x10", "0o17", "0b1", "1_000", "1:30", "1e3", ".5", "1.0", "+5", "2026-01-01"]
)
def test_a_number_in_any_other_notation_is_refused(tmp_path: Path, number: str) -> None:
    meaning = "a date" if "-" in number else "a number"
    assert problems_of(tmp_path, GOOD.replace("[20, 40]", number)) == [
        (f"matrix.yaml:6:16: {CONCURRENCY}, found '{number}', which YAML reads as {meaning}")
    ]


@pytest.mark.parametrize(
    ("title", "meaning"),
    [
        *(("on", "true or false"), ("yes", "true or false"), ("false", "true or false"), ("12", "a number")),
        *(("1e3", "a number"), ("1:30", "a number"), ("0o17", "a number"), ("2026-01-01", "a date")),
        ("=", "a default value"),
    ],
)
def test_text_that_yaml_takes_for_something_else_has_to_be_quoted(tmp_path: Path, title: str, meaning: str) -> None:
    assert problems_of(tmp_path, GOOD.replace("a matrix", title)) == [
        f"matrix.yaml:1:8: expected text, found '{title}', which YAML reads as {meaning}; {QUOTE_IT}"
    ]
    assert plan_of(tmp_path, GOOD.replace("a matrix", f'"{title}"')).title == title


@pytest.mark.parametrize("title", ['"a\\nb"', '"a\\0b"', '"\\ud800"', "|\n  a\n  b", '"a\\u2028b"'])
def test_text_has_one_line_and_no_control_characters(tmp_path: Path, title: str) -> None:
    (problem,) = problems_of(tmp_path, GOOD.replace("a matrix", title))
    assert problem.startswith("matrix.yaml:1:8: expected text on one line without control characters, found ")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("uvicorn", "uvicorm", "4:11: unknown server 'uvicorm'; did you mean 'uvicorn'?"),
        ("def,", "asynk,", "5:11: unknown style 'asynk'; did you mean 'async'?"),
        ("def,", "sync,", "5:11: unknown style 'sync'; did you mean 'def'?"),
        ("sleep", "slep", "2:11: unknown scenario 'slep'; did you mean 'sleep'?"),
        ("  style", "  loop: uvlop\n  style", "5:9: unknown loop 'uvlop'; did you mean 'uvloop'?"),
        ("  style", "  client: aihttp\n  style", "5:11: unknown client 'aihttp'; did you mean 'aiohttp'?"),
        ("  style", "  worker: 1\n  style", "5:3: unknown key 'worker'; did you mean 'workers'?"),
        (
            "  style",
            "  client: {processes: 2}\n  style",
            f"5:11: expected engine or aiohttp or article, found a mapping; {NO_AXIS}",
        ),
        ("  style", "  rate: 200\n  style", f"5:3: executor burst takes no rate; {OPEN_LOOP_INSTEAD}"),
        ("[20, 40]", "[]", "6:16: expected at least one value, found an empty list"),
        ("[20, 40]", "[20, 40, 20]", "6:25: '20' is listed twice; list it once"),
        (
            "[20, 40]",
            "[20, [40]]",
            f"6:21: {CONCURRENCY}, found a list",
        ),
        (
            "[20, 40]",
            "[20, null]",
            f"6:21: {CONCURRENCY}, found nothing (null)",
        ),
        (
            "  server: uvicorn\n",
            "",
            ("4:3: the key 'server' is missing: The ASGI servers to measure: files of servers/, or variants from the "
            "key `servers`."),
        ),
        (
            "scenario: sleep\n",
            "",
            (
                "1:1: the key 'scenario' is missing: "
                "The work that every request does: a file of scenarios/, an app of your own, or several of these."
            ),
        ),
        ("title: a matrix", 'title: ""', "1:8: expected text, found nothing; write it, or leave the key out"),
        (
            "sleep",
            "sleep\ndelay: 5ms",
            "3:8: '5ms' is too short: event loops count in whole milliseconds; make it at least 10ms",
        ),
        ("sleep", "noop\ndelay: 1s", "3:1: scenario noop takes no delay; leave it out"),
        ("sleep", "noop", None),
    ],
)  # fmt: skip
def test_names_and_axes_are_checked_where_they_stand(tmp_path: Path, old: str, new: str, problem: str | None) -> None:
    text = GOOD.replace(old, new, 1)
    if problem is None:
        plan_of(tmp_path, text)
    else:
        assert problems_of(tmp_path, text) == [f"matrix.yaml:{problem}"]


def test_the_shortest_duration_is_allowed_in_every_unit(tmp_path: Path) -> None:
    for duration in ("100ms", "100000us"):
        assert plan_of(tmp_path, f"{GOOD}executor: closed-loop\nduration: {duration}\n").load.duration_s == 0.1


def test_a_style_that_the_only_scenario_lacks_is_an_error(tmp_path: Path) -> None:
    text = GOOD.replace("sleep", "noop").replace("def,", "async-blocking,")
    assert problems_of(tmp_path, text) == [
        "matrix.yaml:5:11: scenario noop has no style 'async-blocking'; choose from async, def"
    ]


def test_a_rate_is_refused_wherever_it_is_written_for_an_executor_that_takes_none(tmp_path: Path) -> None:
    text = f"""{GOOD}  rate: 200
  exclude: [{{style: def, rate: 300}}]
  include:
    - {{style: async, rate: 200}}
executor: closed-loop
"""
    problem = f"executor closed-loop takes no rate; {OPEN_LOOP_INSTEAD}"
    assert problems_of(tmp_path, text) == [
        f"matrix.yaml:7:3: {problem}",
        f"matrix.yaml:8:26: {problem}",
        f"matrix.yaml:10:22: {problem}",
    ]


def test_nothing_is_said_of_rates_and_windows_while_the_executor_is_unknown(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"{GOOD}  rate: 200\nduration: 5s\nexecutor: open-loop\n") == [
        "matrix.yaml:9:11: unknown executor 'open-loop'; did you mean 'closed-loop'?"
    ]


def test_an_open_loop_needs_a_rate_for_a_combination_of_its_own_too(tmp_path: Path) -> None:
    alone = "  include: [{server: granian, style: def, concurrency: 1}]\n"
    text = OPEN_LOOP.replace("executor", f"{alone}executor")
    assert problems_of(tmp_path, text) == [f"matrix.yaml:9:1: executor constant-arrival-rate {NEEDS_A_RATE}"]
    plan_of(tmp_path, text.replace("concurrency: 1}", "concurrency: 1, rate: 5}"))


def test_a_profile_is_told_of_rates_and_windows_that_it_writes_itself(tmp_path: Path) -> None:
    text = f"""{OPEN_LOOP}duration: 5s
warmup: 1s
profiles:
  inherits: {{executor: burst}}
  burst: {{executor: burst, duration: 2s, warmup: 1s}}
  closed: {{executor: closed-loop, matrix: {{rate: 50}}}}
  entry: {{executor: closed-loop, matrix: {{exclude: [{{style: def, rate: 100}}]}}}}
  alone: {{matrix: {{include: [{{server: granian, style: def, concurrency: 1}}]}}}}
"""
    assert problems_of(tmp_path, text, "inherits") == [
        f"matrix.yaml:8:1: executor constant-arrival-rate {NEEDS_A_RATE} (with profile 'alone')",
        f"matrix.yaml:13:28: a burst takes no duration; {STEADY_INSTEAD} (with profile 'burst')",
        f"matrix.yaml:13:42: a burst takes no warmup; {STEADY_INSTEAD} (with profile 'burst')",
        f"matrix.yaml:14:44: executor closed-loop takes no rate; {OPEN_LOOP_INSTEAD} (with profile 'closed')",
        f"matrix.yaml:15:66: executor closed-loop takes no rate; {OPEN_LOOP_INSTEAD} (with profile 'entry')",
    ]


def test_what_is_wrong_without_a_profile_is_told_once(tmp_path: Path) -> None:
    text = f"{GOOD}executor: constant-arrival-rate\nprofiles: {{one: {{blocks: 1}}, two: {{duration: 1s}}}}\n"
    assert problems_of(tmp_path, text) == [f"matrix.yaml:7:1: executor constant-arrival-rate {NEEDS_A_RATE}"]
    text = f"{GOOD}duration: 5s\nprofiles: {{one: {{blocks: 1}}, two: {{executor: closed-loop}}}}\n"
    assert problems_of(tmp_path, text) == [f"matrix.yaml:7:1: a burst takes no duration; {STEADY_INSTEAD}"]


def test_all_problems_of_a_file_are_told_at_once_in_its_order(tmp_path: Path) -> None:
    text = """\
    titel: x
    title: yes
    scenario: sleep
    delay: 100
    matrix:
      server: [uvicorn, granain]
      style: [asynk, def]
      concurrency: [1, 2]
      exclude:
        - {style: asynk, concurrency: 3}
    blocks: "6"
    profiles:
      smoke: {matrix: {style: deff}}
    """
    assert problems_of(tmp_path, text) == [
        "matrix.yaml:1:1: unknown key 'titel'; did you mean 'title'?",
        f"matrix.yaml:2:8: expected text, found 'yes', which YAML reads as true or false; {QUOTE_IT}",
        f"matrix.yaml:4:8: {DURATION}, found '100', which YAML reads as a number",
        "matrix.yaml:6:21: unknown server 'granain'; did you mean 'granian'?",
        "matrix.yaml:7:11: unknown style 'asynk'; did you mean 'async'?",
        "matrix.yaml:10:7: this excludes nothing: concurrency is never '3', it is 1, 2; fix it or remove it",
        "matrix.yaml:10:15: unknown style 'asynk'; did you mean 'async'?",
        f"matrix.yaml:11:9: {WHOLE}, found '6' in quotes, which make it text",
        "matrix.yaml:13:27: unknown style 'deff'; did you mean 'def'? (with profile 'smoke')",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ": the file is empty; it needs a scenario and a matrix"),
        ("# nothing yet\n", ": the file is empty; it needs a scenario and a matrix"),
        ("- a\n", ":1:1: expected a mapping with keys such as 'title', found a list"),
        ("a: 1\n---\nb: 2\n", ":2:1: a second document starts here; a file holds one matrix"),
        (
            "a: [1\n",
            ":2:1: not readable as YAML: the bracket opened at 1:4 is not closed before this, or a comma is missing",
        ),
        ("a:\n\tb: 1\n", ":2:1: not readable as YAML: found a tab; indent with spaces"),
        (
            "a:\n  b: 1\n   c: 2\n",
            ":3:5: not readable as YAML: a colon is out of place here; check the indentation, or use quotes",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            ":3:2: not readable as YAML: this is indented differently from its neighbours; line them up",
        ),
        (
            "a: 1\nblocks:6\nc: 2\n",
            ":2:1: not readable as YAML: this is neither a key nor a value; a key has a colon and a space after it",
        ),
        *(
            (text, f":{at}: not readable as YAML: {BLOCK_OF_TEXT}")
            for text, at in {"a:\n  b: > 0.8\n": "2:8", "a:\n  b: >= 0.8\n": "2:7", "a: {b: > 0.8}\n": "1:8"}.items()
        ),
        ("title: a\x07b\n", ":1:9: the control character U+0007 is not allowed; remove it"),
        ("title: a\n\udcff", ":2:1: the file is not UTF-8 from here on; save it as UTF-8"),
        ("[" * 100_000, ":1:21: not readable as YAML: more than 20 levels deep"),
        ("a: &a [*a]\n", ":1:4: an anchor contains its own alias; write the values out"),
        ("a: *b\n", ":1:4: not readable as YAML: found undefined alias 'b'"),
        (f"a: [{'1, ' * 10_000}]\n", ":1:29996: not readable as YAML: more than 10,000 values"),
        ("x" * 1_000_001, ": the file is larger than 1,000,000 bytes; a matrix is a page or two"),
    ],
)
def test_a_file_that_is_no_sound_document_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problems_of(tmp_path, text) == [f"matrix.yaml{problem}"]


def test_an_escape_beyond_unicode_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'title: "\\UFFFFFFFF"\n')
    assert problem.startswith("matrix.yaml: not readable as YAML: ")


def test_anchors_that_explode_are_refused_before_they_do(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1, 2]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 3000)]
    assert problems_of(tmp_path, "\n".join(lines[:500])) == [
        "matrix.yaml:9:5: with its aliases written out, this has more than 10,000 values; use fewer aliases"
    ]


def test_ordinary_anchors_are_allowed(tmp_path: Path) -> None:
    text = f"{GOOD}  workers: &one 1\nblocks: *one\n"
    assert plan_of(tmp_path, text).blocks == 1


def test_a_number_without_end_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, GOOD.replace("[20, 40]", "9" * 5_000)) == [
        f"matrix.yaml:6:16: {CONCURRENCY}, found '{'9' * 60}...'"
    ]


def test_a_million_combinations_are_refused_without_making_them(tmp_path: Path) -> None:
    many = ", ".join(str(number) for number in range(1, 2001))
    text = GOOD.replace("[20, 40]", f"[{many}]") + f"  thread_limit: [{many}]\n"
    assert problems_of(tmp_path, text) == [
        "matrix.yaml:3:1: the axes span more than 1,000,000 combinations; name fewer values"
    ]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(InputError) as refusal:
            make_plan(path)
        assert str(refusal.value) == f"{path}: cannot read the matrix: {reason}; name a matrix file"
