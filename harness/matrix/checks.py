"""What only the whole of a matrix file can tell: names that it does not define, and keys that do not go together."""

from collections.abc import Iterable, Iterator, Sequence

from harness.matrix.catalog import takers
from harness.matrix.expand import NAMES
from harness.matrix.kinds import missing_key
from harness.matrix.positions import KEY, PathSteps, Section, quote, suggest, unknown
from harness.matrix.reader import Settings
from harness.matrix.schema import Layer, Matrix
from harness.model.axes import ALL, AROUND_KNEES, MATRIX_AXES, Value
from harness.model.executors import EXECUTORS, Executor
from harness.model.plan import Cell, Load
from scenarios.kit import DELAY, POOL_SIZE

Named = tuple[PathSteps, Value]
"""A value of an axis that a file names, with the steps to it."""

_WINDOW_KEYS = ("duration", "warmup")
_EVERYWHERE = ("matrix", "include", "exclude", "baseline", "compare")


def check_required(settings: Settings) -> bool:
    """Return whether a file has every key that it needs, after noting those that it lacks."""
    tree, matrix = settings.tree, settings.tree.get("matrix")
    missing = [(name, Layer.model_fields[name]) for name in ("scenario", "matrix") if name not in tree]
    for name, field in missing:
        settings.note((), missing_key(name, field))
    lacking = []
    if isinstance(matrix, Section):
        present = {"scenario", *settings.listed(), *matrix}
        # Whether a style is needed depends on the scenarios.
        unclear = () if settings.scenarios else ("style",)
        lacking = [axis.name for axis in MATRIX_AXES if axis.required and axis.name not in (*present, *unclear)]
    for name in lacking:
        settings.note(("matrix",), missing_key(name, Matrix.model_fields[name]))
    is_known = all(name in settings.styles for name in settings.scenarios)
    return is_known and not missing and not lacking and not settings.unreadable & {"scenario", "matrix"}


def check_names(settings: Settings) -> set[Value]:
    """Note every server, scenario and style that nothing is known of, and parameters that no scenario takes.

    Returns the strange values, so that nothing else need be said of them.
    """
    strange = _check_known(settings, "server", settings.server_names)
    if "scenario" not in settings.unreadable:
        # An app that could not be read might be any scenario, and have any style.
        strange |= _check_known(settings, "scenario", list(settings.styles)) | _check_styles(settings)
    scenarios = _used_scenarios(settings)
    for steps in _own_parameters(settings):
        if scenarios and not set(takers(str(steps[-1]))) & set(scenarios):
            settings.note((*steps, KEY), f"scenario {' or '.join(scenarios)} takes no {steps[-1]}; leave it out")
    return strange


def _check_known(settings: Settings, axis: str, known: Sequence[str]) -> set[Value]:
    strange: set[Value] = set()
    for steps, value in _named(settings, axis, _EVERYWHERE):
        if value not in known:
            strange.add(value)
            settings.note(steps, unknown(axis, str(value), known))
    return strange


def _check_styles(settings: Settings) -> set[Value]:
    strange: set[Value] = set()
    scenarios = _used_scenarios(settings)
    every_style = _sorted_styles(settings, settings.styles)
    styles = _sorted_styles(settings, scenarios) or every_style
    for steps, style in _named(settings, "style", _EVERYWHERE):
        is_listed = steps[:2] in (("matrix", "style"), ("matrix", "include"))
        if style == ALL and steps[:2] == ("matrix", "style"):
            continue
        if style not in every_style:
            strange.add(style)
            settings.note(steps, unknown("style", str(style), styles))
        elif is_listed and style not in styles:
            text = f"scenario {' or '.join(scenarios)} has no style {quote(str(style))}"
            settings.note(steps, f"{text}; {suggest(str(style), styles)}")
    return strange


