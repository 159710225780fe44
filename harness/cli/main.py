"""The command line: reads what was asked, and lets its verb do it; errors of whoever asks end here.

0 good; 1 a cell failed or a threshold broke; 2 bad input; 3 the measurement is not valid; 130 interrupted. A verb is
imported only when it is asked for: a plan needs nothing that measures, and a run nothing that renders until it is over.
"""

# ruff: noqa: PLC0415 - the imports inside functions are explained above

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from harness.cli.arguments import parser
from harness.cli.exit_codes import BAD_INPUT, GOOD, INTERRUPTED
from harness.model.errors import InputError

Verb = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments ask for; the exit code."""
    asked = parser().parse_args(arguments)
    try:
        return _verb(asked.verb)(asked)
    except InputError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what is wrong with the input is for whoever typed it
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not try to flush the rest of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD


def _verb(name: str) -> Verb:
    """What the verb of this name does."""
    match name:
        case "validate" | "plan" | "schema":
            from harness.cli import plan

            verbs: dict[str, Verb] = {"validate": plan.validate, "plan": plan.plan, "schema": plan.schema}
            return verbs[name]
        case "run":
            from harness.cli import run

            return run.run
        case "report":
            from harness.cli import report

            return report.report
        case "compare":
            from harness.cli import compare

            return compare.compare
        case "publish":
            from harness.cli import publish

            return publish.publish
        case "doctor":
            from harness.cli import doctor

            return doctor.doctor
    raise ValueError(f"the parser knows a verb that nothing does: {name}")
