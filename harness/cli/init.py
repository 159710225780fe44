"""The command `init`: write a commented starter matrix, for the scenario `sleep` or for an app of the user's."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from harness.cli import GOOD
from harness.model.errors import InputError
from harness.model.words import counted

_IMPORT_TIMEOUT_S = 60.0
_MOST_ENDPOINTS = 12
"""More endpoints make the first run long; the user can add the others."""

_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST_NAME = 60
_LIST_ROUTES = Path(__file__).with_name("list_routes.py")

_HEAD = """\
# What to measure. Every axis takes a value or a list; all combinations are measured.
# All keys: docs/matrix.md. Check this file: python -m harness validate. Run it: python -m nox -s matrix
title: {title}
"""
_SLEEP = """\
scenario: sleep # every request waits, like a call to a slow database
delay: 100ms
matrix:
  server: [uvicorn, granian]
  thread_limit: default # the framework's own: 40 threads
  style: [def, async]
  concurrency: [1, around-knees] # and next to where the threads run out
baseline: {server: uvicorn, style: async} # measured twice: how far the same thing is from itself
compare:
  - {style: [def, async], where: {concurrency: 41}}
  - {server: all, against: baseline, where: {concurrency: 80}}
rounds: 5 # windows of each compared cell in a block
blocks: {min: 7, max: 20} # until every comparison is settled
budget: 3m # or until this time is over
"""
_APP = """\
scenario:
  app: {app} # imported as it is, and not edited
  path: {path} # put on the import path, relative to this file
  endpoints: # add headers, bodies and expected answers: docs/your-own-app.md
{endpoints}
executor: closed-loop # a fixed number of connections that are always busy
warmup: 500ms
duration: 2s
matrix:
  server: [uvicorn, granian]
  concurrency: [1, 32]
baseline: {{server: uvicorn, style: {first}}} # measured twice: how far the same thing is from itself
compare:
  - {{server: all, against: baseline, where: {{concurrency: 32}}}}
blocks: {{min: 7, max: 20}} # until every comparison is settled
budget: 5m # or until this time is over
"""


def init(arguments: argparse.Namespace) -> int:
    """Write a starter matrix and print what to do next. Raises InputError rather than overwrite a file."""
    path: Path = arguments.matrix
    if path.exists():
        raise InputError(f"{path}: this file exists; name another one, or remove it")
    if arguments.app:
        text = _write_for_app(arguments.app, Path.cwd(), path.parent)
    else:
        text = _HEAD.format(title="def vs async def") + _SLEEP
    try:
        path.write_text(text)
    except OSError as error:
        raise InputError(f"{path}: cannot write it: {error.strerror}") from error
    print(f"{path} is written; edit it, then: python -m harness validate {path}")
    return GOOD


def _write_for_app(app: str, folder: Path, matrix_folder: Path) -> str:
    """Return a matrix for the GET routes of an app that is imported from a folder."""
    routes = _list_routes(app, folder)
    shown = routes[:_MOST_ENDPOINTS]
    endpoints = "".join(f"    {_quote(name)}: {{get: {_quote(path)}}}\n" for name, path in shown)
    if len(routes) > len(shown):
        endpoints += f"    # {counted(len(routes) - len(shown), 'more route')} left out\n"
    return _HEAD.format(title=_quote(app)) + _APP.format(
        app=_quote(app),
        path=_quote(os.path.relpath(folder, matrix_folder)),
        endpoints=endpoints.rstrip("\n"),
        first=_quote(shown[0][0]),
    )


def _quote(text: str) -> str:
    """Return a text as YAML reads it back."""
    return yaml.safe_dump(text, default_flow_style=True, width=10_000).removesuffix("...\n").strip()


def _name(path: str) -> str:
    """Return a name for an endpoint: `/items/sync` is `items-sync`."""
    return _NO_NAME.sub("-", path).strip("-")[:_LONGEST_NAME] or "root"


def _list_routes(app: str, folder: Path) -> Sequence[tuple[str, str]]:
    """Return a name and a path for each GET route without parameters, from a child process that imports the app."""
    command = [sys.executable, str(_LIST_ROUTES), app]
    try:
        listed = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_IMPORT_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"--app {app}: importing it takes longer than {_IMPORT_TIMEOUT_S:.0f} s") from error
    if listed.returncode:
        last = (listed.stderr.strip() or "no output").splitlines()[-1]
        raise InputError(f"--app {app}: cannot be imported from {folder}: {last}; name it as module:attribute")
    paths: list[str] = json.loads(listed.stdout.splitlines()[-1])
    if not paths:
        raise InputError(f"--app {app}: it has no GET route without parameters; write its endpoints by hand")
    return [(_name(path), path) for path in paths]
