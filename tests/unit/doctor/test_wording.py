"""An A/A says which differences show on a machine, and all findings together whether it is fit to measure."""

import math
from dataclasses import replace

import pytest

from harness.analysis.findings import Control
from harness.doctor.aa import smallest_difference
from harness.doctor.checks import Finding, conclude, describe_aa, describe_missing_server

GOOD = Control(cells=(), blocks=10, ratio=1.004, low=0.98, high=1.02, within=True)
FOUND = (
    "the same cell twice in each of 10 blocks: ratio 1.004, 95% interval 0.980 to 1.020; smallest difference that "
    "shows: 2%"
)


def judged(control: Control, failures: tuple[str, ...] = (), doubts: tuple[str, ...] = ()) -> Finding:
    return describe_aa(control, failures, doubts)


def test_the_smallest_difference_is_half_the_width_of_the_interval() -> None:
    even = replace(GOOD, low=math.exp(-0.03), high=math.exp(0.03))
    assert smallest_difference(even) == pytest.approx(math.expm1(0.03))
    aside = replace(GOOD, low=math.exp(0.01), high=math.exp(0.07))
    assert smallest_difference(aside) == pytest.approx(math.expm1(0.03)), "wherever the interval lies"
    assert smallest_difference(replace(GOOD, low=None, high=None)) is None


def test_an_aa_that_shows_what_matters_is_good() -> None:
    assert judged(GOOD) == Finding("A/A", FOUND, "good")
    assert judged(GOOD, doubts=("1 cell flagged late",)) == Finding(
        "A/A", FOUND, "good", "Good, but note:\n1 cell flagged late"
    )


@pytest.mark.parametrize(
    ("half", "verdict", "blocks"), [(0.0499, "good", None), (0.0501, "worth knowing", 11), (0.1, "worth knowing", 39)]
)
def test_an_aa_that_hides_what_matters_says_how_many_blocks_would_show_it(
    half: float, verdict: str, blocks: int | None
) -> None:
    found = judged(replace(GOOD, ratio=1.0, low=1 / (1 + half), high=1 + half))
    assert found.verdict == verdict
    assert (found.advice or "").endswith("" if blocks is None else f"or measure about {blocks} blocks.")


def test_an_aa_beyond_the_practical_difference_is_a_problem_however_narrow_it_is() -> None:
    found = judged(Control((), 10, 1.06, 1.055, 1.065, within=False), doubts=("1 cell flagged late",))
    assert found.verdict == "problem"
    assert (found.advice or "").splitlines() == [
        (
            "The ratio is more than 5% from 1, so noise would pass for a difference between servers. Fix the issues "
            "above, let nothing else run, and try again."
        ),
        "1 cell flagged late",
    ]


def test_an_aa_with_failures_is_a_problem_and_tells_their_reasons() -> None:
    assert judged(Control((), 0, None, None, None, None), failures=("no free port", "out of memory")) == Finding(
        "A/A",
        "0 blocks gave a figure, too few to judge",
        "problem",
        "Fix what kept blocks from giving a figure:\nno free port\nout of memory",
    )
    too_few = judged(Control((), 5, 1.0, None, None, None), failures=("no free port",))
    assert too_few.found == "5 blocks gave a figure, too few to judge"
    assert judged(GOOD, failures=("no free port",)) == Finding(
        "A/A", FOUND, "problem", "Fix what kept blocks from giving a figure:\nno free port"
    )


def test_without_a_server_the_aa_is_unknown_and_says_how_to_install_one() -> None:
    assert describe_missing_server(["uvicorn[standard]>=0.54", "x"]) == Finding(
        "A/A",
        "no server is installed",
        "unknown",
        "To install one:",
        ('python -m pip install "uvicorn[standard]>=0.54" "x"',),
    )


def test_the_conclusion_is_drawn_from_all_findings() -> None:
    fine, known = Finding("clock", "", "good"), Finding("turbo", "on", "worth knowing", "Turn it off.")
    bad, hidden = Finding("timers", "", "problem", ""), Finding("CPU governor", "", "unknown", "")
    assert conclude([fine, known, hidden], GOOD) == (
        "Fit to measure: 10 blocks show differences from about 2% up; more blocks show smaller ones."
    )
    assert conclude([fine, known, hidden], None) == (
        "No problem found, but only an A/A can tell whether this machine is fit to measure."
    )
    assert conclude([bad, fine, replace(bad, what="A/A")], GOOD) == "Not fit to measure as it is: timers, A/A."
