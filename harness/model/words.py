"""How things are said the same way everywhere."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A number of things: `1 cell`, `2 cells`."""
    return f"{number} {thing if number == 1 else things or f'{thing}s'}"
