"""How things are said the same way everywhere."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A number of things: `1 cell`, `2 cells`."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"


def not_compared(pairs: int) -> str:
    """That so many declared pairs of cells are not held against each other, and why."""
    are, their = ("is", "its") if pairs == 1 else ("are", "their")
    why = f"one of {their} cells cannot be measured, or is left out by --only"
    return f"{counted(pairs, 'declared comparison')} {are} not made: {why}"
