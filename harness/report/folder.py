"""A run folder on disk: its report in every form, and the index of all of them."""

import os
from pathlib import Path

from harness.analysis.findings import Findings
from harness.report import index, readme, results

REPORT = "README.md"
MATRIX = "matrix.yaml"


def write(folder: Path, findings: Findings) -> None:
    """Write the report of a run into its folder, and the index beside it, unless somebody else's file has that place.

    Raises OSError where the folder is not there or cannot be written to; no file is ever left half written.
    """
    # The parent of `.` is `.` again: only a resolved folder is sure to lie inside its parent.
    folder = folder.resolve()
    replace(folder / REPORT, readme.render(findings))
    replace(folder / results.FILE_NAME, results.render(findings))
    replace(folder / MATRIX, findings.header.plan.matrix)
    if index.may_be_written(folder.parent / REPORT):
        replace(folder.parent / REPORT, index.render(index.collect(folder.parent)))


def replace(path: Path, content: str) -> None:
    """Put a file in place of whatever was there, all at once; its line ends are those of the content."""
    half_written = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half_written.write_bytes(content.encode())
        half_written.replace(path)
    finally:
        half_written.unlink(missing_ok=True)
