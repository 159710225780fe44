"""From a matrix file to the plan of a run, or to everything that stands in its way."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from harness.matrix import executors, reader, source
from harness.matrix.axes import Combination
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.expand import expand
from harness.matrix.forecast import cell_s
from harness.matrix.nodes import Place, Problems, shown, unknown
from harness.matrix.only import narrowed
from harness.matrix.reader import Layers, Settings
from harness.model.errors import InputError
from harness.model.plan import STEADY, Cell, Launch, Plan, Refusal, ThreadLimit, Variant


@cache
def is_installed(name: str) -> bool:
    """Whether a distribution is installed beside the harness, which is where servers run."""
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def make_plan(
    path: Path,
    profile: str | None = None,
    only: Sequence[str] = (),
    installed: Callable[[str], bool] = is_installed,
) -> Plan:
    """Read a matrix file and plan its run, with one of its profiles or none, and only the cells that are asked for.

    `installed` tells whether a distribution is there. Raises InputError with a line for each problem: the whole file
    counts, so problems of a profile that is not asked for are problems, too.
    """
    text = source.read_text(path)
    problems = Problems()
    layers = reader.read(source.compose(path, text, problems), problems)
    combinations = {name: _combinations(layers, name, problems) for name in (None, *layers.profiles)}
    problems.raise_any(path)
    if profile not in combinations:
        raise InputError(f"--profile: {unknown('profile', str(profile), layers.profiles)}")
    settings = reader.settings(layers.with_profile(profile))
    variants = _variants(settings)
    cells = narrowed(list(_cells(combinations[profile], settings)), only)
    measured, refused = _sorted_out(cells, settings, variants, installed)
    named = dict.fromkeys(cell.launch.server for cell in cells)
    return Plan(
        title=settings.title,
        cells=tuple(measured),
        refusals=tuple(refused),
        blocks=settings.blocks,
        min_blocks=settings.blocks,
        seed=settings.seed,
        limits=settings.limits,
        load=settings.load,
        variants={name: variants[name] for name in named},
        practical_difference=settings.practical_difference,
        baseline=settings.baseline,
        controls=(),
        comparisons=(),
        thresholds=(),
        profile=profile,
        only=tuple(only),
        matrix=text,
    )


def requirements(plan: Plan) -> list[str]:
    """What pip has to install for every server that the plan names, whether or not it can be measured."""
    return sorted({each for variant in plan.variants.values() for each in server_catalog()[variant.server].requires})


def _combinations(layers: Layers, profile: str | None, problems: Problems) -> list[Combination]:
    """The combinations of one profile; notes what is wrong with them, unless it is as wrong without the profile."""
    with_profile = layers.with_profile(profile)
    own = layers.own(profile)
    noted = Problems()
    strangers = reader.check_names(with_profile, own, noted) | executors.check_keys(with_profile, own, noted)
    axes = reader.axes(with_profile)
    combinations: list[Combination] = []
    if axes:
        own_of_matrix = own["matrix"].value if "matrix" in own else {}
        combinations = expand(axes, own_of_matrix, strangers, noted)
        settings = reader.settings(with_profile)
        combinations = executors.with_rates(combinations, with_profile, noted)
        combinations = list(dict.fromkeys(_with_loops(combinations, _variants(settings))))
        if "baseline" in own and combinations and not {None, *strangers} & set(settings.baseline.values()):
            _check_baseline(settings, combinations, own["baseline"].place, noted)
    known = set(problems)
    for problem in noted:
        if problem not in known:
            suffix = "" if profile is None else f" (with profile {shown(profile)})"
            problems.add(problem.place, problem.text + suffix)
    return combinations


def _check_baseline(settings: Settings, combinations: Iterable[Combination], place: Place, problems: Problems) -> None:
    baseline = settings.baseline.items()
    if not any(all(getattr(combination, name) == value for name, value in baseline) for combination in combinations):
        named = ", ".join(f"{name} {shown(str(value))}" for name, value in baseline)
        problems.add(place, f"no combination has {named}; name values that are measured together")


def _variants(settings: Settings) -> dict[str, Variant]:
    """Every server by its name in this matrix."""
    return {**{name: Variant(name) for name in server_catalog()}, **settings.variants}


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


def _cells(combinations: Iterable[Combination], settings: Settings) -> Iterator[Cell]:
    """A cell for each combination; cells of the same launch share it."""

    @cache
    def launch(scenario: str, server: str, thread_limit: ThreadLimit, workers: int, loop: str) -> Launch:
        default_delay_s = scenario_catalog()[scenario].default_delay_s
        delay_s = None if default_delay_s is None else settings.delay_s or default_delay_s
        return Launch(scenario, server, thread_limit, workers, loop, delay_s)

    for scenario, server, thread_limit, workers, loop, client, style, concurrency, rate in combinations:
        shared = launch(scenario, server, thread_limit, workers, loop)
        yield Cell(shared, style, settings.executor, client, concurrency, rate)


def _sorted_out(
    cells: Iterable[Cell], settings: Settings, variants: Mapping[str, Variant], installed: Callable[[str], bool]
) -> tuple[list[Cell], list[Refusal]]:
    """The cells that can be measured, and those that cannot, with the reason."""

    @cache
    def unsupported(scenario: str, style: str, name: str, workers: int, loop: str) -> str | None:
        styles = scenario_catalog()[scenario].styles
        if style not in styles:
            return f"scenario {scenario} has no style {style}; it has {', '.join(styles)}"
        server = server_catalog()[variants[name].server]
        if not installed(server.distribution):
            wanted = " ".join(f'"{each}"' for each in server.requires)
            return f"{server.distribution} is not installed; python -m pip install {wanted}"
        return server.refusal(workers, loop)

    measured, refused = [], []
    for cell in cells:
        launch = cell.launch
        reason = unsupported(launch.scenario, cell.style, launch.server, launch.workers, launch.loop)
        if reason := reason or executors.refusal(cell, settings.load):
            refused.append(Refusal(cell, "unsupported", reason))
        elif reason := _too_long(cell, settings):
            refused.append(Refusal(cell, "skipped", reason))
        else:
            measured.append(cell)
    return measured, refused


def _too_long(cell: Cell, settings: Settings) -> str | None:
    """Why a cell would take longer than a cell may, or None where it would not."""
    predicted_s, deadline_s = cell_s(cell, settings.load), settings.limits.cell_s
    if predicted_s <= deadline_s:
        return None
    shorten = "shorten `duration`, " if cell.executor in STEADY else ""
    reason = f"should take {predicted_s:.2f} s, beyond the deadline of {deadline_s:g} s"
    return f"{reason}; raise `deadline`, {shorten}lower the concurrency or exclude it"
