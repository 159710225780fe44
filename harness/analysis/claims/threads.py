"""Claims 4 and 5: whose the threads are, and how many."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from harness.analysis.claims.series import Material, Series, at, evidence, paired_logs
from harness.analysis.claims.settling import Settled, bound, too_few
from harness.analysis.findings import Evidence, Knee
from harness.analysis.knees import interval
from harness.matrix.forecast import DEFAULT_THREADS
from harness.model.plan import Launch
from harness.model.words import counted

PYTHON_THREADS_AT_MOST = 32
"""Python's own default is min(32, cores + 4) threads (`concurrent.futures.ThreadPoolExecutor`, since Python 3.8)."""

Placed = tuple[Series, Knee]
"""Bursts, and where `def` falls behind in them."""


def of_the_server(material: Material) -> Iterator[Evidence]:
    """Claim 4: that the threads belong to the server, so that under the same conditions the knees of two are apart."""
    for alike in _alike(material):
        if len({_program(material, series.launch) for series, _ in alike}) == 1:
            continue
        doubts = {series.launch: _doubt(series, knee, material) for series, knee in alike}
        sound = [(series, knee) for series, knee in alike if doubts[series.launch] is None]
        together = _together(material, sound)
        for series, knee in alike:
            peak = material.launches[series.launch].peak_handlers
            yield evidence(
                series,
                doubts[series.launch] or together,
                f"the knee is {'undecided' if knee.low is knee.high is None else interval(knee)}; "
                f"{_in_force(series.in_force.limiter_tokens, peak)}",
                {
                    "limiter_tokens": series.in_force.limiter_tokens,
                    "peak_handlers": peak,
                    "expected": knee.expected,
                    "knee_low": knee.low,
                    "knee_high": knee.high,
                },
            )


def _alike(material: Material) -> list[list[Placed]]:
    """The knees under the same conditions together, whatever the server and its loop."""
    groups: dict[tuple[object, ...], list[Placed]] = {}
    for series in material.bursts:
        knee, launch = material.knee_of(series), series.launch
        if knee is not None:
            key = (launch.scenario, launch.delay_s, launch.thread_limit, launch.workers, series.client)
            groups.setdefault(key, []).append((series, knee))
    return list(groups.values())


def _program(material: Material, launch: Launch) -> str:
    """The server itself: two variants of one share all that belongs to it."""
    variant = material.tally.plan.variants.get(launch.server)
    return variant.server if variant else launch.server


def _doubt(series: Series, knee: Knee, material: Material) -> Settled | None:
    """Why a knee says nothing of whose the threads are, or None where it does."""
    if series.in_force.workers > 1:
        return "not tested", "with several workers the knee also depends on how they share the requests"
    if nothing := bound(*at(series, "def").values(), *at(series, "async").values()):
        return nothing
    if not knee.claimed:
        return too_few(min(map(len, paired_logs(series).values())), sequential=material.sequential)
    return None


def _together(material: Material, sound: Sequence[Placed]) -> Settled:
    """What the knees say that there is no doubt about."""
    if len({_program(material, series.launch) for series, _ in sound}) <= 1:
        return "not tested", "no other server has a knee to hold this one against"
    pairs = combinations(sound, 2)
    if any(
        one.is_apart_from(other)
        for (series, one), (another, other) in pairs
        if _program(material, series.launch) != _program(material, another.launch)
    ):
        return "confirmed", None
    if len({knee.expected for _, knee in sound}) == 1 and all(
        _is_bound(series, knee, material) for series, knee in sound
    ):
        return "refuted", None
    return "not tested", "not every server is bound by the limit in force alone, but no two knees are apart"


def _is_bound(series: Series, knee: Knee, material: Material) -> bool:
    """Whether the limit in force is what bounds a server: its knee is there, and it ran that many handlers at once."""
    if material.launches[series.launch].peak_handlers != series.in_force.limiter_tokens:
        return False
    if knee.low is None or knee.high is None or knee.expected is None:
        return False
    return knee.low <= knee.expected < knee.high


def five_a_core(material: Material) -> Iterator[Evidence]:
    """Claim 5: that there are five threads a core. What is in force where nobody sets it is read back: a fact."""
    cores = material.tally.header.environment.get("cores")
    unset = {cell.launch: cell for cell in material.tally.plan.cells if cell.launch.thread_limit == "default"}
    for launch, cell in unset.items():
        found = material.launches[launch]
        if found.in_force is None or launch.server in material.tally.plan.control_names or not isinstance(cores, int):
            continue
        tokens, peak = found.in_force.limiter_tokens, found.peak_handlers
        five, pythons = 5 * cores, min(PYTHON_THREADS_AT_MOST, cores + 4)
        answer, reason = _by_what_is_in_force(tokens, five, pythons, cores)
        yield Evidence(
            launch,
            None,
            material.names.launch_of(cell),
            answer,
            f"{_in_force(tokens, peak)}; 5 x {cores} cores would be {five}, "
            f"min({PYTHON_THREADS_AT_MOST}, {cores} + 4) would be {pythons}",
            {
                "cores": cores,
                "five_a_core": five,
                "python_default": pythons,
                "limiter_tokens": tokens,
                "peak_handlers": peak,
            },
            reason,
        )


def _in_force(tokens: int, peak: int | None) -> str:
    """What was read back, and the most handlers that were seen at once."""
    handlers = "" if peak is None else f" and at most {counted(peak, 'handler')} ran at once"
    return f"{counted(tokens, 'thread token')} {'was' if tokens == 1 else 'were'} in force{handlers}"


def _by_what_is_in_force(tokens: int, five: int, pythons: int, cores: int) -> Settled:
    if tokens != five:
        return "refuted", None
    if five in (DEFAULT_THREADS, pythons):
        what = f"anyio's own {DEFAULT_THREADS}" if five == DEFAULT_THREADS else "Python's min(32, cores + 4)"
        return "not tested", f"with {counted(cores, 'core')}, 5 x cores cannot be told from {what}"
    return "confirmed", None
