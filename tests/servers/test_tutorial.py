"""What the tutorial says is true: its files and commands lead from nothing to a report, and its examples are good."""

import re
import shlex
from pathlib import Path

import pytest

from harness.matrix.planner import make_plan
from tests.commands import call

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "your-own-app.md").read_text()
NOX = "python -m nox -s matrix -- "
"""What the noxfile makes `python -m harness run` of, after it has installed what that says it needs."""

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.yaml"))


def files() -> dict[str, str]:
    """The files that the tutorial shows, each named in the text before it."""
    named = re.findall(r"`([\w/.]+)`:\n\n```\w+\n(.*?)```", TUTORIAL, re.DOTALL)
    return dict(named)


def commands() -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", TUTORIAL, re.DOTALL) for line in block.splitlines()]


def test_following_the_tutorial_leads_to_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    place = tmp_path
    for name, content in files().items():
        (tmp_path / name).write_text(content)
    runs = []
    for command in commands():
        words = shlex.split(command)
        match words:
            case ["git", "clone", _, name]:
                (tmp_path / name).mkdir()
            case ["cd", name]:
                place = tmp_path / name
            case ["export", setting]:
                monkeypatch.setenv(*setting.split("="))
            case ["python", "-m", "pip", "install", "nox"]:
                pass
            case _:
                runs.append(command.removeprefix(NOX))
    tried, whole = map(shlex.split, runs)
    requirements = place / "requirements.txt"
    assert call("run", *tried, "--requirements", requirements, cwd=place)[0] == 0
    assert f"-r {tmp_path / 'shop' / 'requirements.txt'}" in requirements.read_text()

    code, output, errors = call("run", *tried, "--quiet", cwd=place)

    assert code == 0, errors
    folder = place / output.splitlines()[-1]
    report = (folder / "README.md").read_text()
    assert report.startswith("# My shop\n")
    for endpoint in ("sync", "async", "add"):
        assert f"`{endpoint}`" in report
    assert not [path for path in (tmp_path / "shop" / "reports").rglob("*") if b"not-for-everybody" in read(path)]
    assert call("validate", *whole[:1], cwd=place)[0] == 0


def read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_good_matrix(example: Path) -> None:
    plan = make_plan(example, installed=lambda _: True)
    assert list(plan.apps) == [example.stem]
    assert not plan.refusals


def test_the_tutorial_leads_to_every_example_and_nowhere_else() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", TUTORIAL)
    assert all((ROOT / "docs" / target).exists() for target in targets)
    assert {f"examples/{example.name}" for example in EXAMPLES} <= set(targets)
