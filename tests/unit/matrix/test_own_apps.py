"""An app of the user's stands where a scenario stands, and its endpoints where styles stand."""

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from harness.cli.terminal.listing import as_json
from harness.matrix.apps import distributions
from harness.matrix.planner import make_plan
from harness.matrix.schema import json_schema
from harness.matrix.support import requirements
from harness.model.apps import Expected, OwnApp, OwnEndpoint
from harness.model.errors import InputError
from tests.unit.matrix.written import OWN, combination, everything_is_installed, plan_of, problems_of

AXES = "matrix: {server: uvicorn, style: all, concurrency: 1}\n"
NO_ENDPOINT = "expected one method with its path, such as `get: /items`, found"
TEMPLATE = "expected $NAME or ${NAME} for a variable of the environment, or $$ for a dollar sign, after each '$'"


def laid_out(folder: Path) -> Path:
    (folder / "shop").mkdir()
    (folder / "shop" / "requirements.txt").touch()
    return folder


def test_a_matrix_of_an_app_is_a_plan_with_all_that_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(laid_out(tmp_path))
    monkeypatch.setenv("TOKEN", "topsecret")
    plan = plan_of(tmp_path, OWN)

    assert plan.apps == {
        "shop": OwnApp(
            app="shop.main:create_app()",
            path="shop",
            requires=("django>=5", "-r shop/requirements.txt"),
            endpoints={
                "def": OwnEndpoint(
                    "GET", "/sync?a=$$1", expect=Expected(200, {"ok": True, "none": None, "list": [1, 1.5]})
                ),
                "async": OwnEndpoint(
                    "POST", "/items", {"authorization": "Bearer $TOKEN"}, json={"name": "x", "deep": ["$TOKEN"]}
                ),
                "form": OwnEndpoint("PUT", "/form", form={"a": "b"}),
                "body": OwnEndpoint("PATCH", "/body", body="one\ntwo\n"),
            },
        )
    }
    assert "topsecret" not in repr(plan)
    styles = [(cell.launch.scenario, cell.style) for cell in plan.cells]
    assert styles == [
        *(("sleep", style) for style in ("def", "async", "async-blocking", "async-to-thread", "async-threadpool")),
        *(("shop", endpoint) for endpoint in ("def", "async", "form", "body")),
        *(("shop", endpoint) for endpoint in ("async",)),
    ]
    assert [combination(plan.cells[pair.cell])[7] for pair in plan.comparisons] == ["def"]
    assert {cell.launch.delay_s for cell in plan.cells if plan.own_app(cell)} == {None}
    root = str(tmp_path)
    assert f"-r {root}/shop/requirements.txt" in requirements(plan)
    assert "django>=5" in requirements(plan)
    assert json.dumps(as_json(plan))


def test_places_are_relative_to_the_matrix_file_wherever_the_harness_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (app,) = plan_of(tmp_path, OWN).apps.values()

    assert (app.path, app.requires[1]) == ("../shop", "-r ../shop/requirements.txt")


def test_an_app_is_called_by_its_import_string_unless_it_has_a_name(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"scenario: {{app: 'a.b:c.d', endpoints: {{x: {{get: /}}}}}}\n{AXES}")
    assert [cell.launch.scenario for cell in plan.cells] == ["a.b:c.d"]


NO_STYLE = "matrix: {server: uvicorn, concurrency: 1}\n"
APP = "scenario: {name: shop, app: 'a:b', endpoints: {x: {get: /x}, y: {get: /y}}}\n"


def test_a_matrix_of_apps_that_names_no_style_measures_every_endpoint(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{APP}{NO_STYLE}")
    assert [cell.style for cell in plan.cells] == ["x", "y"]
    assert plan.cells == plan_of(tmp_path, f"{APP}{AXES}").cells
    assert list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(f"{APP}{NO_STYLE}"))) == []


def test_the_endpoints_that_a_matrix_without_styles_measures_can_be_excluded_and_added_to(tmp_path: Path) -> None:
    matrix = "matrix: {server: uvicorn, concurrency: 1, exclude: [{style: x}], include: [{style: y, workers: 2}]}\n"
    plan = plan_of(tmp_path, f"{APP}{matrix}")
    assert [(cell.style, cell.launch.workers) for cell in plan.cells] == [("y", 2)]


@pytest.mark.parametrize(
    "scenario", ["scenario: sleep\n", APP.replace("{name", "[sleep, {name").replace("}}}", "}}}]")]
)
def test_a_scenario_of_ours_needs_a_style(tmp_path: Path, scenario: str) -> None:
    (problem,) = problems_of(tmp_path, f"{scenario}{NO_STYLE}")
    assert problem.startswith("matrix.yaml:2:9: the key 'style' is missing: How the endpoint is written")


