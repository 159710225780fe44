"""Whatever a file holds: a plan or a refusal, never anything else; and large matrices in good time."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli.terminal.listing import as_json, as_text
from harness.matrix.planner import make_plan
from harness.model.errors import InputError
from tests.unit.matrix.test_planner import FULL, PROFILES, STEADY
from tests.unit.matrix.written import GOOD, JUDGED, OPEN_LOOP, OWN

ROOT = Path(__file__).parents[3]

SCRAPS = st.sampled_from(
    [
        *("on", "~", "010", "1:30", "1e3", "''", '"\\0"', '"\\UFFFFFFFF"', "!x", "!!int", "!!set"),
        *("&a", "*a", "<<", "?", "|", ">"),
        *("[]", "{}", "[", "{", "}", "]", ",", ": ", "- ", "\n", "  ", "\t", "#", "---\n", "...\n", "%YAML 1.1\n"),
        *("\ufeff", "\x00", "\U0001f600"),
        *("def", "async", "uvicorn", "sleep", "noop", "auto", "style", "include", "exclude"),
        *("engine", "burst", "closed-loop", "poisson-arrival-rate", "rate", "client", "duration", "connections"),
        *("100ms", "5%", "5", "9" * 5000),
        *("compare", "all", "against", "baseline", "where", "around-knees", "min", "max", "thread_limit"),
        *("app", "endpoints", "get", "/", "json", "expect", "$", "$$", "null", "1.5", "a:b()", "-r x", "\\uD800"),
        *("knee", "ratio", "p99", "errors", "health_async", "within(40,41)", "< 1.25", "< 1%", "p50 < 20ms", " (A/A)"),
    ]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A good file with a few of its pieces cut out and other ones put in."""
    text = draw(st.sampled_from([GOOD, OPEN_LOOP, FULL, PROFILES, STEADY, JUDGED, OWN]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(SCRAPS | st.text(max_size=3)) + text[start + draw(st.integers(0, 12)) :]
    return text


def plan_or_refusal(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.yaml"
        path.write_bytes(content)
        try:
            plan = make_plan(path)
        except InputError as refusal:
            lines = str(refusal).split("\n")
            assert all(line.startswith(str(path)) for line in lines)
            str(refusal).encode()
        else:
            assert plan.cells or plan.refusals
            "\n".join(as_text(plan)).encode()
            json.dumps(as_json(plan))


@settings(max_examples=3 * settings().max_examples)
@given(mutated())
def test_a_good_file_gone_wrong_is_a_plan_or_a_refusal(text: str) -> None:
    plan_or_refusal(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=2 * settings().max_examples)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_anything_is_a_refusal_at_worst(content: bytes) -> None:
    plan_or_refusal(content)
