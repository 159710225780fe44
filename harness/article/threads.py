"""Claims 4 and 5: who owns the threads, and how many there are."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from harness.article.findings import ClaimEvidence, ClaimVerdict, OpenReason, WhyOpen
from harness.article.series import ClaimInput, Decision, Series, bound_elsewhere, evidence_of
from harness.model.axes import AXES, DEFAULT, Scope

ANYIO_THREADS = 40
"""The `total_tokens` of anyio's default limiter, under Starlette."""

PYTHON_MAX_THREADS = 32
"""Python's own default is min(32, cores + 4) threads (`concurrent.futures.ThreadPoolExecutor`, since Python 3.8)."""

_CONDITIONS = [axis for axis in AXES if axis.scope is not Scope.LOAD and axis.name not in ("server", "loop", "style")]


def belong_to_the_server(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 4: the threads belong to the server, so the knees of two servers differ under the same conditions."""
    for group in _under_same_conditions(measured):
        if len({series.program for series in group}) == 1:
            continue
        doubts = [_doubt(series, measured) for series in group]
        decision = _compare_knees([series for series, doubt in zip(group, doubts, strict=True) if doubt is None])
        for series, doubt in zip(group, doubts, strict=True):
            if series.knee is not None:
                figures = {
                    "limiter_tokens": series.tokens,
                    "peak_handlers": series.peak_handlers,
                    "expected": series.knee.expected,
                    "knee_low": series.knee.low,
                    "knee_high": series.knee.high,
                }
                yield series.evidence(doubt or decision, figures)


def _under_same_conditions(measured: ClaimInput) -> list[list[Series]]:
    """Return the bursts that have a knee, grouped by everything but the server and its loop."""
    groups: dict[tuple[object, ...], list[Series]] = {}
    for series in measured.bursts:
        if series.knee is not None:
            groups.setdefault(tuple(axis.value(series.cell) for axis in _CONDITIONS), []).append(series)
    return list(groups.values())


def _doubt(series: Series, measured: ClaimInput) -> OpenReason | None:
    """Return why a knee says nothing about who owns the threads."""
    if series.cell.launch.workers > 1:
        return OpenReason(WhyOpen.SEVERAL_WORKERS)
    cells = [blocks for style in ("def", "async") for blocks in series.by_concurrency(style).values()]
    if reason := bound_elsewhere(*cells):
        return reason
    if series.knee is None or not series.knee.claimed:
        blocks = min(map(len, series.slowdown_logs().values()))
        return OpenReason(WhyOpen.TOO_FEW_BLOCKS, (blocks, measured.blocks_needed()))
    return None


def _compare_knees(group: Sequence[Series]) -> Decision:
    """Return what the knees without doubt say together."""
    if len({series.program for series in group}) <= 1:
        return OpenReason(WhyOpen.NO_OTHER_SERVER)
    if any(
        one.program != other.program and one.knee and other.knee and one.knee.is_apart_from(other.knee)
        for one, other in combinations(group, 2)
    ):
        return ClaimVerdict.CONFIRMED
    if len({series.threads for series in group}) == 1 and all(map(_is_bound_by_limit, group)):
        return ClaimVerdict.REFUTED
    return OpenReason(WhyOpen.NOT_BOUND_BY_LIMIT)


def _is_bound_by_limit(series: Series) -> bool:
    """Return whether the knee is at the limit in force, and that many handlers ran at the same time."""
    if series.knee is None or series.knee.low is None or series.knee.high is None:
        return False
    return series.peak_handlers == series.tokens and series.knee.low <= series.threads < series.knee.high


def five_per_core(measured: ClaimInput) -> Iterator[ClaimEvidence]:
    """Test claim 5: there are five threads per core. The default limit is read back from the server: a fact."""
    plan, cores = measured.tally.plan, measured.tally.header.environment.get("cores")
    unset = {cell.launch: cell for cell in plan.cells if cell.launch.thread_limit == DEFAULT}
    for launch, cell in unset.items():
        found = measured.launches[launch]
        if found.in_force is None or launch.server in plan.control_names or not isinstance(cores, int):
            continue
        tokens, five, python = found.in_force.limiter_tokens, 5 * cores, min(PYTHON_MAX_THREADS, cores + 4)
        figures = {
            "cores": cores,
            "five_a_core": five,
            "python_default": python,
            "limiter_tokens": tokens,
            "peak_handlers": found.peak_handlers,
        }
        yield evidence_of(cell, None, _compare_limit(tokens, five, python, cores), figures)


def _compare_limit(tokens: int, five: int, python: int, cores: int) -> Decision:
    if tokens != five:
        return ClaimVerdict.REFUTED
    if five == ANYIO_THREADS:
        return OpenReason(WhyOpen.EQUALS_ANYIO_DEFAULT, (cores,))
    if five == python:
        return OpenReason(WhyOpen.EQUALS_PYTHON_DEFAULT, (cores,))
    return ClaimVerdict.CONFIRMED
