"""The walls between the rooms: data flows one way, so imports do, too."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {  # a file with an entry of its own is no part of its room
    "harness/model": {"harness.model"},
    "harness/matrix": {"harness.matrix", "harness.model", "servers", "scenarios"},
    "harness/measure": {"harness.measure", "harness.matrix", "harness.model", "servers", "scenarios"},
    "harness/analysis": {"harness.analysis", "harness.model"},
    "harness/article": {"harness.article", "harness.analysis", "harness.model"},
    "harness/article/sections.py": {
        "harness.article",
        "harness.analysis",
        "harness.model",
        "harness.report.cells",
        "harness.report.document",
        "harness.report.naming",
        "harness.report.numbers",
    },
    "harness/report": {"harness.report", "harness.article", "harness.analysis", "harness.model"},
    "harness/doctor": {"harness.doctor", "harness.analysis", "harness.matrix", "harness.measure", "harness.model"},
    "servers": {"servers"},
    "scenarios": {"scenarios"},
    "simulations": {
        "simulations",
        "harness.analysis",
        "harness.model",
        "harness.report.document",
        "harness.report.markdown",
    },
    "simulations/record.py": {"simulations", "harness.measure", "harness.model"},
    "simulations/targets.py": {"simulations", "harness.matrix", "harness.measure", "harness.model", "scenarios"},
}
OURS = ("harness", "servers", "scenarios", "tests", "bench", "simulations")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it goes"
            module = node.module or ""
            yield from (f"{module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_comes_before_it(room: str) -> None:
    path = ROOT / room
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    assert files
    for path in files:
        if path != ROOT / room and str(path.relative_to(ROOT)) in MAY_IMPORT:
            continue
        for name in imported(path):
            if name.partition(".")[0] in OURS:
                allowed = any(name == room_ or name.startswith(f"{room_}.") for room_ in MAY_IMPORT[room])
                assert allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("harness.matrix.planner", {"fastapi", "aiohttp", "rich", "psutil"}),
        ("harness.measure.run", {"fastapi", "aiohttp", "rich", "harness.report", "harness.analysis"}),
        ("harness.cli.terminal.progress", {"rich", "harness.report", "harness.analysis", "vl_convert"}),
        ("harness.cli.terminal.live", {"harness.report", "harness.analysis", "vl_convert"}),
        (
            "harness.measure.client.engine",
            {"fastapi", "aiohttp", "pydantic", "psutil", "yaml", "harness.report", "harness.analysis"},
        ),
        ("harness.measure.client.sessions", {"fastapi", "pydantic", "yaml", "harness.report", "harness.analysis"}),
        ("scenarios.inside.witness", {"harness", "aiohttp", "rich", "yaml"}),
    ],
)
def test_nothing_is_loaded_that_is_not_needed(module: str, never: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()) & never == set()


PROSE = re.compile(r"(^|[\w,;:]) [a-zA-Z]")
"""A blank before a letter: what a sentence has, and a code has not."""


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """Yield all strings and their lines, but docstrings, messages of errors, and the values of enums."""
    silent: set[ast.AST] = set()
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        is_error = isinstance(node, ast.Call) and getattr(node.func, "id", None) == "InputError"
        is_enum = isinstance(node, ast.ClassDef) and any(getattr(base, "id", None) == "StrEnum" for base in node.bases)
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_error or is_enum or is_docstring:
            silent |= {*ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.lineno, node.value


def test_the_analysis_returns_codes_and_no_sentences() -> None:
    found = {
        str(path.relative_to(ROOT)): told
        for path in sorted((ROOT / "harness/analysis").rglob("*.py"))
        if (told := [(line, text) for line, text in spoken(path) if PROSE.search(text)])
    }
    assert found == {}
