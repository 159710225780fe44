"""Finding the user's app by its import string, and saying in a sentence why it cannot be had."""

import inspect
import os
import sys
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any

from scenarios.inside.launched import LaunchSettings, report_failure


def import_app(launch: LaunchSettings) -> Any:
    """The app that a launch names, from the directory that it names: that is put on the import path, and made the
    working directory, where the app may look for its files.

    Where it cannot be had, the reason is reported, and whatever was raised is raised.
    """
    assert launch.app is not None
    if launch.path is not None:
        sys.path.insert(0, launch.path)
        # Here and not where the server starts: some take a name for a file that lies in their working directory.
        _call_theirs(f"changing to {launch.path} failed", partial(os.chdir, launch.path))
    module_name, _, attributes = launch.app.partition(":")
    module = _call_theirs(f"importing {module_name} failed", lambda: import_module(module_name))
    found = module
    where = module_name
    for name in attributes.removesuffix("()").split("."):
        found = _get_attribute(found, name, where)
        where = f"{where}:{name}" if where == module_name else f"{where}.{name}"
    if attributes.endswith("()"):
        found = _call_theirs(f"the factory {launch.app} failed", found)
    if not _takes_a_scope(found):
        advice = f"; write '{launch.app}()' if it makes one" if inspect.isroutine(found) else ""
        problem = f"{launch.app} is no ASGI app: it is a {type(found).__name__} that does not take scope, receive, send"
        report_failure(problem + advice)
        raise TypeError(problem + advice)
    return found


def _get_attribute(of: Any, name: str, where: str) -> Any:
    try:
        return getattr(of, name)
    except AttributeError:
        alike = get_close_matches(name, dir(of), n=1)
        advice = f"; did you mean {alike[0]!r}?" if alike else ""
        report_failure(f"{where} has no attribute {name!r}{advice}")
        raise


def _call_theirs(what: str, make: Callable[[], Any]) -> Any:
    """What is made of the user's code, which may raise anything: it is said, and raised on."""
    try:
        return make()
    except BaseException as error:
        report_failure(f"{what}: {type(error).__name__}: {error}")
        raise


def _takes_a_scope(app: Any) -> bool:
    if not callable(app):
        return False
    try:
        inspect.signature(app).bind({}, None, None)
    except TypeError:
        return False
    except ValueError:
        # Written in C, and not telling what it takes: the first request will.
        return True
    return True
