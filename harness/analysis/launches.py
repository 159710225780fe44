"""Summarize the launches of each kind, and describe the measured scenarios in the words of their files.

A journal outlives code: scenarios and servers that were removed since have no description.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from statistics import median

from harness.analysis.findings import LaunchFinding
from harness.analysis.models import waits_for_the_limit
from harness.analysis.tally import LaunchTally, Tally, figures_by_block
from harness.model.apps import OwnApp
from harness.model.groups import group_by
from harness.model.plan import Cell, Launch
from harness.model.scenarios import ParameterFacts, ScenarioFacts, StyleFacts


def summarize_launches(tally: Tally) -> dict[Launch, LaunchFinding]:
    """Return the finding of each kind of launch, in the order of the plan."""
    peaks: dict[Launch, int] = {}
    for cell, samples in zip(tally.plan.cells, tally.cells, strict=True):
        seen = [figures.peak_handlers for figures in figures_by_block(samples).values()]
        if seen and waits_for_the_limit(tally.facts, cell):
            peaks[cell.launch] = max(peaks.get(cell.launch, 0), *seen)
    return {
        launch: LaunchFinding(
            launch=launch,
            version=_find_version(tally, launch, starts),
            in_force=starts.in_force[0] if starts.in_force else None,
            peak_handlers=peaks.get(launch),
            launches=len(starts.ready_s),
            ready_s=median(starts.ready_s) if starts.ready_s else None,
            stop_s=median(starts.stop_s) if starts.stop_s else None,
        )
        for launch, starts in tally.starts.items()
    }


def _find_version(tally: Tally, launch: Launch, starts: LaunchTally) -> str | None:
    """Return the version of the server itself, None if it was not read back."""
    variant = tally.plan.variants.get(launch.server)
    distribution = tally.facts.distributions.get(variant.server if variant else launch.server)
    return starts.in_force[0].versions.get(distribution) if distribution and starts.in_force else None


def describe_scenarios(cells: Iterable[Cell], tally: Tally) -> Iterator[ScenarioFacts]:
    """Yield each scenario of these cells as it was measured, in the order in which they come."""
    for name, own in group_by(cells, lambda cell: cell.launch.scenario).items():
        known = tally.facts.scenarios.get(name)
        if app := tally.plan.apps.get(name):
            known = ScenarioFacts(name, styles=tuple(_describe_endpoints(app)), app=app.app)
        if known:
            styles = {style.name: style for style in known.styles}
            measured = (styles.get(style) for style in dict.fromkeys(cell.style for cell in own))
            parameters = _find_values(known.parameters, {cell.launch for cell in own})
            yield replace(known, parameters=tuple(parameters), styles=tuple(filter(None, measured)))


def _describe_endpoints(app: OwnApp) -> Iterator[StyleFacts]:
    """Yield the request of each endpoint, with the names of variables, not their values, in its path."""
    for name, endpoint in app.endpoints.items():
        yield StyleFacts(name, f"`{endpoint.method} {endpoint.path}`", None)


def _find_values(parameters: Iterable[ParameterFacts], launches: Collection[Launch]) -> Iterator[ParameterFacts]:
    """Yield each parameter with the values that it had, if any: some are newer than the journal."""
    for each in parameters:
        in_force = {
            {"delay": launch.delay_s, "pool_size": launch.pool_size, **dict(launch.parameters)}.get(each.name)
            for launch in launches
        }
        if values := sorted(value for value in in_force if value is not None):
            yield replace(each, values=tuple(values))
