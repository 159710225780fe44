"""That every code has its words, and that the numbers in them are right."""

from dataclasses import replace

import pytest

from harness.analysis.findings import Outcome, Part, ThresholdFinding, ThresholdReason, Withheld, Withholding
from harness.analysis.statistics.verdicts import Verdict
from harness.report.wording import PARTS, describe_threshold, describe_verdict, describe_withheld
from tests.builders.findings import Run, failed, findings

LOST = "1 of 6 blocks gave no figure, and may have been the slow ones"
RATIO = ThresholdFinding("ratio: < 2", "ratio", Outcome.UNDECIDED, ThresholdReason.NO_CELL)


@pytest.mark.parametrize("code", Withheld)
def test_every_reason_to_withhold_a_verdict_has_words(code: Withheld) -> None:
    assert " " in describe_withheld(Withholding(code, lost=1, blocks=7))


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_words(verdict: Verdict) -> None:
    assert describe_verdict(verdict, 0.05)


def test_every_part_of_the_time_has_words() -> None:
    assert PARTS.keys() == {*Part}


@pytest.mark.parametrize("reason", ThresholdReason)
def test_every_reason_of_a_threshold_has_words(reason: ThresholdReason) -> None:
    found = replace(RATIO, metric="p99", reason=reason, figure=1.0, low=1, high=2, rerun_low=1.0, rerun_high=2.0)
    assert " " in describe_threshold(replace(found, count=3, withheld=Withholding(Withheld.GAVE_UP)), ())


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            replace(RATIO, metric="errors", reason=ThresholdReason.FIGURE, figure=1.0, count=3, aggregate="count"),
            "1 of 3 requests failed",
        ),
        (
            replace(RATIO, metric="errors", reason=ThresholdReason.FIGURE, figure=1 / 3, count=3, aggregate="share"),
            "1 of 3 requests failed",
        ),
        (
            replace(RATIO, metric="p99", reason=ThresholdReason.FIGURE, figure=1.5, count=300),
            "p99 is 1.500 ms",
        ),
        (
            replace(RATIO, metric="p99", reason=ThresholdReason.TOO_FEW_REQUESTS, count=2),
            "a p99 needs 299 requests, there were 2",
        ),
        (
            replace(RATIO, metric="health_async", reason=ThresholdReason.FIGURE, figure=9.0, count=3, aggregate="max"),
            "the slowest of 3 health checks took 9.000 ms",
        ),
        (
            replace(RATIO, metric="health_async", reason=ThresholdReason.FIGURE, figure=2.0, count=3, aggregate="p50"),
            "the median of 3 health checks took 2.000 ms",
        ),
        (replace(RATIO, metric="health_async", reason=ThresholdReason.NO_FIGURE), "no health check was answered"),
        (replace(RATIO, metric="knee", reason=ThresholdReason.KNEE, low=40, high=41), "the knee is (40, 41]"),
        (replace(RATIO, metric="knee", reason=ThresholdReason.KNEE, low=41), "the knee is above 41"),
        (
            replace(RATIO, metric="knee", reason=ThresholdReason.KNEE_NOT_CLAIMED, high=41),
            "the knee is at most 41, but too few blocks claim it",
        ),
        (
            replace(RATIO, reason=ThresholdReason.RERUN_DIFFERS, rerun_low=1.2, rerun_high=1.25),
            "broken at first, but a rerun gave 1.200 to 1.250",
        ),
        (
            replace(RATIO, reason=ThresholdReason.RERUN_WITHHELD, withheld=Withholding(Withheld.BLOCKS_LOST, 1, 6)),
            f"broken, but not confirmed by a rerun, of which nothing can be said: {LOST}",
        ),
    ],
)
def test_a_threshold_says_what_decided_it(found: ThresholdFinding, words: str) -> None:
    assert describe_threshold(found, ()) == words


def test_a_threshold_without_a_figure_says_why_its_cell_has_none() -> None:
    some = findings(Run(servers=("uvicorn",)))
    cell = some.cells[0].cell
    nothing = replace(RATIO, metric="p99", reason=ThresholdReason.NO_FIGURE, cell=cell)
    assert describe_threshold(nothing, [failed(cell, "it fell over")]) == "it fell over"
    assert describe_threshold(nothing, some.cells) == "nothing was measured"
