"""Simulate runs with a known truth, and count what the statistics get wrong: `python -m simulations`."""

# ruff: noqa: T201 - printing is what this module is for

import argparse
import sys
from pathlib import Path

from simulations import (
    contrast,
    control,
    coverage,
    false_verdicts,
    knee,
    power,
    racing,
    rules,
    steps,
    two_runs,
    windows,
)
from simulations.page import format_row, render
from simulations.rows import CHANCE

PARTS = (
    coverage.simulate,
    false_verdicts.simulate,
    power.simulate,
    windows.simulate,
    rules.simulate,
    racing.simulate,
    knee.simulate,
    steps.simulate,
    control.simulate,
    two_runs.simulate,
    contrast.simulate,
)
TRIALS = 5_000
"""Enough to know a share of 5% to 0.3 points."""
FEWEST_TRIALS = 10
"""Slow simulations take as little as a tenth of the trials."""


def main() -> int:
    """Simulate every part, print its shares as they come, and write the page if asked.

    Returns 1 if a promise is broken by more than chance explains: with few trials a share may miss it by chance.
    """
    parser = argparse.ArgumentParser(
        prog="python -m simulations", description="Simulate whether the statistics keep their promises."
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables to this file")
    parser.add_argument(
        "--trials", type=_trials, default=TRIALS, metavar="N", help="how many trials a share has; slow ones have fewer"
    )
    asked = parser.parse_args()
    parts = []
    for simulate in PARTS:
        parts.append(simulate(asked.trials))
        for row in parts[-1].rows:
            print(format_row(row), flush=True)
    if asked.markdown:
        asked.markdown.write_text(render(parts))
    broken = [row for part in parts for row in part.rows if not row.is_kept(CHANCE)]
    for row in broken:
        print(f"broken: {format_row(row)}", file=sys.stderr)
    return 1 if broken else 0


def _trials(text: str) -> int:
    trials = int(text)
    if trials < FEWEST_TRIALS:
        raise argparse.ArgumentTypeError(f"{trials} trials are too few; expected at least {FEWEST_TRIALS}")
    return trials


if __name__ == "__main__":
    sys.exit(main())
