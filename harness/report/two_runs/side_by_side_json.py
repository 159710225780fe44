"""Two runs side by side for programs: the same figures as in the Markdown, null where there is nothing to say."""

import json
from dataclasses import asdict
from typing import Any

from harness.analysis.two_runs import Both, SideBySide
from harness.report.two_runs.side_by_side import CAVEAT

_DIGITS = 6


def render(found: SideBySide) -> str:
    """The comparison as JSON, in an order of keys that stays; pairs are of the first run and the second."""
    comparison = asdict(found) | {"cells": [_cell(both) for both in found.cells]}
    told = {"valid": found.is_valid, "caveat": CAVEAT, **_rounded(comparison)}
    return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(both: Both) -> dict[str, Any]:
    """A cell and its figures, with the settings of its launch beside its own, as in results.json."""
    cell, ratio = asdict(both.cell), both.ratio
    launch = cell.pop("launch")
    return {
        **launch | {"parameters": dict(launch["parameters"])},
        **cell,
        "cost_s": both.cost_s,
        "blocks": both.blocks,
        "ratio": ratio.median if ratio else None,
        "low": ratio.low if ratio else None,
        "high": ratio.high if ratio else None,
        "bound": both.bound,
    }


def _rounded(anything: Any) -> Any:
    """The same with its figures to as many digits, so that the last bits of a sum make no difference."""
    match anything:
        case float():
            return float(f"{anything:.{_DIGITS}g}")
        case dict():
            return {key: _rounded(value) for key, value in anything.items()}
        case list() | tuple():
            return [_rounded(each) for each in anything]
        case _:
            return anything
