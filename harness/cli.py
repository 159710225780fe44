"""The command line: reads what was asked, and lets its verb do it; errors of whoever asks end here.

0 good; 1 a cell failed or a threshold broke; 2 bad input; 3 the measurement is not valid; 130 interrupted. A verb is
imported only when it is asked for: a plan needs nothing that measures, and a run nothing that renders until it is over.
"""

# ruff: noqa: PLC0415 - the imports inside functions are explained above

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from harness.arguments import parser
from harness.model.errors import InputError
from harness.verbs.codes import BAD_INPUT, GOOD, INTERRUPTED

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
            from harness.verbs import planning

            verbs: dict[str, Verb] = {"validate": planning.validate, "plan": planning.plan, "schema": planning.schema}
            return verbs[name]
        case "run":
            from harness.verbs import running

            return running.run
        case "report":
            from harness.verbs import reporting

            return reporting.report
        case "compare":
            from harness.verbs import comparing

            return comparing.compare
        case "publish":
            from harness.verbs import publishing

            return publishing.publish
        case "doctor":
            from harness.verbs import doctor

            return doctor.doctor
    raise ValueError(f"the parser knows a verb that nothing does: {name}")
