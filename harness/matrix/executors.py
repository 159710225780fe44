"""What goes with which executor: a rate with an open loop, a window with a steady one, and a client that can."""

from collections.abc import Iterable, Iterator

from harness.matrix.axes import AROUND_KNEES, Combination, Value
from harness.matrix.containers import Section
from harness.matrix.format import defaults
from harness.matrix.nodes import Problems, Written, shown
from harness.model.plan import BURST, OPEN_LOOPS, STEADY, Cell, Load

_WINDOW = ("duration", "warmup")


def check_keys(section: Section, own: Section, problems: Problems) -> set[Value]:
    """Check what a layer of the file says itself against the executor that is in force with it.

    What it merely inherits need not fit. Gives the rates that are of no use, so that nothing else need be said of them.
    """
    executor = _executor(section)
    if executor == BURST:
        for name in _WINDOW:
            if name in own:
                advice = f"choose executor {_or(STEADY)}, or leave it out"
                problems.add(own[name].place, f"a burst takes no {name}; {advice}")
    if executor is None or executor in OPEN_LOOPS:
        return set()
    useless = list(_rates(own))
    for rates in useless:
        advice = f"choose executor {_or(OPEN_LOOPS)}, or leave it out"
        problems.add(rates.place, f"executor {executor} takes no rate; {advice}")
    return {rate.value for rates in useless for rate in rates.value or ()}


def with_rates(combinations: list[Combination], section: Section, problems: Problems) -> list[Combination]:
    """The combinations with a rate each for an open loop, and without any for another executor."""
    executor = _executor(section)
    if executor not in OPEN_LOOPS:
        return [each if each.rate is None else each._replace(rate=None) for each in combinations]
    if any(combination.rate is None for combination in combinations):
        needed = f"executor {executor} needs a rate, and there are combinations that have none"
        advice = "write `rate` under `matrix`, and in an entry of `include` that is a combination of its own"
        problems.add(section["executor"].place, f"{needed}; {advice}")
    if any(combination.concurrency == AROUND_KNEES for combination in combinations):
        useless = f"executor {executor} takes no concurrency {shown(AROUND_KNEES)}: there it is the most in flight"
        problems.add(section["executor"].place, f"{useless}, and has no knee; name a number")
    return combinations


def refusal(cell: Cell, load: Load) -> str | None:
    """Why a client cannot offer the load of a cell, or None where it can."""
    if cell.executor not in OPEN_LOOPS:
        return None
    if cell.client != "engine":
        return f"client {cell.client} connects when it likes, so it cannot keep an open loop; use client engine"
    if load.connections == "per-request":
        return "an open loop opens no connection inside its window; use `connections: keep-alive`"
    return None


def _executor(section: Section) -> str | None:
    """The executor in force, or None where it could not be read."""
    executor: str | None = section["executor"].value if "executor" in section else defaults()["executor"]
    return executor


def _rates(own: Section) -> Iterator[Written]:
    """Every `rate` that a layer of the file gives to cells: under `matrix` and in the entries there."""
    matrix: Section = own["matrix"].value or {} if "matrix" in own else {}
    entries = (entry.value for name in ("exclude", "include") if name in matrix for entry in matrix[name].value or ())
    for names in (matrix, *entries):
        if "rate" in names:
            yield names["rate"]


def _or(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}"
