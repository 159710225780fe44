"""Verdicts on real servers: a tenth more work is seen as slower, and the same server twice as the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.statistics.verdicts import DIFFERS, SAME, SLOWER, UNDECIDED
from harness.measure import run
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.plan import Pair, Variant
from tests.builders.journals import analyse, cell
from tests.builders.launches import a_launch, a_plan, as_planned

BLOCKS = 10
"""With two comparisons, the fewest that forgive a block in which the machine stalled."""

DELAY_S = 0.4


@pytest.mark.alone
@pytest.mark.usefixtures("broken_servers")
def test_a_tenth_more_work_is_slower_and_the_same_server_twice_is_the_same(tmp_path: Path) -> None:
    names = ("uvicorn", "tarries", "uvicorn (A/A)")
    launches = [replace(a_launch(), server=name, delay_s=DELAY_S) for name in names]
    cells = [cell("async", 1, launch) for launch in launches]
    plan = replace(
        a_plan(*cells, blocks=BLOCKS),
        variants={name: Variant("tarries" if name == "tarries" else "uvicorn") for name in names},
        comparisons=(Pair(1, 0), Pair(2, 0)),
        controls=(Pair(2, 0),),
    )

    run.begin(plan, tmp_path, as_planned(plan), Stop(), lambda _: None)

    found = analyse(journal.read(journal.find(tmp_path)))
    slower, same = found.comparisons
    # Whatever the machine is busy with, nothing false is said; where it was not, as far as it can tell, all is said.
    assert slower.verdict in (SLOWER, DIFFERS, UNDECIDED, None), slower
    assert same.verdict in (SAME, DIFFERS, UNDECIDED, None), same
    if not any(finding.measured_again for finding in found.cells) and found.control and found.control.within:
        assert (slower.verdict, same.verdict) == (SLOWER, SAME), found.comparisons