def test_a_profile_of_an_app_needs_no_style_either_but_may_inherit_one(tmp_path: Path) -> None:
    profiles = "profiles: {mine: {scenario: {app: 'a:c', endpoints: {z: {get: /}}}}}\n"
    assert [cell.style for cell in plan_of(tmp_path, f"{APP}{NO_STYLE}{profiles}", "mine").cells] == ["z"]
    with_style = NO_STYLE.replace("concurrency", "style: x, concurrency")
    (problem,) = problems_of(tmp_path, f"{APP}{with_style}{profiles}", "mine")
    assert problem == "matrix.yaml:2:34: scenario a:c has no style 'x'; choose from z (with profile 'mine')"


def test_an_endpoint_may_be_called_def_and_has_no_knee(tmp_path: Path) -> None:
    app = "scenario: {app: 'a:b', endpoints: {def: {get: /}, async: {get: /}}}\n"
    (problem,) = problems_of(tmp_path, f"{app}{AXES}thresholds: {{knee: 'within(1,2)'}}\n")
    assert problem.endswith(
        "a knee needs bursts of def and async at the same concurrency, in a scenario with a model; fix it"
    )


def test_a_profile_may_name_an_app_of_the_file_or_bring_another(tmp_path: Path) -> None:
    text = f"""\
scenario: {{name: old, app: "a:b", endpoints: {{x: {{get: /}}}}}}
{AXES}profiles:
  both: {{scenario: [old, {{name: new, app: "a:c", endpoints: {{y: {{get: /}}}}}}]}}
"""
    assert [cell.style for cell in plan_of(tmp_path, text, "both").cells] == ["x", "y"]
    assert list(plan_of(tmp_path, text).apps) == ["old"]
    assert list(plan_of(tmp_path, text, "both", ["scenario=new"]).apps) == ["new"]


def test_a_variable_that_is_not_set_makes_what_takes_it_unsupported_and_says_how_to_set_it(tmp_path: Path) -> None:
    path = laid_out(tmp_path) / "matrix.yaml"
    path.write_text(OWN)
    plan = make_plan(path, installed=everything_is_installed, environment={})

    assert {(refusal.cell.style, refusal.status, refusal.reason) for refusal in plan.refusals} == {
        ("async", "unsupported", "its request takes $TOKEN, which is not set; export TOKEN=...")
    }


def test_what_an_app_requires_and_is_not_installed_makes_it_unsupported(tmp_path: Path) -> None:
    plan = plan_of(laid_out(tmp_path), OWN, installed=lambda name: name != "django")

    assert {refusal.reason for refusal in plan.refusals if plan.own_app(refusal.cell)} == {
        'django is not installed; python -m pip install "django>=5" -r ' + plan.apps["shop"].requires[1].split()[1]
    }


@pytest.mark.parametrize(
    ("requirement", "names"),
    [
        ("psycopg[binary,pool]>=3.3", ["psycopg"]),
        ("shop @ git+https://git@example.com/shop", ["shop"]),
        ("git+https://git@example.com/shop@main", []),
        ("https://example.com/shop-1.0-py3-none-any.whl", []),
        ("wheels/shop-1.0-py3-none-any.whl", []),
        ("django>=5; python_version > '3.11'", []),
        ("-e ../shop", []),
        ("../shop", []),
    ],
)
def test_only_what_names_a_distribution_can_be_missed(requirement: str, names: list[str]) -> None:
    assert distributions([requirement]) == names


