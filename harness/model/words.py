"""How things are said the same way everywhere."""

from harness.model.plan import Cell


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A number of things: `1 cell`, `2 cells`."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def not_compared(pairs: int) -> str:
    """That so many declared pairs of cells are not held against each other, and why."""
    are, their = ("is", "its") if pairs == 1 else ("are", "their")
    why = f"one of {their} cells cannot be measured, or is left out by --only"
    return f"{counted(pairs, 'declared comparison')} {are} not made: {why}"


def load(cell: Cell) -> str:
    """How much is asked of a server: so many requests at once, or in an open loop so many a second."""
    return f"{cell.asked}{'' if cell.rate is None else '/s'}"


def one_line(anything: str) -> str:
    """Anything on one line: a run of white space is a space, and what cannot be printed a replacement character."""
    return printable(" ".join(anything.split()))


def printable(anything: str, kept: str = "") -> str:
    """Anything without the signs that redraw what is around them, but for those in `kept`.

    These are line separators, control characters and those that turn the direction of writing.
    """
    return "".join(sign if sign.isprintable() or sign in kept else "\N{REPLACEMENT CHARACTER}" for sign in anything)
