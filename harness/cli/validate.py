"""The command `validate`: check a matrix file."""

# ruff: noqa: T201 - this module prints

import argparse
import json

from harness.cli import BAD_INPUT, GOOD
from harness.cli.plan import MATRIX, make_selected_plan, warn_of_few_blocks
from harness.cli.terminal import format_duration
from harness.matrix.forecast import least_s, total_s
from harness.model.errors import InputError
from harness.model.plan import Plan
from harness.model.words import counted


def validate(arguments: argparse.Namespace) -> int:
    """Print whether a matrix file is good, or all its problems."""
    try:
        plan = make_selected_plan(arguments)
    except InputError as error:
        if not arguments.json:
            raise
        print(json.dumps({"valid": False, "problems": str(error).splitlines()}, indent=2))
        return BAD_INPUT
    if arguments.json:
        print(json.dumps({"valid": True, "problems": []}, indent=2))
    else:
        print(f"{arguments.matrix or MATRIX} is good: {_describe_size(plan)}", *warn_of_few_blocks(plan), sep="\n")
    return GOOD


def _describe_size(plan: Plan) -> str:
    refused = f"; {counted(len(plan.refusals), 'cell')} cannot be measured (`plan` says why)" if plan.refusals else ""
    blocks, duration = counted(plan.blocks, "block"), format_duration(total_s(plan))
    if plan.is_sequential:
        blocks, duration = f"{plan.min_blocks} to {blocks}", f"{format_duration(least_s(plan))} to {duration}"
    return f"{counted(len(plan.cells), 'cell')} in {blocks}, about {duration}{refused}"
