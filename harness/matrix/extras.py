"""The extras of the package: the requirements of each server, and of all scenarios.

`setup.py` reads them while the package is built, when nothing but Starlette is installed.
"""

from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.database import PRIVATE_REQUIRES


def find_extras() -> dict[str, list[str]]:
    """Return the requirements of every extra: one for each server, `scenarios`, and `all` of them."""
    servers = {name: list(server.requires) for name, server in server_catalog().items()}
    scenarios = {
        requirement
        for scenario in scenario_catalog().values()
        for needed in (scenario.requires, *(style.requires for style in scenario.styles.values()))
        for requirement in needed
    }
    extras = {**servers, "scenarios": sorted(scenarios.union(PRIVATE_REQUIRES))}
    return {**extras, "all": sorted({requirement for needed in extras.values() for requirement in needed})}
