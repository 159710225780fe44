"""Two run folders held against each other, as a user does it: what is printed, and how it exits."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import journal
from harness.model.journal import Record, Window, to_line
from harness.model.plan import Pair
from tests.builders.journals import LAUNCH, cell, good, in_blocks, plan, run
from tests.commands import ROOT, call, read_journal, rewrite_journal

DEFAULT = max((ROOT / "reports").glob("*-default"))
ARTICLE, THROUGHPUT = (max((ROOT / "reports").glob(f"*-{name}")) for name in ("article", "throughput"))
AGAIN = replace(LAUNCH, server="uvicorn (again)")
CONTROLLED = in_blocks(plan(cell(), cell(launch=AGAIN), controls=(Pair(1, 0),)), 6)


def copied(folder: Path, into: Path, **environment: str) -> Path:
    """A copy of a run folder under a name of its own, measured in another environment."""
    copy = shutil.copytree(folder, into / "copy")
    header, *samples = read_journal(copy).splitlines(keepends=True)
    told = json.loads(header)
    told["environment"] |= environment
    rewrite_journal(copy, b"".join([json.dumps(told).encode(), b"\n", *samples]))
    return copy


def written(folder: Path, *records: Record) -> Path:
    folder.mkdir()
    (folder / journal.FILE_NAME).write_bytes(b"".join(map(to_line, records)))
    return folder


def test_a_published_run_lies_nowhere_but_on_itself(tmp_path: Path) -> None:
    copy = copied(DEFAULT, tmp_path)

    code, output, errors = call("compare", DEFAULT, copy)

    assert (code, errors) == (0, "")
    assert output.startswith("# B against A\n\nB against A, in these two runs:\n\n- **")
    assert f"\n- A: `{DEFAULT.name}`, " in output
    assert "\n- B: `copy`, " in output
    assert "Two runs on two days are context, not evidence" in output
    told = json.loads(call("compare", DEFAULT, copy, "--json")[1])
    assert {one["ratio"] for one in (*told["verdicts"], *told["cells"])} == {1.0}
    assert {one["verdict"] for one in told["verdicts"]} <= {"same within d", "undecided"}


def test_another_python_is_refused_and_across_hosts_there_are_figures_only(tmp_path: Path) -> None:
    copy = copied(ARTICLE, tmp_path, python="2.7.18")

    code, output, errors = call("compare", ARTICLE, copy)
    assert (code, output) == (2, "")
    assert re.search(r"python is 3\S+ in the first and 2\.7\.18 in the second", errors)
    assert "Traceback" not in errors

    code, output, errors = call("compare", ARTICLE, copy, "--across-hosts")
    assert (code, errors) == (0, "")
    assert re.search(r"the runs are not known to agree in Python \(3\S+ in A, 2\.7\.18 in B\)", output)
    assert "B / A" not in output


def test_a_control_that_differs_from_itself_makes_the_comparison_invalid(tmp_path: Path) -> None:
    def drifts(block: int, launch: int, place: int) -> Window:
        return good(block, launch, place, 0.1 if place == 0 else 0.2)

    before = written(tmp_path / "before", *run(CONTROLLED))
    after = written(tmp_path / "after", *run(CONTROLLED, drifts))

    assert call("compare", before, before / ".." / "before")[0] == 2
    code, output, _ = call("compare", before, after)
    assert code == 3
    assert (
        "- **withheld: the A/A control differs from itself by more than the practical difference**: uvicorn `def`\n"
    ) in output


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        ((DEFAULT, DEFAULT), f"RUN_A and RUN_B are both {DEFAULT}; name the folders of two runs"),
        ((DEFAULT, "no-such-run"), "RUN_B: no-such-run/journal.jsonl: cannot read the journal: No such file"),
        (("harness", DEFAULT), "RUN_A: harness/journal.jsonl: cannot read the journal: No such file"),
        ((DEFAULT, THROUGHPUT), "these two runs have no cell in common"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_exit_code_2(folders: tuple[object, object], message: str) -> None:
    code, output, errors = call("compare", *folders)
    assert (code, output) == (2, "")
    assert message in errors
    assert "Traceback" not in errors


def test_an_empty_journal_is_refused_with_the_run_that_it_is_of(tmp_path: Path) -> None:
    code, _, errors = call("compare", DEFAULT, written(tmp_path / "empty"))
    assert code == 2
    assert errors.startswith("RUN_B: the journal holds no header")
