"""Whether a run is valid, and whether an open loop kept up."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.analysis.findings import CellFinding, Control, KeepsUp, Punctuality
from harness.analysis.validity import is_valid, keeps_up
from harness.model.flags import Flag
from tests.builders.executors import CLOSED_LOOP, CONSTANT_RATE, POISSON_RATE
from tests.builders.findings import Run, failed, findings, refused

OPEN = Run(executor=CONSTANT_RATE, servers=("uvicorn",), concurrencies=(64,), rates=(200,), styles=("async",))
CELL = findings(OPEN).cells[0]
OFF = Control((CELL.cell,), 6, 1.2, 1.1, 1.3, within=False)
UNJUDGED = Control((CELL.cell,), 2, 1.2, None, None, within=None)


@pytest.mark.parametrize(
    ("executor", "low", "high", "dropped", "keeps"),
    [
        (CONSTANT_RATE, 196.0, 199.0, 0, KeepsUp.YES),
        (CONSTANT_RATE, 195.0, 195.9, 0, KeepsUp.NO),
        (CONSTANT_RATE, 195.9, 196.0, 0, KeepsUp.UNDECIDED),
        (CONSTANT_RATE, 200.0, 200.0, 1, KeepsUp.NO),
        # 200 a second for six times five seconds are 6,000, give or take 77: 2% and 2 x 1.29% less are 190.84.
        (POISSON_RATE, 190.9, 195.0, 0, KeepsUp.YES),
        (POISSON_RATE, 180.0, 190.8, 0, KeepsUp.NO),
    ],
)
def test_a_server_keeps_up_whose_whole_interval_is_nearly_all_and_that_drops_nothing(
    executor: str, low: float, high: float, dropped: int, keeps: KeepsUp
) -> None:
    cell = replace(CELL.cell, executor=executor)
    finding = replace(CELL, cell=cell, rps_low=low, rps_high=high, punctuality=Punctuality(0.1, 0, dropped))
    assert keeps_up(finding, 5.0, None) is keeps


@pytest.mark.parametrize(
    "finding",
    [
        replace(CELL, rps_low=None, rps_high=None),
        replace(CELL, flagged_blocks={Flag.CLIENT_BOUND: 1}),
        replace(CELL, cell=replace(CELL.cell, executor=CLOSED_LOOP, rate=None)),
        refused(CELL.cell),
    ],
)
def test_nothing_is_claimed_without_an_interval_of_the_server_at_a_rate(finding: CellFinding) -> None:
    assert keeps_up(finding, 5.0, None) is None


def test_a_rate_at_which_every_block_failed_was_not_kept_up_with() -> None:
    assert keeps_up(failed(CELL.cell), 5.0, None) is KeepsUp.NO


def test_a_control_that_differs_leaves_no_claim_and_no_valid_run() -> None:
    assert (keeps_up(CELL, 5.0, OFF), is_valid([CELL], OFF)) == (None, False)
    assert (keeps_up(CELL, 5.0, UNJUDGED), is_valid([CELL], UNJUDGED)) == (KeepsUp.YES, True)


@pytest.mark.parametrize(
    ("client", "flagged", "valid"),
    [
        ("engine", {}, True),
        ("engine", {Flag.LATE: 6}, True),
        ("engine", {Flag.CLIENT_BOUND: 1}, False),
        ("aiohttp", {Flag.CLIENT_BOUND: 1}, True),
        ("engine", {Flag.UPSTREAM_BOUND: 1}, False),
        ("aiohttp", {Flag.UPSTREAM_BOUND: 1}, False),
    ],
)
def test_a_bottleneck_elsewhere_makes_a_run_invalid(client: str, flagged: Mapping[Flag, int], valid: bool) -> None:
    finding = replace(CELL, cell=replace(CELL.cell, client=client), flagged_blocks=flagged)
    assert is_valid([CELL, finding], None) is valid
