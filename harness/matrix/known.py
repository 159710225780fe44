"""Names that only the rest of a matrix file can know: servers with its variants, scenarios with its apps, and their
styles.
"""

from collections.abc import Iterable, Iterator, Mapping

from harness.matrix.apps import APPS
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.containers import Section, value_of
from harness.matrix.nodes import Problems, Written, nearest, shown, unknown
from harness.matrix.parameters import takers
from harness.matrix.reserved import ALL
from scenarios.kit import DELAY, POOL_SIZE


def check_names(section: Section, own: Section, problems: Problems) -> set[str]:
    """Check the names of a section; parameters and its pool are those of the layer's `own`.

    Gives the names that nothing is known of, so that nothing else need be said of them.
    """
    strangers = set()
    servers = [*server_catalog(), *(value_of(section, "servers") or {})]
    for server in _named(section, "server", "matrix", "include", "exclude", "baseline", "compare"):
        if server.value not in servers:
            strangers.add(server.value)
            problems.add(server.place, unknown("server", server.value, servers))
    known_styles = styles_of(section)
    strangers |= _strange_scenarios(section, known_styles, problems)
    all_styles = _styles(known_styles, known_styles)
    scenarios = [name.value for name in _named(section, "scenario", "matrix", "include")]
    known_scenarios = [name for name in scenarios if name in known_styles]
    styles = _styles(known_styles, known_scenarios) or all_styles
    for style in _styles_named(section, "matrix", "include", "exclude", "baseline", "compare"):
        if style.value not in all_styles:
            strangers.add(style.value)
            problems.add(style.place, unknown("style", style.value, styles))
    for style in _styles_named(section, "matrix", "include"):
        if style.value in all_styles and style.value not in styles:
            which = " or ".join(known_scenarios)
            advice = nearest(style.value, styles)
            problems.add(style.place, f"scenario {which} has no style {shown(style.value)}; {advice}")
    for name, written in _parameters_named(own):
        if known_scenarios and not set(takers(name)) & set(known_scenarios):
            which = " or ".join(known_scenarios)
            problems.add(written.place, f"scenario {which} takes no {name}; leave it out")
    return strangers


def styles_of(section: Section) -> dict[str, tuple[str, ...]]:
    """The styles of every scenario that there is; those of an app are its endpoints."""
    known = {name: tuple(scenario.styles) for name, scenario in scenario_catalog().items()}
    return known | {name: tuple(told.value.endpoints) for name, told in (value_of(section, APPS) or {}).items()}


def _strange_scenarios(section: Section, known: Iterable[str], problems: Problems) -> set[str]:
    """The scenarios that nothing is known of, each of which is a problem."""
    named = _named(section, "scenario", "matrix", "include", "exclude", "baseline", "compare")
    strange = [scenario for scenario in named if scenario.value not in known]
    for scenario in strange:
        problems.add(scenario.place, unknown("scenario", scenario.value, known))
    return {scenario.value for scenario in strange}


def _styles(known: Mapping[str, tuple[str, ...]], scenarios: Iterable[str]) -> list[str]:
    return sorted({style for name in scenarios for style in known[name]})


def _named(section: Section, axis: str, *where: str) -> Iterator[Written]:
    """Every value that an axis is given in some parts of a file, as far as it could be read."""
    matrix = value_of(section, "matrix") or {}
    for part in where:
        if part == "matrix":
            yield from value_of(section if axis == "scenario" else matrix, axis) or ()
        elif part == "baseline":
            baseline = value_of(section, part) or {}
            if value_of(baseline, axis) is not None:
                yield baseline[axis]
        elif part == "compare":
            for entry in value_of(section, part) or ():
                yield from entry.value.named(axis)
        else:
            for entry in value_of(matrix, part) or ():
                yield from value_of(entry.value, axis) or ()


def _styles_named(section: Section, *where: str) -> Iterator[Written]:
    """Every style that some parts of a file name; `all` under `matrix` is not one."""
    matrix = value_of(section, "matrix") or {}
    words = [style for style in value_of(matrix, "style") or () if style.value == ALL]
    return (style for style in _named(section, "style", *where) if style not in words)


def _parameters_named(own: Section) -> Iterator[tuple[str, Written]]:
    """Every parameter of a scenario that a layer of the file says something of itself."""
    if DELAY in own:
        yield DELAY, own[DELAY]
    yield from (value_of(own, "parameters") or {}).items()
    matrix = value_of(own, "matrix") or {}
    if POOL_SIZE in matrix:
        yield POOL_SIZE, matrix[POOL_SIZE]
