"""Importing the user's app by its import string, and reporting in a sentence why that fails."""

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
    """Import the app of a launch from its directory.

    The directory is put on the import path and made the working directory, where the app may look for its files. If
    that fails, the reason is reported and the exception is raised.
    """
    assert launch.app is not None
    if launch.path is not None:
        sys.path.insert(0, launch.path)
        # Here and not at the start of the server: some take a name for a file in their working directory.
        _call_theirs(f"changing to {launch.path} failed", partial(os.chdir, launch.path))
    module_name, _, attributes = launch.app.partition(":")
    module = _call_theirs(f"importing {module_name} failed", lambda: import_module(module_name))
    app = module
    where = module_name
    for name in attributes.removesuffix("()").split("."):
        app = _get_attribute(app, name, where)
        where = f"{where}:{name}" if where == module_name else f"{where}.{name}"
    if attributes.endswith("()"):
        app = _call_theirs(f"the factory {launch.app} failed", app)
    if not _takes_a_scope(app):
        advice = f"; write '{launch.app}()' if it makes one" if inspect.isroutine(app) else ""
        problem = (
            f"{launch.app} is not an ASGI app: it is a {type(app).__name__} that does not take scope, receive, send"
        )
        report_failure(problem + advice)
        raise TypeError(problem + advice)
    return app


def _get_attribute(parent: Any, name: str, where: str) -> Any:
    try:
        return getattr(parent, name)
    except AttributeError:
        alike = get_close_matches(name, dir(parent), n=1)
        advice = f"; did you mean {alike[0]!r}?" if alike else ""
        report_failure(f"{where} has no attribute {name!r}{advice}")
        raise


def _call_theirs(problem: str, make: Callable[[], Any]) -> Any:
    """Call the user's code; report and raise whatever it raises."""
    try:
        return make()
    except BaseException as error:
        report_failure(f"{problem}: {type(error).__name__}: {error}")
        raise


def _takes_a_scope(app: Any) -> bool:
    if not callable(app):
        return False
    try:
        inspect.signature(app).bind({}, None, None)
    except TypeError:
        return False
    except ValueError:
        # It is written in C and hides its signature: the first request will tell.
        return True
    return True
