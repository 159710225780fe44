"""What was in force in the launches of one kind, and where they differed."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from statistics import median

from harness.analysis.findings import LaunchFinding
from harness.analysis.models import waits_for_the_limit
from harness.analysis.tally import LaunchTally, Tally
from harness.matrix.catalog import server_catalog
from harness.model.journal import InForce
from harness.model.plan import Launch, Plan


def launches(tally: Tally) -> dict[Launch, LaunchFinding]:
    """Return the finding of each kind of launch, in the order of the plan."""
    peaks = _peaks(tally)
    return {
        launch: LaunchFinding(
            launch=launch,
            version=_version(tally.plan, launch, starts),
            in_force=starts.in_force[0] if starts.in_force else None,
            peak_handlers=peaks.get(launch),
            launches=len(starts.ready_s),
            ready_s=median(starts.ready_s) if starts.ready_s else None,
            stop_s=median(starts.stop_s) if starts.stop_s else None,
        )
        for launch, starts in tally.starts.items()
    }


def find_differences(in_force: Sequence[InForce]) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield each fact that differs between launches of one kind, with its different values.

    A fact is a field of `InForce`, or `versions.` and a distribution.
    """
    every = [_facts(one) for one in in_force]
    for fact in dict.fromkeys(fact for facts in every for fact in facts):
        values = tuple(dict.fromkeys(facts.get(fact) for facts in every))
        if len(values) > 1:
            yield fact, values


def _facts(in_force: InForce) -> dict[str, str | None]:
    facts = {field.name: getattr(in_force, field.name) for field in fields(in_force) if field.name != "versions"}
    versions = {f"versions.{distribution}": version for distribution, version in in_force.versions.items()}
    return {fact: None if value is None else str(value) for fact, value in (facts | versions).items()}


def _peaks(tally: Tally) -> dict[Launch, int]:
    """Return the most concurrent handlers in one process, of the cells of each launch that the limit bounds."""
    peaks: dict[Launch, int] = {}
    for cell, kept in zip(tally.plan.cells, tally.cells, strict=True):
        seen = [sample.figures.peak_handlers for sample in kept.values() if sample.figures is not None]
        if seen and waits_for_the_limit(cell):
            peaks[cell.launch] = max(peaks.get(cell.launch, 0), *seen)
    return peaks


def _version(plan: Plan, launch: Launch, starts: LaunchTally) -> str | None:
    """Return the version of the server itself, None if it was not read back."""
    variant = plan.variants.get(launch.server)
    server = server_catalog().get(variant.server if variant else launch.server)
    if server is None or not starts.in_force:
        return None
    return starts.in_force[0].versions.get(server.distribution)
