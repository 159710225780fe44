"""The commands, tried as a user tries them: what they print, what they write, how they exit."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.commands import MATRIX, ROOT, call, read_journal, rewrite_journal, samples, small_matrix

COMMANDS = ("validate", "plan", "run", "report", "compare", "publish", "doctor", "schema")


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run, one of whose servers cannot start."""
    folder = tmp_path_factory.mktemp("run")
    path = folder / "matrix.yaml"
    path.write_text(
        """\
title: one of them is broken
scenario: sleep
matrix:
  server: [uvicorn, 'bro|ken<script>']
  thread_limit: 3
  style: [def, async]
  concurrency: [3, 4]
blocks: 1
ready_timeout: 120s
servers:
  'bro|ken<script>': {server: uvicorn, args: [--no-such-option]}
"""
    )
    code, output, errors = call("run", path, "--output", folder / "runs", "--name", "broken", cwd=folder)
    assert code == 1, errors
    return Path(output.splitlines()[-1])


def test_a_run_goes_on_past_a_broken_server_and_exits_with_1(run_folder: Path) -> None:
    by_status = sorted(sample.status for sample in samples(run_folder))
    assert by_status == ["failed"] * 4 + ["ok"] * 4
    report = (run_folder / "README.md").read_text().partition("```yaml")[0]
    assert "no-such-option" in report
    assert "<script>" not in report


def test_a_run_folder_holds_the_report_and_all_that_it_is_made_from(run_folder: Path) -> None:
    assert re.fullmatch(r"\d{8}T\d{6}Z-broken", run_folder.name)
    names = {path.name for path in run_folder.iterdir()}
    assert {"README.md", "results.json", "journal.jsonl.gz", "matrix.yaml"} <= names
    assert "journal.jsonl" not in names, "a journal is compressed at rest"
    assert (run_folder / "matrix.yaml").read_bytes() == (run_folder.parents[1] / "matrix.yaml").read_bytes()
    assert run_folder.name in (run_folder.parent / "README.md").read_text()
    (log,) = (run_folder / "logs").iterdir()
    assert "no-such-option" in log.read_text(), "the log of a failed launch is kept"


def test_a_report_is_made_from_the_journal_alone_and_always_the_same(run_folder: Path) -> None:
    names = ("README.md", "results.json", "matrix.yaml")
    before = {name: (run_folder / name).read_bytes() for name in names}
    for name in names:
        (run_folder / name).unlink()

    code, output, _ = call("report", run_folder)

    assert (code, output.strip()) == (1, str(run_folder / "README.md"))
    assert {name: (run_folder / name).read_bytes() for name in names} == before


def test_a_report_is_printed_and_nothing_is_written(run_folder: Path, tmp_path: Path) -> None:
    shutil.copy(run_folder / "journal.jsonl.gz", tmp_path)
    for form, name in (("markdown", "README.md"), ("json", "results.json")):
        assert call("report", tmp_path, "--format", form) == (1, (run_folder / name).read_text(), "")
    assert [path.name for path in tmp_path.iterdir()] == ["journal.jsonl.gz"]


def test_json_is_a_format_and_the_only_one_of_a_check(run_folder: Path) -> None:
    assert call("report", run_folder, "--json")[1] == (run_folder / "results.json").read_text()
    checked = json.dumps({str(run_folder): {"follows": True, "problems": []}}, indent=2) + "\n"
    assert call("report", "--check", run_folder, "--json") == (0, checked, "")
    assert call("report", "--check", run_folder, "--format", "csv") == (
        2,
        "",
        "report: --check prints text, or with --json JSON; leave out --format csv\n",
    )


def test_results_name_every_cell_with_its_status(run_folder: Path) -> None:
    cells = json.loads((run_folder / "results.json").read_text())["cells"]
    found = sorted((cell["server"], cell["style"], cell["concurrency"], cell["status"]) for cell in cells)
    assert found == sorted(
        (server, style, concurrency, status)
        for server, status in (("uvicorn", "ok"), ("bro|ken<script>", "failed"))
        for style in ("def", "async")
        for concurrency in (3, 4)
    )


def test_a_good_matrix_is_called_good(tmp_path: Path) -> None:
    path = small_matrix(tmp_path)
    code, output, _ = call("validate", path)
    assert code == 0
    assert output.startswith(f"{path} is good: 8 cells in 2 blocks, about ")


def test_a_run_that_goes_on_until_it_is_decided_is_said_to_take_from_its_fewest_blocks_to_its_most(
    tmp_path: Path,
) -> None:
    path = small_matrix(tmp_path)
    path.write_text(MATRIX.replace("blocks: 2", "compare: [{style: [def, async]}]\nblocks: {min: 10, max: 100}"))
    _, output, _ = call("validate", path)
    assert re.fullmatch(r".* is good: 8 cells in 10 to 100 blocks, about \d+ s to \d+ min \d+ s\n", output)
    assert json.loads(call("validate", path, "--json")[1]) == {"valid": True, "problems": []}


def test_a_plan_that_no_verdict_can_come_of_says_so(tmp_path: Path) -> None:
    path = small_matrix(tmp_path)
    path.write_text(path.read_text() + "compare: [{style: [def, async]}]\n")
    note = "note: 2 blocks cannot give a verdict: 4 comparisons share one error budget, and need 8 blocks"
    assert call("validate", path)[1].splitlines()[1:] == [note]
    assert call("plan", path)[1].splitlines()[0] == note
    path.write_text(path.read_text().replace("blocks: 2", "blocks: 8"))
    assert "note" not in call("validate", path)[1]


