"""What the files at the top say agrees with what the code says."""

import tomllib
from pathlib import Path

from harness.matrix.catalog import server_catalog

ROOT = Path(__file__).parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def test_every_server_is_an_extra_and_all_of_them_are_in_all() -> None:
    assert sorted(EXTRAS) == sorted([*server_catalog(), "all"])
    assert EXTRAS["all"] == [f"asgi-matrix[{','.join(server_catalog())}]"]


def test_an_extra_installs_what_the_server_says_it_requires() -> None:
    for name, server in server_catalog().items():
        assert EXTRAS[name] == list(server.requires)
