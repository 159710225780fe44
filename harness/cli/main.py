"""The command line: parse the arguments, run one command, and return its exit code.

A command is imported only when it is asked for: `plan` loads nothing that measures, and `run` nothing that renders
until it has measured.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from harness.cli import BAD_INPUT, GOOD, INTERRUPTED
from harness.cli.arguments import make_parser
from harness.model.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parsed = make_parser().parse_args(arguments)
    module = import_module(f"harness.cli.{parsed.command}")
    command: Callable[..., int] = getattr(module, parsed.command)
    try:
        return command(parsed)
    except InputError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the message is for the person who typed the command
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has seen enough; the interpreter must not try to flush the rest of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GOOD
