"""Words that several rooms share."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """Return a number of things: `1 cell`, `2 cells`."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def not_compared(pairs: int) -> str:
    """Return a sentence on the declared comparisons that are not made."""
    are, their = ("is", "its") if pairs == 1 else ("are", "their")
    why = f"one of {their} cells cannot be measured, or is left out by --only"
    return f"{counted(pairs, 'declared comparison')} {are} not made: {why}"


def one_line(anything: str) -> str:
    """Return a text on one line: white space becomes one space, unprintable characters are replaced."""
    return printable(" ".join(anything.split()))


def printable(anything: str, kept: str = "") -> str:
    """Return a text with replacement characters for those that cannot be printed, except those in `kept`.

    Such are line separators, control characters and those that change the direction of writing.
    """
    return "".join(sign if sign.isprintable() or sign in kept else "\N{REPLACEMENT CHARACTER}" for sign in anything)
