"""The user's own app is measured as it is, and whatever goes wrong with it is told in its own words."""

import os
import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.matrix.catalog import server_catalog
from harness.matrix.planner import make_plan
from harness.measure import run
from harness.measure.stop import Stop
from harness.model import journal
from harness.model.journal import Checked, Launched, Record, Window
from harness.model.outcomes import Status
from tests.builders.launches import SERVERS, as_planned

APPS = Path(__file__).parents[2] / "apps"
WITH_LIFESPAN = [name for name in SERVERS if server_catalog()[name].lifespan]
NO_APP = (
    "factory:{} is not an ASGI app: it is a function that does not take scope, receive, send; "
    r"write 'factory:{}\(\)' if it makes one"
)
PLAIN = "{plain: {get: /}}"
EVERY_KIND = """
get:
  get: /echo/a b?c=1
  expect: {json: {method: GET, name: a b, body: "", kind: null}}
json:
  post: /echo/a%20b
  json: {a: [1, true, null]}
  expect: {json: {method: POST, name: a b, body: '{"a": [1, true, null]}', kind: application/json}}
form:
  put: /echo/x
  form: {a: b c}
  expect: {json: {method: PUT, body: a=b+c, kind: application/x-www-form-urlencoded}}
body:
  patch: /echo/x
  body: "x: 1"
  headers: {Content-type: text/yaml}
  expect: {json: {method: PATCH, body: "x: 1", kind: text/yaml}}
delete: {delete: /nothing, expect: {status: 204}}
head: {head: /size}
stream: {get: /stream}
moved: {get: /moved, expect: {status: 307}}
"""


def measured(folder: Path, app: str, endpoints: str, path: Path = APPS, **axes: object) -> list[Record]:
    """The journal of a run on an app of tests/apps, or in another directory."""
    told = "".join(f"  {axis}: {value}\n" for axis, value in {"server": "uvicorn", "concurrency": 2, **axes}.items())
    matrix = folder / "matrix.yaml"
    place = os.path.relpath(path, folder)
    matrix.write_text(
        f"scenario:\n  app: {app}\n  path: {place}\n  endpoints:\n{indent(dedent(endpoints).strip(), '    ')}\n"
        f"matrix:\n  style: all\n{told}blocks: 1\nready_timeout: 120s\ndeadline: 5s\n"
    )
    plan = make_plan(matrix)
    run_folder = folder / "run"
    run_folder.mkdir()
    run.begin(plan, run_folder, as_planned(plan), Stop(), lambda _: None)
    return list(journal.read(journal.find(run_folder)))


def samples(records: list[Record]) -> dict[str, Window]:
    """The samples by endpoint, the last one where there are several."""
    header, *others = records
    assert isinstance(header, journal.Header)
    cells = header.plan.cells
    return {cells[record.cell].style: record for record in others if isinstance(record, Window)}


def reason(records: list[Record], endpoint: str) -> str:
    sample = samples(records)[endpoint]
    assert sample.status in ("failed", "timeout")
    return sample.reason or ""


@pytest.mark.parametrize("server", WITH_LIFESPAN)
def test_an_app_with_a_lifespan_is_measured_under_the_thread_limit_on_every_server_that_runs_one(
    server: str, tmp_path: Path
) -> None:
    endpoints = "{sync: {get: /sync, expect: {json: {ok: true}}}, async: {get: /async}}"
    found = samples(measured(tmp_path, "shop:app", endpoints, server=server, thread_limit=3, concurrency=7))

    assert {name: sample.reason for name, sample in found.items()} == {"sync": None, "async": None}
    waves = found["sync"]
    assert (waves.duration_s or 0) >= 0.299
    assert waves.requests is not None
    assert max(waves.requests.running) == 7
    assert waves.requests.started_us == waves.requests.entered_us


def test_what_an_app_opens_in_its_lifespan_is_missing_on_a_server_that_runs_none_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    told = reason(measured(tmp_path, "shop:app", "{sync: {get: /sync}}", server="daphne"), "sync")

    assert told.startswith("GET /sync answered with status 500, expected 2xx: 'Internal Server Error'; ")
    assert "this server runs no lifespan, so what the app opens in its own is missing" in told
    assert "the app raised AttributeError: 'State' object has no attribute 'open'" in told