def test_a_journal_of_which_nothing_was_measured_is_a_failure(run_folder: Path, tmp_path: Path) -> None:
    rewrite_journal(tmp_path, read_journal(run_folder).partition(b"\n")[0] + b"\n")
    assert call("report", tmp_path)[0] == 1
    assert "Nothing was measured" in (tmp_path / "README.md").read_text()


def test_requirements_that_cannot_be_written_are_bad_input() -> None:
    code, _, errors = call("run", "--requirements", "/no/such/folder/servers.txt")
    assert code == 2
    assert errors.startswith("--requirements: cannot write /no/such/folder/servers.txt: No such file or directory")


def test_several_folders_are_checked_each_whatever_the_others_are(run_folder: Path, tmp_path: Path) -> None:
    code, output, _ = call("report", "--check", tmp_path / "nothing", run_folder)
    assert code == 1
    missing, good = output.splitlines()
    assert missing.startswith(f"{tmp_path}/nothing/journal.jsonl: cannot read the journal")
    assert good == f"{run_folder}: every figure follows from the journal, byte for byte"


def test_a_bad_matrix_is_refused_with_all_its_problems_and_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("title: bad\nscenario: slep\nmatrix:\n  server: [uvicron]\n  style: [asynk]\n  concurrency: [on]\n")
    for command in ("validate", "plan", "run"):
        code, output, errors = call(command, path)
        assert (code, output) == (2, "")
        assert [re.match(r"\S+bad\.yaml:(\d+):(\d+): ", line) is not None for line in errors.splitlines()] == [True] * 4
        assert "Traceback" not in errors
        assert "did you mean 'uvicorn'?" in errors
    problems = json.loads(call("validate", path, "--json")[1])
    assert (problems["valid"], len(problems["problems"])) == (False, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--profile", "smok"), "--profile: unknown profile 'smok'; did you mean 'smoke'?"),
        (("--only", "server=uvicron"), "--only: no cell has server 'uvicron'; did you mean 'uvicorn'?"),
        (("--name", "../escape"), "--name: '../escape' cannot name a folder; use letters, digits, '.', '_' and '-'"),
        (
            ("--resume", "some-run", "--profile", "smoke"),
            "--resume: a run folder holds its own matrix; leave out the matrix, --profile, --only, --name",
        ),
        (("--resume", "no-such-run"), "no-such-run/journal.jsonl: cannot read the journal: No such file or directory"),
    ],
)
def test_a_wrong_argument_is_refused_with_exit_code_2(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    code, output, errors = call("run", "--output", tmp_path, *arguments)
    assert (code, output) == (2, "")
    assert message in errors
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_of_which_nothing_can_be_measured_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text(
        "title: nothing\nscenario: noop\nmatrix: {server: daphne, loop: uvloop, style: def, concurrency: 1}\n"
    )
    code, _, errors = call("run", path, "--output", tmp_path / "runs")
    assert code == 2
    assert errors.splitlines() == [
        "there is nothing to measure; every cell is ruled out:",
        "unsupported: daphne has no uvloop loop; it can run asyncio",
    ]


def test_the_requirements_of_a_run_are_those_of_its_servers_and_no_others(tmp_path: Path) -> None:
    wanted = tmp_path / "servers.txt"
    assert call("run", "--requirements", wanted) == (0, "", "")
    assert wanted.read_text().splitlines() == [
        "granian[uvloop]>=2.8",
        "hypercorn[uvloop]>=0.18",
        "uvicorn[standard]>=0.54",
    ]
    assert call("run", "--requirements", wanted, "--only", "server=granian", "--name", "mine") == (0, "", "")
    assert wanted.read_text().splitlines() == ["granian[uvloop]>=2.8"]


def test_the_plan_for_programs_holds_every_cell_in_its_order(tmp_path: Path) -> None:
    plan = json.loads(call("plan", small_matrix(tmp_path), "--json")[1])
    assert plan["blocks"] == 2
    assert plan["predicted_s"] > 0
    assert plan["requirements"] == ["granian[uvloop]>=2.8", "uvicorn[standard]>=0.54"]
    assert len(json.dumps(plan)) < 20_000


def test_the_schema_that_is_printed_is_the_one_that_is_committed() -> None:
    assert call("schema")[1] == (ROOT / "harness/matrix/schema.json").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    code, output, _ = call(command, "--help")
    assert code == 0
    assert output.startswith(f"usage: python -m harness {command}")


def test_a_run_whose_engine_was_the_bottleneck_is_not_valid(tmp_path: Path) -> None:
    code, output, _ = call(
        "run", small_matrix(tmp_path), "--output", tmp_path, "--only", "server=uvicorn", "--only", "concurrency=3"
    )
    folder = Path(output.splitlines()[-1])
    assert code == 0

    rewrite_journal(folder, re.sub(rb'(?m)^\{"rps":[\d.]+', b'{"rps":1.0', read_journal(folder)))
    code, _, _ = call("report", folder)

    assert code == 3
    assert "client-bound" in (folder / "README.md").read_text()
