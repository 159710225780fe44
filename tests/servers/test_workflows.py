"""The workflows of GitHub Actions: what they ask for, and that their steps do what they say, run here as there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.builders.published import folder
from tests.commands import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RUN = folder("article").name
"""A small published run, in which nothing failed."""


def read(path: Path) -> dict[str, Any]:
    """A workflow; `on` is a truth value to YAML 1.1, but not to GitHub."""
    found = yaml.safe_load(path.read_text().replace("\non:", '\n"on":'))
    assert isinstance(found, dict)
    return found


MEASURE = read(ROOT / ".github" / "workflows" / "measure.yml")


def jobs(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return list(workflow["jobs"].values())


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow) for step in job["steps"]]


def script(name: str) -> str:
    (found,) = (step["run"] for step in steps(MEASURE) if step.get("name") == name)
    return str(found)


def shell(written: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a script as `shell: bash` does on GitHub, with this Python and this harness."""
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", written],
        cwd=cwd,
        env={
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What lies there once a run was measured: its folder, and that of the published reports."""
    (tmp_path / "reports").mkdir()
    shutil.copytree(ROOT / "reports" / RUN, tmp_path / "measured" / RUN)
    (tmp_path / "measured" / RUN / "index.html").write_text("a page")
    (tmp_path / "measured" / "README.md").touch()
    return tmp_path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_jobs_end(path: Path) -> None:
    workflow = read(path)
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps(workflow) if "uses" in step)
    assert all(job["timeout-minutes"] <= 90 for job in jobs(workflow))
    assert all(
        step["with"]["persist-credentials"] is False
        for step in steps(workflow)
        if step.get("uses", "").startswith("actions/checkout@")
    )


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_that_somebody_types_is_pasted_into_a_script(path: Path) -> None:
    assert all("${{" not in step["run"] for step in steps(read(path)) if "run" in step)


def test_only_the_job_that_deploys_may_do_more_than_read() -> None:
    assert [read(path)["permissions"] for path in WORKFLOWS] == [{"contents": "read"}] * len(WORKFLOWS)
    assert {name: job.get("permissions") for name, job in MEASURE["jobs"].items()} == {
        "measure": None,
        "deploy": {"pages": "write", "id-token": "write"},
    }


def test_tests_run_on_push_what_the_gate_runs() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "tests.yml")
    assert set(workflow["on"]) == {"push", "pull_request"}
    assert [step["run"] for step in steps(workflow) if "run" in step] == ["bash .ci/run"]
    assert (ROOT / ".ci" / "run").is_file()


def test_every_profile_of_the_matrix_can_be_chosen() -> None:
    profiles = yaml.safe_load((ROOT / "matrix.yaml").read_text())["profiles"]
    assert MEASURE["on"]["workflow_dispatch"]["inputs"]["profile"]["options"] == ["default", *profiles]


@pytest.mark.parametrize(
    ("profile", "arguments"),
    [("default", "-s matrix -- --output measured"), ("smoke", "-s matrix -- --output measured --profile smoke")],
)
def test_the_profile_that_was_chosen_is_the_one_that_is_run(profile: str, arguments: str, tmp_path: Path) -> None:
    done = shell(f'python() {{ echo "$@"; }}\n{script("Measure")}', tmp_path, PROFILE=profile)
    assert (done.returncode, done.stdout) == (0, f"-m nox {arguments}\n")


def test_the_report_becomes_the_summary_of_the_step_and_its_exit_code_is_kept(checkout: Path) -> None:
    summary, output = checkout / "summary.md", checkout / "output"
    done = shell(script("Show the report"), checkout, GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
    assert (done.returncode, done.stderr) == (0, "")
    assert summary.read_text().startswith((ROOT / "reports" / RUN / "README.md").read_text().partition("\n")[0])
    assert "```mermaid\n" in summary.read_text()
    assert output.read_text() == "code=0\n"


def test_where_nothing_was_measured_that_is_the_exit_code(checkout: Path) -> None:
    shutil.rmtree(checkout / "measured")
    summary, output = checkout / "summary.md", checkout / "output"
    done = shell(script("Show the report"), checkout, GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
    assert done.returncode == 0
    assert "cannot read the journal" in done.stderr
    assert output.read_text() == "code=2\n"


def test_the_site_holds_the_run_that_was_just_measured(checkout: Path) -> None:
    done = shell(script("Make the site"), checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (checkout / "site" / RUN / "index.html").read_text() == "a page"
    assert f'href="{RUN}/index.html"' in (checkout / "site" / "index.html").read_text()


@pytest.mark.parametrize(
    ("code", "measured", "exits"),
    [
        ("0", "success", 0),
        ("1", "failure", 1),
        ("2", "failure", 2),
        ("3", "failure", 3),
        ("0", "failure", 1),
        ("", "failure", 1),
        ("", "skipped", 1),
    ],
)
def test_the_job_fails_as_the_run_did(code: str, measured: str, exits: int, tmp_path: Path) -> None:
    assert shell(script("Say how it went"), tmp_path, CODE=code, MEASURED=measured).returncode == exits
