"""What a report costs, from the journal to all files: for a default run, and for 100,000 samples.

Each report is made in a process of its own, including imports. Reading the journal alone is timed in the same process:
seconds depend on the machine, their ratio hardly does.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.journals import MANY_BLOCKS, MANY_CELLS, ROOT, make_records, plan_default_matrix, plan_matrix
from harness.model import journal
from harness.model.plan import Plan

PART = "report"
PLANS: Mapping[str, Callable[[], Plan]] = {
    "default": plan_default_matrix,
    "many_blocks": partial(plan_matrix, MANY_BLOCKS),
    "many_cells": partial(plan_matrix, MANY_CELLS),
}
AIMS = {
    "default_write_s": "at most 10",
    "default_shown_mb": "at most 2",
    "many_blocks_s": "at most 60",
    "many_blocks_peak_mb": "at most 1000",
    "many_blocks_shown_mb": "at most 2",
    "many_cells_s": "at most 60",
    "many_cells_peak_mb": "at most 1000",
    "many_cells_shown_mb": "at most 2",
}


def measure() -> dict[str, float]:
    """Measure the report of each journal; keys are the journal's name and the figure's."""
    return {
        f"{name}_{figure}": value for name, plan in PLANS.items() for figure, value in _measure_report(plan()).items()
    }


def _measure_report(plan: Plan) -> dict[str, float]:
    with TemporaryDirectory() as reports:
        folder = Path(reports) / "run"
        folder.mkdir()
        with (folder / journal.FILE_NAME).open("wb") as file:
            file.writelines(map(journal.to_line, make_records(plan)))
        process = subprocess.run(
            [sys.executable, "-m", "bench.report", folder], cwd=ROOT, check=True, stdout=subprocess.PIPE
        )
    figures: dict[str, float] = json.loads(process.stdout)
    return figures


def make_report(folder: Path) -> dict[str, float]:
    """Make the report of a run folder in this process, and return what that took.

    `s` is the seconds from the imports to the last file: reading and analysing (`analyse_s`), reading again for the
    bursts that are drawn (`bursts_s`), and writing charts, page and all other files (`write_s`). `vs_reading` is the
    multiple of reading the journal once. `analyse_peak_mb` and `peak_mb` are the most memory until the analysis ended
    and ever, `shown_mb` is the largest file for a browser.
    """
    path = folder / journal.FILE_NAME
    began_s = time.perf_counter()
    for _ in journal.read(path):
        pass
    read_s = time.perf_counter()
    # These imports are part of the cost of a report; the process that writes the journal does not need them.
    from harness.analysis.analyse import analyse  # noqa: PLC0415
    from harness.analysis.bursts import find_typical_bursts  # noqa: PLC0415
    from harness.matrix.catalog import read_facts  # noqa: PLC0415
    from harness.report import folder as report_folder  # noqa: PLC0415

    findings = analyse(journal.read(path), read_facts(), journal.sha256(path), report_folder.EXTENSIONS)
    analysed_s, analysed_mb = time.perf_counter(), _peak_mb()
    bursts = find_typical_bursts(journal.read(path), findings)
    bursts_read_s = time.perf_counter()
    report_folder.write(folder, findings, bursts)
    written_s = time.perf_counter()
    shown = [file.stat().st_size for file in folder.rglob("*") if file.suffix in (".html", ".svg")]
    return {
        "s": written_s - read_s,
        "analyse_s": analysed_s - read_s,
        "bursts_s": bursts_read_s - analysed_s,
        "write_s": written_s - bursts_read_s,
        "vs_reading": (written_s - read_s) / (read_s - began_s),
        "analyse_peak_mb": analysed_mb,
        "peak_mb": _peak_mb(),
        "shown_mb": max(shown, default=0) / 1e6,
    }


def _peak_mb() -> float:
    """Return the most memory that this process ever held."""
    # Linux counts kilobytes, macOS bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    json.dump(make_report(Path(sys.argv[1])), sys.stdout)
