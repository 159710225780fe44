"""`python -m harness`."""

import sys

try:
    from harness.cli import INTERRUPTED, main

    code = main()
except KeyboardInterrupt:
    code = INTERRUPTED
sys.exit(code)
