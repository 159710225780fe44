"""`python -m harness`."""

import sys

try:
    from harness.cli import main
    from harness.verbs.codes import INTERRUPTED

    code = main()
except KeyboardInterrupt:
    code = INTERRUPTED
sys.exit(code)
