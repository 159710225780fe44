"""`python -m harness`, and the console script `asgi-matrix`."""

import sys

from harness.cli import BAD_INPUT, INTERRUPTED


def run() -> int:
    """Run the command line and return its exit code."""
    try:
        from harness.cli.main import main  # noqa: PLC0415 - a package that is missing is told without a traceback

        return main()
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "harness":
            raise
        install = "python -m pip install -e '.[all]', or let nox do it: python -m nox -s matrix"
        sys.stderr.write(f"{error.name} is not installed here, which asgi-matrix needs; {install}\n")
        return BAD_INPUT


if __name__ == "__main__":
    sys.exit(run())
