"""From a matrix file to the plan of a run, or to every problem that stands in its way."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.matrix import source
from harness.matrix.cells import find_cells
from harness.matrix.compare import PairOfRows
from harness.matrix.control import SUFFIX, repeat_baseline
from harness.matrix.focus import find_focus
from harness.matrix.positions import Problem, Problems, quote, suggest, unknown
from harness.matrix.reader import Settings, read_settings
from harness.matrix.support import fit_alive, is_installed, sort_out
from harness.matrix.thresholds import plan_thresholds
from harness.model.axes import BY_NAME, MATRIX_AXES
from harness.model.errors import InputError
from harness.model.plan import Cell, Limits, Load, Pair, Plan


def make_plan(
    path: Path,
    profile: str | None = None,
    only: Sequence[str] = (),
    installed: Callable[[str], bool] = is_installed,
    environment: Mapping[str, str] = os.environ,
) -> Plan:
    """Read a matrix file and plan its run, with one of its profiles or none, and only the cells that are asked for.

    `installed` tells whether a distribution is there, `environment` has the variables that requests take. Raises
    InputError with a line for each problem. All profiles are checked, whichever is asked for.
    """
    text = source.read_text(path)
    profiles = _read_profiles(path, text)
    if profile not in profiles:
        raise InputError(f"--profile: {unknown('profile', str(profile), (name for name in profiles if name))}")
    settings, every_cell, compared = profiles[profile]
    keys, baseline = settings.keys, settings.baseline
    limits = Limits(ready_s=keys.ready_timeout, cell_s=keys.deadline, stop_s=keys.stop_timeout)
    load = Load(
        settle_s=keys.settle,
        warmup_s=keys.warmup,
        duration_s=keys.duration,
        processes=keys.client.processes,
        connections=keys.client.connections,
    )
    cells = narrow(every_cell, only)
    measured, refusals = sort_out(cells, settings, load, limits, installed, environment)
    indexes = {cell: index for index, cell in enumerate(measured)} if compared else {}
    comparisons = tuple(
        Pair(indexes[every_cell[first]], indexes[every_cell[second]], metric)
        for first, second, metric in compared
        if every_cell[first] in indexes and every_cell[second] in indexes
    )
    repeated, controls = repeat_baseline(measured, baseline, comparisons)
    servers = dict.fromkeys(cell.launch.server for cell in (*cells, *repeated))
    scenarios = dict.fromkeys(cell.launch.scenario for cell in cells)
    fewest, most = keys.blocks
    thresholds = plan_thresholds(keys.thresholds, measured, comparisons)
    focus = find_focus(measured, (*comparisons, *controls), thresholds)
    knees = [one for one in thresholds if one.metric == "knee" and not set(one.cells).isdisjoint(focus)]
    return Plan(
        title=keys.title,
        cells=(*measured, *repeated),
        refusals=refusals,
        # With nothing left to decide, there is no reason to go on.
        blocks=most if comparisons or knees else fewest,
        min_blocks=fewest,
        seed=keys.seed,
        limits=limits,
        load=load,
        # A server of the A/A control is the one that it repeats.
        variants={name: settings.variants[name.removesuffix(SUFFIX)] for name in servers},
        practical_difference=keys.practical_difference,
        baseline=baseline,
        controls=controls,
        comparisons=comparisons,
        thresholds=thresholds,
        profile=profile,
        only=tuple(only),
        matrix=text,
        uncompared=len(compared) - len(comparisons),
        apps={name: settings.apps[name] for name in scenarios if name in settings.apps},
        database=keys.database,
        rounds=keys.rounds,
        focus=focus,
        alive=keys.alive or fit_alive(measured),
        budget_s=keys.budget,
    )


def _read_profiles(path: Path, text: str) -> dict[str | None, tuple[Settings, Sequence[Cell], Sequence[PairOfRows]]]:
    """Return the settings, cells and comparisons of a file by profile. Raises InputError if there are problems."""
    problems = Problems()
    profiles = {}
    for name, settings in read_settings(source.compose(path, text, problems), path.parent, problems).items():
        found = Problems()
        profiles[name] = (settings, *find_cells(settings, found))
        # A problem that is there without the profile, too, is told without it.
        suffix = "" if name is None else f" (with profile {quote(name)})"
        new = [problem for problem in found if problem not in problems]
        problems.extend(Problem(problem.place, problem.text + suffix) for problem in new)
    problems.raise_any(path)
    return profiles


def narrow(cells: Sequence[Cell], only: Sequence[str]) -> Sequence[Cell]:
    """Return the cells that agree with every `axis=value,...` of `--only`; several of the same axis add up."""
    if not only:
        return cells
    axes = [axis.name for axis in MATRIX_AXES]
    wanted: dict[str, set[str]] = {}
    problems: list[str] = []
    for condition in only:
        name, equals, values = condition.partition("=")
        if not equals or name not in axes:
            problem = unknown("axis", name, axes) if equals else f"expected axis=value, found {quote(condition)}"
            problems.append(f"--only: {problem}")
            continue
        there = {str(value): None for cell in cells if (value := BY_NAME[name].value(cell)) is not None}
        for value in values.split(","):
            if value not in there:
                problems.append(f"--only: no cell has {name} {quote(value)}; {suggest(value, there)}")
            wanted.setdefault(name, set()).add(value)
    chosen = [
        cell for cell in cells if all(str(BY_NAME[name].value(cell)) in values for name, values in wanted.items())
    ]
    if not problems and not chosen:
        problems.append(f"--only: no cell agrees with all of {' '.join(only)}; ask for less at a time")
    if problems:
        raise InputError("\n".join(problems))
    return chosen
