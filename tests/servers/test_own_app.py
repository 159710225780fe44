"""An app of the user's from the command line to the report; what it is asked with is in none of its files."""

import json
from pathlib import Path

import pytest

from harness.model import journal
from harness.model.journal import Window
from tests.commands import call, read_journal

APPS = Path(__file__).parents[1] / "apps"
TOKEN = "s3cret topsy & turvy+long enough to be cut"  # noqa: S105 - it is to be kept like one
MATRIX = f"""\
scenario:
  name: shop
  app: shop:app
  path: {APPS}
  endpoints:
    crashes: {{get: /secret, headers: {{authorization: "Bearer $SHOP_TOKEN"}}}}
    echo: {{post: "/echo/$SHOP_TOKEN", json: {{token: "$SHOP_TOKEN"}}, expect: {{json: {{name: other}}}}}}
    form: {{put: /echo/x, form: {{token: "$SHOP_TOKEN"}}, expect: {{json: {{name: other}}}}}}
    good: {{post: /echo/x, body: "$SHOP_TOKEN", expect: {{json: {{name: x}}}}}}
    leaks: {{post: /leaks, body: "$SHOP_TOKEN"}}
matrix: {{server: [uvicorn, daphne], style: all, concurrency: [1, 2]}}
blocks: 1
ready_timeout: 120s
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a run whose app leaks its secret into every answer, error and log."""
    place = tmp_path_factory.mktemp("secret")
    matrix = place / "matrix.yaml"
    matrix.write_text(MATRIX)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_TOKEN", TOKEN)
        patch.setenv("SHOP_DATABASE_PASSWORD", "hunter2 hunter2")
        code, output, errors = call("run", matrix, "--output", place / "reports", "--json")
    assert code == 1
    told: dict[str, str] = json.loads(output)
    assert TOKEN not in output + errors
    return Path(told["folder"])


def test_no_file_of_a_run_holds_a_secret_whole_or_in_part(folder: Path) -> None:
    files = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert {"README.md", "index.html", "journal.jsonl.gz", "results.json"} <= {path.name for path in files}
    texts = {path: path.read_text(errors="replace") for path in files}
    texts[folder / "journal.jsonl"] = read_journal(folder).decode()
    for path, text in texts.items():
        for piece in ("topsy", "turvy", "long enough", "long%20enough", "long+enough", "s3cret", "hunter2"):
            assert piece not in text, f"{path} holds {piece!r}"


def test_what_is_quoted_has_the_name_in_its_place(folder: Path) -> None:
    header, *records = journal.read(journal.find(folder))
    assert isinstance(header, journal.Header)
    reasons = {
        header.plan.cells[record.cell].style: record.reason or "" for record in records if isinstance(record, Window)
    }

    assert (
        "asked with Bearer $SHOP_TOKEN at $SHOP_DATABASE_PASSWORD" in reasons["crashes"]
        or "ValueError: Bearer $SHOP_TOKEN" in reasons["crashes"]
    )
    assert 'is "$SHOP_TOKEN", "other" was expected' in reasons["echo"]
    assert "token=$SHOP_TOKEN" in reasons["form"]
    assert "cut off: $SHOP_TOKEN" in reasons["leaks"]
    assert reasons["good"] == ""
    (app,) = header.plan.apps.values()
    assert app.endpoints["echo"].path == "/echo/$SHOP_TOKEN"


def test_the_time_in_an_app_is_split_in_two_and_no_handler_is_claimed(folder: Path) -> None:
    cells = json.loads((folder / "results.json").read_text())["cells"]
    good = [cell for cell in cells if cell["status"] == "ok"]

    assert {cell["style"] for cell in good} == {"good"}
    for cell in good:
        assert cell["wait_ms"] is None
        assert cell["peak_handlers"] is None
        assert cell["work_ms"]["p50"] > 0
        assert cell["wire_ms"]["p50"] > 0


def test_a_report_of_an_app_follows_from_its_journal(folder: Path) -> None:
    code, _, errors = call("report", "--check", folder)
    assert (code, errors) == (0, "")