def check_executor(settings: Settings) -> set[Value]:
    """Note what a layer says itself that its executor has no use for.

    Returns the rates that are of no use, so that nothing else need be said of them.
    """
    if "executor" in settings.unreadable:
        return set()
    executor = EXECUTORS[settings.keys.executor]
    if not executor.has_window:
        for name in _WINDOW_KEYS:
            if name in settings.own:
                advice = f"choose executor {_one_of(each for each in EXECUTORS.values() if each.has_window)}"
                settings.note((name, KEY), f"a {executor.name} takes no {name}; {advice}, or leave it out")
    if executor.is_open_loop or not isinstance(settings.own.get("matrix"), dict):
        return set()
    useless: set[Value] = set()
    for steps, rate in _named(settings, "rate", ("matrix", "exclude", "include")):
        if steps[1] in settings.own["matrix"]:
            useless.add(rate)
            advice = f"choose executor {_one_of(each for each in EXECUTORS.values() if each.is_open_loop)}"
            key = (*steps[: steps.index("rate") + 1], KEY)
            settings.note(key, f"executor {executor.name} takes no rate; {advice}, or leave it out")
    return useless


def check_load(settings: Settings, rows: Sequence[Sequence[Value]]) -> None:
    """Note combinations whose load no open loop can offer."""
    executor = settings.keys.executor
    if any(row[NAMES.index("rate")] is None for row in rows):
        advice = "write `rate` under `matrix`, and in an entry of `include` that is a combination of its own"
        text = f"executor {executor} needs a rate, and there are combinations that have none; {advice}"
        settings.note(("executor", KEY), text)
    if any(row[NAMES.index("concurrency")] == AROUND_KNEES for row in rows):
        useless = f"executor {executor} takes no concurrency {quote(AROUND_KNEES)}: there it is the most in flight"
        settings.note(("executor", KEY), f"{useless}, and has no knee; name a number")


def check_blocks(settings: Settings) -> None:
    """Note a range of blocks that nothing would ever end early."""
    fewest, most = settings.keys.blocks
    if fewest < most and not settings.keys.compare and "compare" not in settings.unreadable:
        text = "a run goes on after its fewest blocks until its comparisons are settled, and there are none"
        settings.note(("blocks", KEY), f"{text}; write `compare`, or one number of blocks")


def cannot_offer(cell: Cell, load: Load) -> str | None:
    """Return why a client cannot offer the load of a cell, or None if it can."""
    if not EXECUTORS[cell.executor].is_open_loop:
        return None
    if cell.client != "engine":
        return f"client {cell.client} connects when it likes, so it cannot keep an open loop; use client engine"
    if load.connections == "per-request":
        return "an open loop opens no connection inside its window; use `connections: keep-alive`"
    return None


def _named(settings: Settings, axis: str, parts: Sequence[str]) -> Iterator[Named]:
    """Yield every value that parts of a file give to an axis, as far as it could be read."""
    keys = settings.keys
    for part in parts:
        match part:
            case "matrix" if axis == "scenario":
                yield from (((axis, index), name) for index, name in enumerate(settings.scenarios))
            case "matrix":
                values = keys.matrix.by_axis().get(axis, ()) if keys.matrix else ()
                yield from (((part, axis, index), value) for index, value in enumerate(values))
            case "exclude" | "include":
                for number, entry in enumerate(getattr(keys.matrix, part) if keys.matrix else ()):
                    values = entry.by_axis().get(axis, ())
                    yield from ((("matrix", part, number, axis, index), value) for index, value in enumerate(values))
            case "baseline":
                if keys.baseline and axis in keys.baseline.by_axis():
                    yield (part, axis, KEY), keys.baseline.by_axis()[axis]
            case "compare":
                for number, entry in enumerate(keys.compare):
                    named = (each for each in entry.steps if each[1] == axis)
                    yield from (((part, number, *steps), value) for steps, _, value in named)


def _used_scenarios(settings: Settings) -> list[str]:
    """Return the known scenarios that the matrix lists or includes."""
    used = dict.fromkeys(str(name) for _, name in _named(settings, "scenario", ("matrix", "include")))
    return [name for name in used if name in settings.styles]


def _sorted_styles(settings: Settings, scenarios: Iterable[str]) -> list[str]:
    return sorted({style for name in scenarios for style in settings.styles[name]})


def _own_parameters(settings: Settings) -> Iterator[PathSteps]:
    """Yield the steps to every parameter of a scenario that a layer says something of itself."""
    own = settings.own
    if DELAY in own:
        yield (DELAY,)
    for part in ("parameters", "matrix"):
        section = own.get(part)
        if isinstance(section, dict):
            yield from ((part, name) for name in section if takers(name) and (part != "matrix" or name == POOL_SIZE))


def _one_of(executors: Iterable[Executor]) -> str:
    *others, last = (executor.name for executor in executors)
    return f"{', '.join(others)} or {last}"
