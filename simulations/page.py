"""The page with what was simulated, what is promised, and the results."""

from collections.abc import Sequence

from harness.report.document import Align
from harness.report.markdown import lay_out_table
from simulations.noise import NOISES
from simulations.rows import FactRows, PageTable, Part, Promise, Row

NO_PROMISE = "—"

TITLE = "# Do the statistics keep their promises?"
INTRO = (
    "The harness says *faster* only where an interval says so, and an interval is worth what it promises. Here "
    "runs are made up whose truth is known, or drawn from a recording of the same server against itself. They go "
    "through the same functions that judge real runs ([`harness/analysis/`](../harness/analysis)), and what these get "
    "wrong is counted. Everything is in [`simulations/`](../simulations), in pure Python and with fixed seeds: "
    "`python -m nox -s simulate` makes this page again, in about ten minutes on one core. The tests simulate the same "
    "with fewer trials."
)
NOISE_TITLE = "## What the simulated machines do to a figure"
NOISE = (
    "A run is a number of blocks; a comparison is the logarithm of the ratio of two cells of the same block, and "
    "its truth is the median of that. Both sides have the same kind of noise:"
)
INDEPENDENT = (
    "What is off in one block says nothing of the next, once the ratio has taken out the drift: all that is "
    "promised rests on this, and the last row of the last table shows what happens where it is not so. The "
    "harness does what it can: it launches every server anew in each block, and shuffles."
)
READING_TITLE = "## How to read the tables"
READING = (
    "*Simulated* is the share of trials in which it was so, *±* its standard error (of Monte Carlo: it shrinks "
    "with more trials), *kept* says whether the share as simulated keeps the promise. The error is worked out as if "
    "one trial more had come out each way (Laplace), so that 0.00% has one, too: to have seen none in 5,000 trials is "
    "not to know that there are none. *6 to 30 blocks* is a run with `blocks: {min: 6, max: 30}`, *6 blocks* one of "
    "a fixed number. Where no promise is made, there is a dash. d is the practical difference, 5% in all runs."
)


def render(parts: Sequence[Part]) -> str:
    """Return the whole page as Markdown."""
    noises = "\n".join(f"- **{noise.name}**: {noise.says}." for noise in NOISES)
    front = [TITLE, INTRO, NOISE_TITLE, NOISE, noises, INDEPENDENT, READING_TITLE, READING]
    return "\n\n".join([*front, *(block for part in parts for block in _part(part))]) + "\n"


def format_row(row: Row) -> str:
    """Return a row as a line for a terminal."""
    what, promise, *figures = _cells(row)
    return f"{what}: {' '.join(figures)} (promise: {promise})"


def _part(part: Part) -> list[str]:
    return [f"## {part.title}", *(block for each in part.tables for block in (each.says, _table(each)))]


def _table(found: PageTable) -> str:
    if isinstance(found.rows, FactRows):
        return _columns(found.rows.headers, found.rows.rows)
    return _columns(("what", "promise", "simulated", "±", "trials", "kept"), list(map(_cells, found.rows)))


def _columns(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return lay_out_table(headers, rows, [Align.LEFT, *[Align.RIGHT] * (len(headers) - 1)])


def _cells(row: Row) -> tuple[str, ...]:
    share = row.share
    kept = NO_PROMISE if row.promise is None else "yes" if row.is_kept() else "**no**"
    return row.what, _promise(row.promise), f"{share.value:.2%}", f"{share.error:.2%}", f"{share.trials:,}", kept


def _promise(promise: Promise | None) -> str:
    if promise is None:
        return NO_PROMISE
    if not promise.is_least and not promise.bound:
        return "never"
    return f"{'at least' if promise.is_least else 'at most'} {promise.bound:.0%}"
