"""What was in force in the launches of one kind, and where they did not agree."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from statistics import median

from harness.analysis.findings import LaunchFinding
from harness.analysis.models import waits_for_the_limit
from harness.analysis.tally import Starts, Tally
from harness.matrix.catalog import server_catalog
from harness.model.journal import InForce
from harness.model.plan import Launch, Plan


def launches(tally: Tally) -> dict[Launch, LaunchFinding]:
    """The finding of each kind of launch, in the order of the plan."""
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


def differences(in_force: Sequence[InForce]) -> Iterator[tuple[str, list[str]]]:
    """Each fact that was not the same in all launches of one kind, with the different values it had."""
    every = [_facts(one) for one in in_force]
    for fact in dict.fromkeys(fact for facts in every for fact in facts):
        values = list(dict.fromkeys(facts.get(fact, "none") for facts in every))
        if len(values) > 1:
            yield fact, values


def _facts(in_force: InForce) -> dict[str, str]:
    """What was in force, by the names that it has in a sentence."""
    named = {
        field.name.replace("_", " "): getattr(in_force, field.name)
        for field in fields(in_force)
        if field.name != "versions"
    }
    versions = {f"the version of {distribution}": version for distribution, version in in_force.versions.items()}
    return {name: "none" if value is None else str(value) for name, value in (named | versions).items()}


def _peaks(tally: Tally) -> dict[Launch, int]:
    """The most handlers at once in one process, over the cells of each launch whose threads the limit bounds."""
    peaks: dict[Launch, int] = {}
    for cell, kept in zip(tally.plan.cells, tally.cells, strict=True):
        seen = [sample.figures.peak_handlers for sample in kept.values() if sample.figures is not None]
        if seen and waits_for_the_limit(cell):
            peaks[cell.launch] = max(peaks.get(cell.launch, 0), *seen)
    return peaks


def _version(plan: Plan, launch: Launch, starts: Starts) -> str | None:
    """The version of the server itself, as far as it was read back."""
    variant = plan.variants.get(launch.server)
    server = server_catalog().get(variant.server if variant else launch.server)
    if server is None or not starts.in_force:
        return None
    return starts.in_force[0].versions.get(server.distribution)