@pytest.mark.parametrize("server", [name for name in SERVERS if server_catalog()[name].many_workers])
def test_every_worker_process_serves_the_app(server: str, tmp_path: Path) -> None:
    records = measured(tmp_path, "shop:Shelf.app", "{sync: {get: /sync}}", server=server, workers=2)

    (launched,) = [record for record in records if isinstance(record, Launched)]
    assert len(launched.pids) == 2
    assert samples(records)["sync"].reason is None


@pytest.mark.parametrize(
    ("app", "told"),
    [
        ("no_such_shop:app", r"importing no_such_shop failed: ModuleNotFoundError: No module named 'no_such_shop'"),
        ("fails_at_import:app", r"importing fails_at_import failed: RuntimeError: there is no till"),
        ("shop:ap", r"shop has no attribute 'ap'; did you mean 'app'\?"),
        ("shop:Shelf.till", r"shop:Shelf has no attribute 'till'"),
        ("factory:create_in_vain()", r"the factory factory:create_in_vain\(\) failed: LookupError: no settings"),
        (
            "factory:create_app",
            NO_APP.format("create_app", "create_app"),
        ),
        (
            "factory:wsgi",
            NO_APP.format("wsgi", "wsgi"),
        ),
        ("fails_at_start:app", r"the app's start-up failed: ConnectionError: no till answers"),
    ],
)
def test_an_app_that_cannot_be_had_fails_its_cells_with_the_reason_and_the_log(
    app: str, told: str, tmp_path: Path
) -> None:
    found = reason(measured(tmp_path, app, PLAIN), "plain")
    assert re.match(f"not ready: {told}; (the server has exited with code \\d+; )?the end of its log:\n", found)


@pytest.mark.parametrize("server", SERVERS)
def test_no_server_hides_that_an_app_cannot_be_imported(server: str, tmp_path: Path) -> None:
    found = reason(measured(tmp_path, "fails_at_import:app", PLAIN, server=server), "plain")
    assert found.startswith("not ready: importing fails_at_import failed: RuntimeError: there is no till; ")


@pytest.mark.parametrize("server", WITH_LIFESPAN)
def test_no_server_hides_that_a_start_up_failed(server: str, tmp_path: Path) -> None:
    found = reason(measured(tmp_path, "fails_at_start:app", PLAIN, server=server), "plain")
    assert found.startswith("not ready: the app's start-up failed: ConnectionError: no till answers; ")


def test_an_endpoint_that_does_not_answer_as_expected_fails_its_own_cells_and_no_other(tmp_path: Path) -> None:
    endpoints = """
        good: {get: /async}
        absent: {get: /absent}
        moved: {get: /moved}
        other: {get: /sync, expect: {json: {ok: false}}}
        more: {get: /sync, expect: {json: {ok: true, price: 1}}}
        text: {get: /stream, expect: {json: {ok: true}}}
        status: {get: /sync, expect: {status: 201}}
        falters: {get: /falters}
        """
    records = measured(tmp_path, "shop:app", endpoints, concurrency="[1, 2]")

    assert samples(records)["good"].reason is None
    told = {
        name: sample.reason.partition("; the end of its log")[0].partition("; its log")[0]
        for name, sample in samples(records).items()
        if sample.reason
    }
    assert told == {
        "absent": """GET /absent answered with status 404, expected 2xx: '{"detail":"Not Found"}'""",
        "moved": "GET /moved answered with status 307 and the location '/sync', expected 2xx: ''",
        "other": """GET /sync did not answer as expected, the JSON["ok"] is true, false was expected: '{"ok":true}'""",
        "more": """GET /sync did not answer as expected, the JSON has no "price": '{"ok":true}'""",
        "text": r"GET /stream did not answer as expected, the body is not JSON: 'one\ntwo\n'",
        "status": """GET /sync answered with status 200, expected 201: '{"ok":true}'""",
        "falters": "GET /falters answered with status 200, then with 503: ''",
    }
    assert len([record for record in records if isinstance(record, Launched)]) == 1


