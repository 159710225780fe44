"""The cells of a run for a spreadsheet (RFC 4180): one row per cell, with the keys of results.json as columns.

A nested figure has both keys, as in `wait_ms_p50`. A list, or figures whose keys vary, are one field, separated by
`;`. A missing figure is an empty field.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.analysis.bursts import Burst
from harness.analysis.findings import CellFinding, Findings
from harness.report.results import write_cell

_PERCENTILES = ("p50", "p95", "p99")
_CHECKS = ("p50", "max", "checks")
NESTED: Mapping[str, Sequence[str]] = {
    "wait_ms": _PERCENTILES,
    "work_ms": _PERCENTILES,
    "wire_ms": _PERCENTILES,
    "health_async_ms": _CHECKS,
    "health_def_ms": _CHECKS,
}
"""The keys that hold several figures, or null."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - wide signs do the same
"""What begins a formula in a spreadsheet."""


def render(findings: Findings, _: Sequence[Burst], __: Path) -> str:
    """Return the cells of a run as CSV."""
    return render_cells(findings.cells)


def render_cells(findings: Sequence[CellFinding]) -> str:
    """Return a table of these cells, its header first; no cells give an empty text."""
    rows = [dict(_flat(write_cell(finding))) for finding in findings]
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerows([rows[0], *(row.values() for row in rows)] if rows else [])
    return written.getvalue()


def _flat(nested: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in nested.items():
        if key in NESTED:
            for inner in NESTED[key]:
                yield f"{key}_{inner}", _field(value and value[inner])
        else:
            yield key, _field(value)


def _field(value: Any) -> str:
    """Return a value as one field."""
    match value:
        case None:
            return ""
        case dict():
            return harmless(";".join(f"{key}={number}" for key, number in _named(value)))
        case list():
            return harmless(";".join(map(str, value)))
        case str():
            return harmless(value)
    return str(value)


def _named(figures: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield figures with all their keys, as in `slow_p50_ms` for a class of requests."""
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from ((f"{key}_{name}", _field(inner)) for name, inner in value.items())
        else:
            yield key, value


def harmless(written: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe precedes what would begin one."""
    return f"'{written}" if written.startswith(_FORMULA) else written
