"""The starter matrix is one that can be run as it is, with and without an app."""

import json
from pathlib import Path

import pytest

from harness.matrix.planner import make_plan
from tests.commands import call

FASTAPI = """
from fastapi import FastAPI

app = FastAPI()

@app.get("/")
def root() -> None: ...

@app.get("/items/sync")
def items() -> None: ...

@app.get("/items/{number}")
def item(number: int) -> None: ...

@app.get("/search")
def search(text: str) -> None: ...

@app.post("/items")
def post() -> None: ...
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.routing import Route

def page(request): ...

class Page: ...

def make():
    posted = Route("/d", page, methods=["POST"])
    return Starlette(routes=[Route("/a", page), Route("/b/{c}", page), posted, Route("/e", Page)])
"""
BARE = """
async def app(scope, receive, send): ...
"""


def test_the_starter_matrix_can_be_planned_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    code, output, _ = call("init", path)
    assert (code, output) == (0, f"{path} is written; edit it, then: python -m harness validate {path}\n")
    assert len(make_plan(path).comparisons) == 3


@pytest.mark.parametrize(
    ("source", "name", "endpoints"),
    [
        (FASTAPI, "main:app", {"root": "/", "items-sync": "/items/sync"}),
        (STARLETTE, "main:make()", {"a": "/a", "e": "/e"}),
        (BARE, "main:app", {"root": "/"}),
    ],
    ids=["FastAPI", "a factory of Starlette", "bare ASGI"],
)
def test_an_app_is_measured_at_its_get_routes_without_parameters(
    source: str, name: str, endpoints: dict[str, str], tmp_path: Path
) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "main.py").write_text(source)
    path = tmp_path / "matrix.yaml"
    assert call("init", path, "--app", name, cwd=shop)[0] == 0
    (app,) = make_plan(path).apps.values()
    assert {name: endpoint.path for name, endpoint in app.endpoints.items()} == endpoints
    assert len(make_plan(path).comparisons) == 1


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text("mine")
    assert call("init", path) == (2, "", f"{path}: this file exists; name another one, or remove it\n")
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import nothing_like_this\n", "ModuleNotFoundError: No module named 'nothing_like_this'"),
        ("from fastapi import FastAPI\napp = FastAPI()\n", "it has no GET route without parameters"),
    ],
)
def test_an_app_that_cannot_be_listed_says_why_and_writes_nothing(source: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(source)
    code, _, errors = call("init", tmp_path / "matrix.yaml", "--app", "main:app", cwd=tmp_path)
    assert code == 2
    assert errors.startswith("--app main:app: ")
    assert why in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "matrix.yaml").exists()


def test_many_routes_are_cut_and_that_is_said(tmp_path: Path) -> None:
    routes = json.dumps([f"/{number}" for number in range(20)])
    (tmp_path / "main.py").write_text(
        f"from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
        f"app = Starlette(routes=[Route(path, object) for path in {routes}])\n"
    )
    path = tmp_path / "matrix.yaml"
    assert call("init", path, "--app", "main:app", cwd=tmp_path)[0] == 0
    (app,) = make_plan(path).apps.values()
    assert len(app.endpoints) == 12
    assert "# 8 more routes left out" in path.read_text()
