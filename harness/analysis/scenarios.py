"""What the scenarios of a plan are for, in the words of their own files, and which are the user's own apps.

One that was removed since is left out: a journal outlives code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.analysis.findings import ParameterFinding, ScenarioFinding, StyleFinding
from harness.matrix.catalog import scenario_catalog
from harness.model.apps import OwnApp
from harness.model.plan import Cell, Launch
from scenarios.kit import DELAY, POOL_SIZE, Model, Scenario


def scenarios(cells: Iterable[Cell], apps: Mapping[str, OwnApp]) -> Iterator[ScenarioFinding]:
    """Yield what each scenario of these cells shows and was told, in the order in which they come."""
    by_scenario: dict[str, list[Cell]] = {}
    for cell in cells:
        by_scenario.setdefault(cell.launch.scenario, []).append(cell)
    for name, own in by_scenario.items():
        if app := apps.get(name):
            yield ScenarioFinding(name, app=app.app, styles=tuple(_endpoints(app, own)))
        elif known := scenario_catalog().get(name):
            yield ScenarioFinding(
                name=name,
                shows=known.shows,
                parameters=tuple(_parameters(known, list(dict.fromkeys(cell.launch for cell in own)))),
                styles=tuple(_styles(known, dict.fromkeys(cell.style for cell in own))),
                reports=dict(known.reports),
            )


def _endpoints(app: OwnApp, cells: Iterable[Cell]) -> Iterator[StyleFinding]:
    """Yield the request of each endpoint, with the names of variables, not their values, in its path."""
    for name in dict.fromkeys(cell.style for cell in cells):
        if endpoint := app.endpoints.get(name):
            yield StyleFinding(name, f"`{endpoint.method} {endpoint.path}`", None)


def _parameters(known: Scenario, launches: Sequence[Launch]) -> Iterator[ParameterFinding]:
    """Yield each parameter with the values that it had, if any: some are newer than the journal."""
    for each in known.parameters:
        told = {value for launch in launches if (value := _parameter_value(launch, each.name)) is not None}
        if told:
            yield ParameterFinding(each.name, tuple(sorted(told)), each.unit, each.says)


def _parameter_value(launch: Launch, parameter: str) -> float | None:
    if parameter == DELAY:
        return launch.delay_s
    return launch.pool_size if parameter == POOL_SIZE else dict(launch.parameters).get(parameter)


def _styles(known: Scenario, names: Iterable[str]) -> Iterator[StyleFinding]:
    for name in names:
        if style := known.styles.get(name):
            yield StyleFinding(name, style.says, _describe_model(style.model), style.using)


def _describe_model(model: Model | None) -> str | None:
    """Return a model as it explains itself: the first paragraph of its docstring."""
    return " ".join((model.__doc__ or "").partition("\n\n")[0].split()) if model else None
