"""Runs on servers that do exactly as they are told, and what they have to say to one claim."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.analysis.findings import Findings
from harness.article import wording
from harness.article.findings import Claim, ClaimEvidence, article_findings
from harness.article.sections import describe_conditions
from harness.model.journal import ClientCost, Header, Health, Launched, Record, Window
from harness.model.plan import Cell, Launch, Plan
from harness.report.naming import Names
from tests.builders.journals import IN_FORCE, LAUNCH, SampleOf, cell, findings, good, plan, run

Took = Callable[[Cell, int], float]
"""The seconds that a cell takes in a block."""

FEW = "5 blocks, and an interval takes 6"
CLIENT_BOUND = "client-bound: what was measured is the client rather than the server"
CONTROL_DIFFERS = "the A/A control differs from itself by more than the practical difference"
OPEN = "the interval lies on both sides of 1.25"


def as_modelled(cell: Cell, block: int) -> float:
    """What a server with 40 threads takes, in blocks that are each slower than the one before."""
    waves = {"def": math.ceil(cell.concurrency / 40), "async-blocking": cell.concurrency}.get(cell.style, 1)
    return (0.1 * waves + 0.0001 * cell.concurrency) * (1 + block / 1000)


def cells(styles: Sequence[str], concurrencies: Sequence[int], *launches: Launch) -> list[Cell]:
    return [
        cell(style, concurrency, launch)
        for launch in launches or (LAUNCH,)
        for style in styles
        for concurrency in concurrencies
    ]


def shared_evenly(cell: Cell) -> tuple[int, ...]:
    """The worker that answers each request."""
    return tuple(number % cell.launch.workers for number in range(cell.concurrency))


def bursts(
    some: Plan, took_s: Took = as_modelled, shared: Callable[[Cell], tuple[int, ...]] = shared_evenly
) -> SampleOf:
    """Samples that take as long as they are told, with no two handlers at once where they block the loop."""

    def sample_of(block: int, launch: int, place: int) -> Window:
        planned = some.cells[place]
        duration_s = took_s(planned, block)
        client = ClientCost(duration_s / 100, 0.001, late_connections=0)
        sample = replace(good(block, launch, place, duration_s, process=shared(planned)), client=client)
        assert sample.requests is not None
        if planned.style == "async-blocking":
            return replace(sample, requests=replace(sample.requests, running=[1] * planned.concurrency))
        return replace(
            sample, requests=replace(sample.requests, running=[min(planned.concurrency, 40)] * planned.concurrency)
        )

    return sample_of


def client_bound(sample_of: SampleOf, place: int) -> SampleOf:
    """The same samples, but for one cell that kept its client busy all the time in the first block."""

    def busy(block: int, launch: int, each: int) -> Window:
        sample = sample_of(block, launch, each)
        if (block, each) != (1, place):
            return sample
        return replace(sample, client=ClientCost(sample.duration_s or 0.0, 0.001, late_connections=0))

    return busy


def checked(sample_of: SampleOf, some: Plan, slowest_s: Took) -> SampleOf:
    """The same samples with three health checks of each route, the slowest `async def` one as slow as told."""

    def with_health(block: int, launch: int, place: int) -> Window:
        slowest_us = round(slowest_s(some.cells[place], block) * 1e6)
        health = Health(async_us=[900, slowest_us, 1_000], def_us=[5_000_000] * 3, unanswered=0)
        return replace(sample_of(block, launch, place), health=health)

    return with_health


def claim(
    number: int, folder: Path, some: Plan, sample_of: SampleOf, *, tokens: int = 40, cores: int | None = 2
) -> Claim:
    """What a run has to say to one claim."""
    return article_findings(measured(folder, some, sample_of, tokens=tokens, cores=cores)).claims[number - 1]


def measured(folder: Path, some: Plan, sample_of: SampleOf, *, tokens: int = 40, cores: int | None = 2) -> Findings:
    """What is found in a run of servers that have so many threads in force, on so many cores."""
    return findings(folder, *_with(run(some, sample_of), tokens, cores))


def _with(records: Iterator[Record], tokens: int, cores: int | None) -> Iterator[Record]:
    for record in records:
        if isinstance(record, Header):
            yield replace(record, environment={"cpu": "test", "cores": cores})
        elif isinstance(record, Launched):
            workers = record.settings.workers
            yield replace(record, in_force=replace(IN_FORCE, limiter_tokens=tokens, workers=workers))
        else:
            yield record


def six(*some: Cell) -> Plan:
    return plan(*some, blocks=6)


def verdict(found: Claim) -> tuple[str, str | None]:
    """The verdict on a claim, and why it was not tested."""
    return found.verdict, wording.explain_untested(found)


def reason(evidence: ClaimEvidence) -> str | None:
    return None if evidence.reason is None else wording.describe_reason(evidence.reason)


def seen(found: Claim) -> list[str]:
    """A sentence on each evidence of a claim."""
    return [wording.describe_evidence(found, one) for one in found.evidence]


def conditions(found: Claim, some: Plan) -> list[str]:
    """The conditions of each evidence of a claim."""
    return [describe_conditions(one, Names(some)) for one in found.evidence]


def everything(found: Claim) -> list[tuple[object, ...]]:
    """All that a claim's evidence holds."""
    return [
        (one.cell.launch, one.client, one.verdict, reason(one), sentence, dict(one.figures))
        for one, sentence in zip(found.evidence, seen(found), strict=True)
    ]
