"""What rendering costs grows with the cells and comparisons of a run, and no faster."""

from collections.abc import Callable
from functools import partial

import pytest

from harness.analysis.findings import Findings
from harness.report import page, results
from harness.report.charts.catalog import draw_charts
from harness.report.markdown import render_markdown
from harness.report.report import build_report
from tests.builders.costs import calls
from tests.builders.findings import Run
from tests.unit.report.charts.runs import bursts, whole


def shown(some: Findings) -> None:
    every = bursts(some)
    page.render(some, draw_charts(some, every), every)


def written(some: Findings) -> None:
    render_markdown(build_report(some, ()))


@pytest.mark.parametrize("render", [written, results.render, shown])
def test_what_is_added_to_a_run_costs_as_much_however_large_it_is(
    render: Callable[[Findings], object],
) -> None:
    runs = [whole(Run(servers=("uvicorn", "granian"), concurrencies=range(1, 1 + loads))) for loads in (5, 10, 20)]
    render(runs[0])  # what a process finds once and keeps is no cost of any run
    short, twice, four_times = (calls(partial(render, run)) for run in runs)

    assert four_times - twice < 2.5 * (twice - short)
