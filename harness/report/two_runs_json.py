"""Write two compared runs as JSON: the same figures as in the Markdown, null where there is nothing to say."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from harness.analysis.two_runs import CellInBoth, RunFacts, StyleInBoth, TwoRuns
from harness.model.axes import identify_cell
from harness.model.plan import Cell
from harness.report.naming import Names
from harness.report.two_runs import CAVEAT
from harness.report.wording import describe_withheld

_DIGITS = 6


def render_json(found: TwoRuns) -> str:
    """Return the comparison as JSON; pairs are of the first run and the second."""
    read = {
        "valid": found.is_valid,
        "caveat": CAVEAT,
        "runs": [_run(run) for run in found.runs],
        "difference": found.difference,
        "apart": [asdict(change) for change in found.apart],
        "changed": [asdict(change) for change in found.changed],
        "verdicts": [_style(style) for style in found.styles],
        "cells": [_cell(both) for both in found.cells],
        "without": _group(found.runs[0], found.without),
    }
    return json.dumps(_round(read), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _run(run: RunFacts) -> dict[str, Any]:
    return {
        "name": run.name,
        "started_at": run.started_at,
        "blocks": run.blocks,
        "compared": run.compared,
        "control": run.control and asdict(run.control),
        "alone": _group(run, run.alone),
    }


def _group(run: RunFacts, cells: Sequence[Cell]) -> dict[str, Any] | None:
    return {"cells": len(cells), "names": Names(run.plan).name_group(cells)} if cells else None


def _style(style: StyleInBoth) -> dict[str, Any]:
    found = style.comparison
    return {
        "server": found.cell.launch.server,
        "style": found.cell.style,
        "cells": style.cells,
        "bound": style.bound,
        "blocks": style.blocks,
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "may_miss": found.may_miss,
        "verdict": found.verdict,
        "reason": found.withheld and describe_withheld(found.withheld),
    }


def _cell(both: CellInBoth) -> dict[str, Any]:
    found = both.ratio
    return {
        **identify_cell(both.cell),
        "parameters": dict(both.cell.launch.parameters),
        "cost_s": both.cost_s,
        "blocks": both.blocks,
        "ratio": found and found.median,
        "low": found and found.low,
        "high": found and found.high,
        "bound": both.bound,
    }


def _round(anything: Any) -> Any:
    """Return the same with its figures to a few digits, so that the last bits of a sum make no difference."""
    match anything:
        case float():
            return float(f"{anything:.{_DIGITS}g}")
        case dict():
            return {key: _round(value) for key, value in anything.items()}
        case list() | tuple():
            return [_round(each) for each in anything]
        case _:
            return anything
