"""Run as a script: import an app, and print the paths of its GET routes without parameters as JSON.

It runs in a process of its own, since importing an app runs the user's code.
"""

import importlib
import json
import sys
from pathlib import Path
from typing import Any


def list_paths(app: Any) -> list[str]:
    """Return the paths of GET routes, from OpenAPI if the app has it, else from its routes; `/` if it has neither."""
    if callable(getattr(app, "openapi", None)):
        paths = [path for path, methods in app.openapi()["paths"].items() if _needs_nothing(methods.get("get"))]
    elif hasattr(app, "routes"):
        paths = [route.path for route in app.routes if _is_get(route)]
    else:
        paths = ["/"]
    return [path for path in paths if "{" not in path]


def _is_get(route: Any) -> bool:
    """Return whether a route answers GET: a class as endpoint leaves its methods open, and a mount has none."""
    return hasattr(route, "methods") and (route.methods is None or "GET" in route.methods)


def _needs_nothing(operation: dict[str, Any] | None) -> bool:
    """Return whether a GET can be called without parameters."""
    return operation is not None and not any(each.get("required") for each in operation.get("parameters", ()))


def main(name: str) -> None:
    """Print the paths of the app `module:attribute`, or `module:factory()`."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    app = getattr(importlib.import_module(module), attribute.removesuffix("()"))
    sys.stdout.write(json.dumps(list_paths(app() if attribute.endswith("()") else app)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
