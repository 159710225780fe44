"""Problems that only the whole of a matrix file shows: unknown names, and keys that do not go together."""

from collections.abc import Iterable, Iterator, Sequence

from harness.matrix.axes import AxisValues
from harness.matrix.catalog import takers
from harness.matrix.positions import Entries, Place, Problems, quote, suggest, unknown
from harness.matrix.reader import Settings
from harness.matrix.schema import LAYER_KEYS, MATRIX_KEYS
from harness.model.axes import ALL, MATRIX_AXES, Value
from harness.model.executors import EXECUTORS, Executor
from scenarios.kit import DELAY, POOL_SIZE

_WINDOW_KEYS = ("duration", "warmup")


def check_required(settings: Settings, problems: Problems) -> bool:
    """Return whether a file has every key that it needs, after noting those that it lacks."""
    tree, matrix = settings.tree, settings.tree.get("matrix")
    lacking = [(tree.place, name, LAYER_KEYS[name]) for name in ("scenario", "matrix") if name not in tree]
    if isinstance(matrix, Entries):
        # Whether a style is needed depends on the scenarios.
        present = {"scenario", *settings.listed, *matrix, *(() if settings.scenarios else ("style",))}
        required = (axis.name for axis in MATRIX_AXES if axis.required and axis.name not in present)
        lacking += [(matrix.place, name, MATRIX_KEYS[name]) for name in required]
    for place, name, key in lacking:
        problems.add(place, key.missing(name))
    is_known = all(name in settings.styles for name in settings.scenarios)
    return is_known and not lacking and not settings.unreadable & {"scenario", "matrix"}


def check_names(settings: Settings, problems: Problems) -> set[Value]:
    """Note every unknown server, scenario and style, and parameters that no scenario takes.

    Returns the strange values, so that nothing else need be said of them.
    """
    written = settings.tree.get("servers")
    # A variant that cannot be read has a name all the same.
    servers = dict.fromkeys([*settings.variants, *(written if isinstance(written, Entries) else ())])
    strange = _check_known(settings, "server", list(servers), problems)
    scenarios = _used_scenarios(settings)
    if "scenario" not in settings.unreadable:
        # An app that could not be read might be any scenario, and have any style.
        strange |= _check_known(settings, "scenario", list(settings.styles), problems)
        strange |= _check_styles(settings, scenarios, problems)
    for place, name in _own_parameters(settings.own):
        if scenarios and not set(takers(name)) & set(scenarios):
            problems.add(place, f"scenario {' or '.join(scenarios)} takes no {name}; leave it out")
    return strange


def _check_known(settings: Settings, axis: str, known: Sequence[str], problems: Problems) -> set[Value]:
    strange = [(place, value) for _, place, value in _named(settings, axis) if value not in known]
    for place, value in strange:
        problems.add(place, unknown(axis, str(value), known))
    return {value for _, value in strange}


def _check_styles(settings: Settings, scenarios: Sequence[str], problems: Problems) -> set[Value]:
    strange: set[Value] = set()
    every_style = _sorted_styles(settings, settings.styles)
    styles = _sorted_styles(settings, scenarios) or every_style
    for part, place, style in _named(settings, "style"):
        if style == ALL and part == "matrix":
            continue
        if style not in every_style:
            strange.add(style)
            problems.add(place, unknown("style", str(style), styles))
        elif part in ("matrix", "include") and style not in styles:
            text = f"scenario {' or '.join(scenarios)} has no style {quote(str(style))}"
            problems.add(place, f"{text}; {suggest(str(style), styles)}")
    return strange


def check_executor(settings: Settings, problems: Problems) -> set[Value]:
    """Note the keys of a layer itself that its executor has no use for.

    Returns the rates that are of no use, so that nothing else need be said of them.
    """
    if "executor" in settings.unreadable:
        return set()
    executor, own, matrix = EXECUTORS[settings.keys.executor], settings.own, settings.keys.matrix
    if not executor.has_window:
        advice = f"choose executor {_one_of(each for each in EXECUTORS.values() if each.has_window)}"
        for name in _WINDOW_KEYS:
            if name in own:
                problems.add(own.key_places[name], f"a {executor.name} takes no {name}; {advice}, or leave it out")
    own_matrix = own.get("matrix")
    if executor.is_open_loop or not isinstance(own_matrix, Entries):
        return set()
    parts = {"rate": [matrix], "exclude": matrix.exclude, "include": matrix.include}
    useless = [each for part, held in parts.items() if part in own_matrix for each in held if "rate" in each.values]
    advice = f"choose executor {_one_of(each for each in EXECUTORS.values() if each.is_open_loop)}"
    for each in useless:
        text = f"executor {executor.name} takes no rate; {advice}, or leave it out"
        problems.add(each.section.key_places["rate"], text)
    return {rate for each in useless for rate in each.values["rate"]}


def check_blocks(settings: Settings, problems: Problems) -> None:
    """Note a range of blocks that nothing would ever end early."""
    fewest, most = settings.keys.blocks
    if fewest < most and not settings.keys.compare and "compare" not in settings.unreadable:
        text = "a run goes on after its fewest blocks until its comparisons are settled, and there are none"
        problems.add(settings.tree.place_of("blocks"), f"{text}; write `compare`, or one number of blocks")


def _named(settings: Settings, axis: str) -> Iterator[tuple[str, Place, Value]]:
    """Yield every value that a file gives to an axis, as far as it could be read, after its part of the file."""
    keys = settings.keys
    scenarios = AxisValues(settings.tree, {"scenario": tuple(settings.scenarios)} if settings.scenarios else {})
    parts = {
        "matrix": [scenarios, keys.matrix],
        "include": keys.matrix.include,
        "exclude": keys.matrix.exclude,
        "baseline": [keys.baseline] if keys.baseline else [],
    }
    for part, mappings in parts.items():
        yield from ((part, place, value) for each in mappings for place, value in each.places(axis))
    for entry in keys.compare:
        yield from (("compare", place, value) for place, name, value in entry.named if name == axis)


def _used_scenarios(settings: Settings) -> list[str]:
    """Return the known scenarios that the matrix lists or includes."""
    used = (str(name) for part, _, name in _named(settings, "scenario") if part in ("matrix", "include"))
    return [name for name in dict.fromkeys(used) if name in settings.styles]


def _sorted_styles(settings: Settings, scenarios: Iterable[str]) -> list[str]:
    return sorted({style for name in scenarios for style in settings.styles[name]})


def _own_parameters(own: Entries) -> Iterator[tuple[Place, str]]:
    """Yield every parameter of a scenario that a layer itself sets, with the place of its key."""
    if DELAY in own:
        yield own.key_places[DELAY], DELAY
    for part, section in own.items():
        if part in ("parameters", "matrix") and isinstance(section, Entries):
            names = (name for name in section if takers(name) and (part != "matrix" or name == POOL_SIZE))
            yield from ((section.key_places[name], name) for name in names)


def _one_of(executors: Iterable[Executor]) -> str:
    *others, last = (executor.name for executor in executors)
    return f"{', '.join(others)} or {last}"