def test_the_schema_accepts_what_the_reader_accepts(tmp_path: Path) -> None:
    plan_of(laid_out(tmp_path), OWN)
    assert [error.message for error in Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(OWN))] == []


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        (
            "{endpoints: {x: {get: /}}}",
            "1:11: the key 'app' is missing: The ASGI app, as `module:attribute`, or as `module:factory()`",
        ),
        (
            "{app: a.b, endpoints: {x: {get: /}}}",
            "1:17: expected an app such as 'mypackage.main:app' or 'mypackage.main:create_app()', found 'a.b'",
        ),
        (
            "{app: 'a:b', name: sleep, endpoints: {x: {get: /}}}",
            "1:30: 'sleep' is a reserved word; give the app another name",
        ),
        (
            "{app: 'a:b', name: '<b>', endpoints: {x: {get: /}}}",
            "1:30: expected a name of letters, digits, spaces and any of . : ( ) / - _, found '<b>'",
        ),
        ("{app: 'a:b', pat: x, endpoints: {x: {get: /}}}", "1:24: unknown key 'pat'; did you mean 'path'?"),
        (
            "{app: 'a:b', path: absent, endpoints: {x: {get: /}}}",
            "1:11: no directory 'absent' to import a:b from; write it relative to this file",
        ),
        (
            "{app: 'a:b', requires: ['-r absent'], endpoints: {x: {get: /}}}",
            "1:11: no file 'absent' to install from; write it relative to this file",
        ),
        (
            "{app: 'a:b', requires: [--index-url x], endpoints: {x: {get: /}}}",
            "1:35: expected a requirement such as 'django>=5', or '-r FILE', '-c FILE' or '-e FOLDER', found",
        ),
        (
            "{app: 'a:b', endpoints: {all: {get: /}}}",
            "1:36: 'all' is a reserved word; give the endpoint another name",
        ),
        (
            "{app: 'a:b', endpoints: {'a,b': {get: /}}}",
            "1:36: expected a name of at most 60 letters, digits and any of . - _, found 'a,b'",
        ),
        ("{app: 'a:b', endpoints: {x: {expect: {status: 200}}}}", f"1:39: {NO_ENDPOINT} none"),
        ("{app: 'a:b', endpoints: {x: {get: /, post: /}}}", f"1:39: {NO_ENDPOINT} get and post"),
        (
            "{app: 'a:b', endpoints: {x: {post: /, json: {}, body: x}}}",
            "1:39: expected one of json, form, body at most, found json and body",
        ),
        ("{app: 'a:b', endpoints: {x: {get: items}}}", "1:45: expected a path that begins with '/', found 'items'"),
        (
            "{app: 'a:b', endpoints: {x: {get: /_matrix/health}}}",
            "1:45: the harness answers '/_matrix' itself; ask for another path",
        ),
        (
            "{app: 'a:b', endpoints: {x: {get: '/a#b'}}}",
            "1:45: a request has no fragment; leave out '#' and the rest in '/a#b'",
        ),
        ("{app: 'a:b', endpoints: {x: {get: /$}}}", f"1:45: {TEMPLATE}"),
        ("{app: 'a:b', endpoints: {x: {post: /, json: {a: ['$-']}}}}", f"1:60: {TEMPLATE}"),
        (
            "{app: 'a:b', endpoints: {x: {post: /, json: {a: on}}}}",
            "1:59: expected JSON such as true, null, 1 or 1.5, found 'on', which YAML reads as true or false; ",
        ),
        (
            "{app: 'a:b', endpoints: {x: {post: /, json: ~}}}",
            "1:55: expected JSON such as true, null, 1 or 1.5, found nothing (~); ",
        ),
        (
            "{app: 'a:b', endpoints: {x: {get: /, headers: {Matrix-Endpoint: x}}}}",
            "1:58: the harness sets 'matrix-endpoint' itself; leave it out",
        ),
        ("{app: 'a:b', endpoints: {x: {get: /, headers: {a: ä}}}}", "1:61: expected ASCII, found 'ä'"),
        (
            "{app: 'a:b', endpoints: {x: {head: /, expect: {json: {}}}}}",
            "1:58: the answer to HEAD has no body; leave this out",
        ),
        (
            "{app: 'a:b', endpoints: {x: {get: /, expect: {status: 99}}}}",
            "1:65: expected a whole number from 200 to 599 in plain digits, found '99'",
        ),
        (
            f"{{app: 'a:b', path: {'x' * 300}, endpoints: {{x: {{get: /}}}}}}",
            f"1:11: no directory '{'x' * 60}...' to import a:b from; write it relative to this file",
        ),
        ("[]", "1:11: expected at least one value, found an empty list"),
        ("[sleep, sleep]", "1:19: 'sleep' is listed twice; list it once"),
        ("[{app: 'a:b', endpoints: {x: {get: /}}}, 'a:b']", "1:52: 'a:b' is listed twice; list it once"),
        ("slep", "1:11: unknown scenario 'slep'; did you mean 'sleep'?"),
    ],
)
def test_what_is_wrong_with_an_app_is_said_where_it_stands(tmp_path: Path, app: str, problem: str) -> None:
    (found,) = problems_of(tmp_path, f"scenario: {app}\n{AXES}")
    assert found.startswith(f"matrix.yaml:{problem}")


def test_all_problems_of_an_app_are_told_at_once(tmp_path: Path) -> None:
    text = f"scenario: {{app: a, endpoints: {{'': {{get: x}}, y: {{got: /}}}}}}\n{AXES}"
    assert len(problems_of(tmp_path, text)) >= 4


def test_an_app_cannot_be_described_where_one_is_only_named(tmp_path: Path) -> None:
    entry = "{scenario: {app: 'a:b', endpoints: {x: {get: /}}}, style: x}"
    with pytest.raises(InputError):
        plan_of(
            tmp_path, f"scenario: sleep\nmatrix: {{server: uvicorn, style: def, concurrency: 1, exclude: [{entry}]}}\n"
        )
