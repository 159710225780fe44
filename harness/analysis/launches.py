"""What was measured: the launches of each kind with what was in force, and the scenarios in the words of their files.

A journal outlives code: scenarios and servers that were removed since have no description.
"""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from harness.analysis.findings import LaunchFinding, ParameterFinding, ScenarioFinding, StyleFinding
from harness.analysis.models import waits_for_the_limit
from harness.analysis.tally import LaunchTally, Tally
from harness.model.apps import OwnApp
from harness.model.plan import Cell, Launch
from harness.model.scenarios import ScenarioFacts


def summarize_launches(tally: Tally) -> dict[Launch, LaunchFinding]:
    """Return the finding of each kind of launch, in the order of the plan."""
    peaks: dict[Launch, int] = {}
    for cell, samples in zip(tally.plan.cells, tally.cells, strict=True):
        seen = [sample.figures.peak_handlers for sample in samples.values() if sample.figures is not None]
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


def describe_scenarios(cells: Iterable[Cell], tally: Tally) -> Iterator[ScenarioFinding]:
    """Yield what each scenario of these cells shows and was told, in the order in which they come."""
    by_scenario: dict[str, list[Cell]] = {}
    for cell in cells:
        by_scenario.setdefault(cell.launch.scenario, []).append(cell)
    for name, own in by_scenario.items():
        styles = list(dict.fromkeys(cell.style for cell in own))
        if app := tally.plan.apps.get(name):
            yield ScenarioFinding(name, app=app.app, styles=tuple(_describe_endpoints(app, styles)))
        elif known := tally.facts.scenarios.get(name):
            yield ScenarioFinding(
                name=name,
                shows=known.shows,
                parameters=tuple(_describe_parameters(known, list(dict.fromkeys(cell.launch for cell in own)))),
                styles=tuple(_describe_styles(known, styles)),
                reports=dict(known.reports),
            )


def _describe_endpoints(app: OwnApp, names: Iterable[str]) -> Iterator[StyleFinding]:
    """Yield the request of each endpoint, with the names of variables, not their values, in its path."""
    for name in names:
        if endpoint := app.endpoints.get(name):
            yield StyleFinding(name, f"`{endpoint.method} {endpoint.path}`", None)


def _describe_parameters(known: ScenarioFacts, launches: Sequence[Launch]) -> Iterator[ParameterFinding]:
    """Yield each parameter with the values that it had, if any: some are newer than the journal."""
    for each in known.parameters:
        values = [
            {"delay": launch.delay_s, "pool_size": launch.pool_size, **dict(launch.parameters)}.get(each.name)
            for launch in launches
        ]
        if told := {value for value in values if value is not None}:
            yield ParameterFinding(each.name, tuple(sorted(told)), each.unit, each.says)


def _describe_styles(known: ScenarioFacts, names: Iterable[str]) -> Iterator[StyleFinding]:
    for name in names:
        if style := known.styles.get(name):
            yield StyleFinding(name, style.says, style.model.explained if style.model else None, style.using)
