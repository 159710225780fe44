"""What a matrix file asks for with one of its profiles or none: settings, combinations and their pairs, all checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.matrix import around, executors, reader, thresholds
from harness.matrix.axes import Combination, Value, passes, test_of
from harness.matrix.catalog import server_catalog
from harness.matrix.containers import Section
from harness.matrix.expand import expand
from harness.matrix.known import check_names
from harness.matrix.nodes import Place, Problems, shown
from harness.matrix.pairs import Compared, pairs
from harness.matrix.parameters import pool_size_of
from harness.matrix.reader import Axes, Layers, Settings
from harness.model.plan import Variant


@dataclass(frozen=True, slots=True)
class Span:
    """What one profile asks for: `variants` are all servers by their names in this matrix.

    `compared` are pairs of places in `combinations`.
    """

    settings: Settings
    variants: Mapping[str, Variant]
    combinations: Sequence[Combination]
    compared: Sequence[Compared]


def span(layers: Layers, profile: str | None, problems: Problems) -> Span:
    """What a profile asks for; notes what is wrong with it, unless it is as wrong without the profile."""
    noted = Problems()
    spanned = _span(layers.with_profile(profile), layers.own(profile), noted)
    known = set(problems)
    for problem in noted:
        if problem not in known:
            suffix = "" if profile is None else f" (with profile {shown(profile)})"
            problems.add(problem.place, problem.text + suffix)
    return spanned


def _span(section: Section, own: Section, problems: Problems) -> Span:
    """What a section asks for; what it merely inherits, being not its `own`, need not fit the rest of it."""
    settings = reader.settings(section)
    variants = {**{name: Variant(name) for name in server_catalog()}, **settings.variants}
    strangers = check_names(section, own, problems) | executors.check_keys(section, own, problems)
    if "blocks" in own:
        _check_blocks(section, settings, problems)
    if "thresholds" in own and "baseline" not in section:
        thresholds.check_control(own["thresholds"].value or {}, problems)
    axes = reader.axes(section)
    as_written = _combinations(axes, section, own, strangers, problems) if axes else []
    in_force = list(_with_loops(map(_with_pool_size, as_written), variants))
    combinations = list(dict.fromkeys(in_force))
    if not combinations:
        return Span(settings, variants, (), ())
    if "baseline" in own and not {None, *strangers} & set(settings.baseline.values()):
        _check_baseline(settings.baseline, combinations, own["baseline"].place, problems)
    compared = pairs(
        settings.compare,
        zip(as_written, in_force, strict=True),
        combinations,
        settings.baseline,
        strangers,
        problems if "compare" in own else Problems(),
    )
    if "thresholds" in own:
        is_told = _is_unreadable(section, "compare") or ("compare" in own and settings.compare)
        firsts = frozenset(combinations[first] for first, _ in compared) if compared or not is_told else None
        thresholds.check(own["thresholds"].value or {}, combinations, firsts, settings.executor, problems)
    return Span(settings, variants, combinations, compared)


def _combinations(
    axes: Axes, section: Section, own: Section, strangers: set[Value], problems: Problems
) -> Sequence[Combination]:
    """The combinations that the axes span, with `auto` for a loop that is left to the server."""
    own_of_matrix = own["matrix"].value if "matrix" in own else {}
    expanded = expand(axes, own_of_matrix, strangers, problems)
    combinations = executors.with_rates(expanded.combinations, section, problems)
    return around.with_points(combinations, expanded.kept, section["matrix"].value["concurrency"].place, problems)


def _check_blocks(section: Section, settings: Settings, problems: Problems) -> None:
    is_missing = not settings.compare and not _is_unreadable(section, "compare")
    if settings.min_blocks < settings.blocks and is_missing:
        text = "a run goes on from the fewest blocks to the most until its comparisons are decided, and there is none"
        problems.add(section["blocks"].place, f"{text}; write `compare`, or one number of blocks")


def _is_unreadable(section: Section, name: str) -> bool:
    """Whether a key is there, and a problem that says why it cannot be read."""
    return name in section and section[name].value is None


def _check_baseline(
    baseline: Mapping[str, Value], combinations: Iterable[Combination], place: Place, problems: Problems
) -> None:
    test = test_of({name: (value,) for name, value in baseline.items()})
    if not any(passes(combination, test) for combination in combinations):
        named = ", ".join(f"{name} {shown(str(value))}" for name, value in baseline.items())
        problems.add(place, f"no combination has {named}; name values that are measured together")


def _with_pool_size(combination: Combination) -> Combination:
    """The combination with the size of its scenario's pool, if that has one."""
    in_force = pool_size_of(combination.scenario, combination.pool_size)
    return combination if in_force == combination.pool_size else combination._replace(pool_size=in_force)


def _with_loops(combinations: Iterable[Combination], variants: Mapping[str, Variant]) -> Iterator[Combination]:
    """The combinations with the loop that each server prefers in place of `auto`."""
    preferred = {
        name: server_catalog()[variant.server].loops[0]
        for name, variant in variants.items()
        if variant.server in server_catalog()
    }
    for combination in combinations:
        is_auto = combination.loop == "auto"
        yield combination._replace(loop=preferred.get(combination.server, "auto")) if is_auto else combination
