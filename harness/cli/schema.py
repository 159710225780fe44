"""The command `schema`: print the JSON Schema of the matrix file, or a page of docs/ that is made from it."""

import argparse
import sys

from harness.cli import GOOD
from harness.matrix.reference import write_matrix_reference, write_scenario_reference
from harness.matrix.schema import schema_text


def schema(arguments: argparse.Namespace) -> int:
    """Print the schema or the page."""
    write = {"json": schema_text, "reference": write_matrix_reference, "scenarios": write_scenario_reference}
    sys.stdout.write(write[arguments.format]())
    return GOOD
