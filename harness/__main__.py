"""`python -m harness`."""

import sys

from harness.cli import BAD_INPUT, INTERRUPTED

try:
    from harness.cli.main import main

    code = main()
except KeyboardInterrupt:
    code = INTERRUPTED
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] == "harness":
        raise
    install = "python -m pip install -e '.[all]', or let nox do it: python -m nox -s matrix"
    sys.stderr.write(f"{error.name} is not installed here, which asgi-matrix needs; {install}\n")
    code = BAD_INPUT
sys.exit(code)
