"""What the files at the top say agrees with what the code says."""

import tomllib
from pathlib import Path

from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.planner import needs, services_need

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def test_every_server_is_an_extra_and_all_of_them_are_in_all_with_what_scenarios_need() -> None:
    assert sorted(EXTRAS) == sorted([*server_catalog(), "scenarios", "all"])
    assert EXTRAS["all"] == [f"asgi-matrix[{','.join([*server_catalog(), 'scenarios'])}]"]


def test_an_extra_installs_what_the_server_says_it_requires() -> None:
    for name, server in server_catalog().items():
        assert EXTRAS[name] == list(server.requires)


def test_the_extra_of_the_scenarios_installs_what_their_styles_and_services_say_they_require() -> None:
    styles = [(name, style) for name, scenario in scenario_catalog().items() for style in scenario.styles]
    required = {each for name, style in styles for each in needs(name, style, {})}
    started = {each for name in scenario_catalog() for each in services_need(name, None, {})}
    assert EXTRAS["scenarios"] == sorted(required | started)
