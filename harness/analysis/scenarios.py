"""What the scenarios of a plan are for: those of this house, in their own words, and the user's own apps.

One that is no longer there is left out: a journal outlives code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.analysis.findings import ParameterFinding, ScenarioFinding, StyleFinding
from harness.matrix.catalog import scenario_catalog
from harness.model.apps import OwnApp
from harness.model.plan import Cell, Launch
from scenarios.kit import DELAY, POOL_SIZE, Model, Scenario

OWN_APP = (
    "An app from outside this project, measured as it is: `{app}`. A layer around it sees its requests come and go, "
    "and nothing of what is inside. Its endpoints stand where styles stand."
)


def scenarios(cells: Iterable[Cell], apps: Mapping[str, OwnApp]) -> Iterator[ScenarioFinding]:
    """What each scenario of these cells shows and was told, in the order in which they come; some of them are apps."""
    by_scenario: dict[str, list[Cell]] = {}
    for cell in cells:
        by_scenario.setdefault(cell.launch.scenario, []).append(cell)
    for name, own in by_scenario.items():
        if app := apps.get(name):
            yield ScenarioFinding(name, OWN_APP.format(app=app.app), styles=tuple(_endpoints(app, own)))
        elif known := scenario_catalog().get(name):
            yield ScenarioFinding(
                name=name,
                shows=known.shows,
                parameters=tuple(_parameters(known, list(dict.fromkeys(cell.launch for cell in own)))),
                styles=tuple(_styles(known, dict.fromkeys(cell.style for cell in own))),
                reports=dict(known.reports),
            )


def _endpoints(app: OwnApp, cells: Iterable[Cell]) -> Iterator[StyleFinding]:
    """What is asked of each endpoint, its path as the matrix has it: with the names of variables, not their values."""
    for name in dict.fromkeys(cell.style for cell in cells):
        if endpoint := app.endpoints.get(name):
            yield StyleFinding(name, f"`{endpoint.method} {endpoint.path}`", None)


def _parameters(known: Scenario, launches: Sequence[Launch]) -> Iterator[ParameterFinding]:
    """Each parameter with the values that it had; one that no launch was told came later than the journal."""
    for each in known.parameters:
        told = {value for launch in launches if (value := _told(launch, each.name)) is not None}
        if told:
            yield ParameterFinding(each.name, tuple(sorted(told)), each.unit, each.says)


def _told(launch: Launch, parameter: str) -> float | None:
    if parameter == DELAY:
        return launch.delay_s
    return launch.pool_size if parameter == POOL_SIZE else dict(launch.parameters).get(parameter)


def _styles(known: Scenario, names: Iterable[str]) -> Iterator[StyleFinding]:
    for name in names:
        if style := known.styles.get(name):
            yield StyleFinding(name, style.says, _in_words(style.model), style.using)


def _in_words(model: Model | None) -> str | None:
    """A model as it explains itself."""
    return " ".join((model.__doc__ or "").partition("\n\n")[0].split()) if model else None