def test_an_endpoint_that_takes_the_server_down_or_hangs_costs_its_own_cells_and_no_other(tmp_path: Path) -> None:
    records = measured(tmp_path, "shop:app", "{dies: {get: /dies}, hangs: {get: /hangs}, async: {get: /async}}")

    assert samples(records)["async"].reason is None
    died = "GET /dies gave no complete answer: RemoteDisconnected: Remote end closed connection without response; "
    assert reason(records, "dies").startswith(f"{died}the server has exited with code 3; the end of its log:\n")
    assert reason(records, "dies").endswith("\nthe till is on fire")
    assert samples(records)["hangs"].status == Status.TIMEOUT
    assert reason(records, "hangs").startswith("GET /hangs gave no complete answer within 5 s; ")
    assert len([record for record in records if isinstance(record, Launched)]) == 3


def test_an_app_that_breaks_under_load_ends_its_cell_with_its_log_and_not_the_run(tmp_path: Path) -> None:
    records = measured(tmp_path, "shop:app", "{breaks: {get: /breaks}, sync: {get: /sync}}")

    told = reason(records, "breaks")
    assert told.startswith(
        "2 of 2 requests failed, the first: status 500: 'Internal Server Error'; the end of its log:"
    )
    assert told.endswith("RuntimeError: too much for the till")
    assert samples(records)["sync"].reason is None
    (log,) = (tmp_path / "run" / "logs").iterdir()
    assert "RuntimeError: too much for the till" in log.read_text()


def test_a_body_that_varies_is_noted_and_one_that_does_not_has_to_stay(tmp_path: Path) -> None:
    records = measured(
        tmp_path, "shop:app", "{varies: {get: /varies, expect: {json: {}}}, differs: {get: /differs}}", concurrency=3
    )

    checked = {record.style: record for record in records if isinstance(record, Checked)}
    assert checked["varies"].sha256 is None
    assert checked["differs"].sha256 is not None
    assert samples(records)["varies"].reason is None
    wrong = (
        "3 of 3 requests failed, the first: the body (13 bytes) differs from that of the first answer: 'another thing'"
    )
    assert reason(records, "differs").startswith(wrong)


@pytest.mark.parametrize(
    ("server", "client"),
    [("uvicorn", "engine"), ("granian", "engine"), ("hypercorn", "engine"), ("uvicorn", "aiohttp")],
)
def test_every_kind_of_request_and_answer_is_measured(client: str, server: str, tmp_path: Path) -> None:
    found = samples(measured(tmp_path, "shop:app", EVERY_KIND, client=client, server=server, concurrency=3))

    assert {name: sample.reason for name, sample in found.items() if sample.reason} == {}
    assert len(found) == 8


def test_a_server_runs_where_the_app_lies(tmp_path: Path) -> None:
    found = samples(measured(tmp_path, "shop:app", "{folder: {get: /folder, expect: {json: {folder: apps}}}}"))
    assert found["folder"].reason is None


@pytest.mark.parametrize("server", SERVERS)
def test_an_app_without_a_lifespan_and_with_packages_that_are_called_as_ours_is_served_by_every_server(
    server: str, tmp_path: Path
) -> None:
    for name in ("scenarios", "servers", "harness"):
        package = tmp_path / "theirs" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("colour = 'red'\n")
    (tmp_path / "theirs" / "scenarios" / "web.py").write_text(
        dedent("""
        from scenarios import colour

        async def app(scope, receive, send):
            if scope["type"] != "http":
                raise ValueError(f"can only handle HTTP connections, not {scope['type']}")
            import harness, servers
            body = " ".join([colour, servers.colour, harness.colour]).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b'{"colours": "%s"}' % body})
        """)
    )
    endpoints = '{web: {get: /, expect: {json: {colours: "red red red"}}}}'
    found = samples(measured(tmp_path, "scenarios.web:app", endpoints, tmp_path / "theirs", server=server))
    assert found["web"].reason is None


def test_a_factory_makes_the_app(tmp_path: Path) -> None:
    assert samples(measured(tmp_path, "factory:create_app()", PLAIN))["plain"].reason is None


@pytest.mark.parametrize(("asked", "in_force"), [(3, 3), ("default", 77)])
def test_the_matrix_sets_the_limit_of_an_app_that_sets_its_own_unless_it_leaves_it(
    asked: int | str, in_force: int, tmp_path: Path
) -> None:
    records = measured(tmp_path, "limits_itself:app", PLAIN, thread_limit=asked)
    (launched,) = [record for record in records if isinstance(record, Launched)]
    assert launched.in_force is not None
    assert launched.in_force.limiter_tokens == in_force
    assert samples(records)["plain"].reason is None
