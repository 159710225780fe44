"""The extras that are built follow from the files of servers/ and scenarios/."""

import tomllib
from pathlib import Path

from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.extras import find_extras
from harness.matrix.support import needs, services_need

ROOT = Path(__file__).parents[1]


def test_the_extras_are_derived() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dynamic"] == ["optional-dependencies"]
    assert "extras_require=find_extras()" in (ROOT / "setup.py").read_text()


def test_every_server_is_an_extra_with_what_it_says_it_requires() -> None:
    extras = find_extras()
    assert sorted(extras) == sorted([*server_catalog(), "scenarios", "all"])
    for name, server in server_catalog().items():
        assert extras[name] == list(server.requires)


def test_the_extra_of_the_scenarios_installs_what_their_styles_and_services_say_they_require() -> None:
    styles = [(name, style) for name, scenario in scenario_catalog().items() for style in scenario.styles]
    required = {each for name, style in styles for each in needs(name, style, {})}
    started = {each for name in scenario_catalog() for each in services_need(name, None, {})}
    assert find_extras()["scenarios"] == sorted(required | started)


def test_all_is_everything() -> None:
    extras = find_extras()
    assert extras["all"] == sorted({each for name in extras if name != "all" for each in extras[name]})
