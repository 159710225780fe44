"""Compare the engine with other tools, and measure the harness's overhead: `python -m bench [--json FILE]`."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import json
from pathlib import Path

from bench import arrival, burst, closed_loop, overhead, plan, report, tail

PARTS = {
    "overhead": overhead.measure,
    "plan": plan.measure,
    report.PART: report.measure,
    closed_loop.PART: closed_loop.measure,
    tail.PART: tail.measure,
    burst.PART: burst.measure,
    arrival.PART: arrival.measure,
}
AIMS = {part.PART: part.AIMS for part in (report, closed_loop, tail, burst, arrival)}
"""What some figures should be. Missing one is not a failure, because machines differ."""


def main() -> None:
    """Measure every part, print its figures as they come, and write them to a file if asked."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure the load engine, and what the harness itself costs."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this part; repeatable")
    asked = parser.parse_args()
    figures: dict[str, dict[str, float]] = {}
    for part in asked.only or PARTS:
        figures[part] = {key: round(value, 3) for key, value in PARTS[part]().items()}
        for key, value in figures[part].items():
            print(format_figure(part, key, value), flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2) + "\n")


def format_figure(part: str, key: str, value: float) -> str:
    """Return a figure as a line, with its aim if it has one."""
    aim = AIMS.get(part, {}).get(key)
    return f"{part}.{key} {value:g}" + (f" (aim: {aim})" if aim else "")


if __name__ == "__main__":
    main()
