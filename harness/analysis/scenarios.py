"""What the scenarios of a plan are for; one that is no longer there is left out: a journal outlives code."""

from collections.abc import Iterable, Iterator

from harness.analysis.findings import ScenarioFinding
from harness.matrix.catalog import scenario_catalog
from harness.model.plan import Cell


def scenarios(cells: Iterable[Cell]) -> Iterator[ScenarioFinding]:
    """What each scenario of these cells shows, in the order in which they come."""
    for name in dict.fromkeys(cell.launch.scenario for cell in cells):
        if known := scenario_catalog().get(name):
            yield ScenarioFinding(name, known.shows)
