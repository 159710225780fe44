"""The sentences of the verdict on `def` beside `async` in bursts, as far as they are not on knees."""

from collections.abc import Iterable, Iterator

from harness.analysis.findings import CellFinding, Findings
from harness.analysis.knees import THRESHOLD
from harness.report.sentences import behind
from harness.report.writing.conditions import name_conditions, run_axes
from harness.report.writing.markdown import Voice
from harness.report.writing.numbers import between, ratio, short_ms, times
from harness.report.writing.pairs import StylePair, pairs


def without_a_knee(findings: Findings, voice: Voice) -> Iterator[str]:
    """Yield how the two compare at the highest concurrency, for each scenario without a knee.

    Giving up sooner is not being faster, so scenarios in which requests gave up are left out.
    """
    with_a_knee = {knee.launch.scenario for knee in findings.knees if knee.low is not None or knee.high is not None}
    scenarios: dict[str, list[StylePair]] = {}
    for pair in pairs(findings):
        gave_up = pair.in_def.gave_up or pair.in_async.gave_up
        if pair.in_def.cell.launch.scenario not in with_a_knee and not gave_up:
            scenarios.setdefault(pair.in_def.cell.launch.scenario, []).append(pair)
    for scenario, found in scenarios.items():
        most = max(pair.in_def.cell.concurrency for pair in found)
        highest = [pair for pair in found if pair.in_def.cell.concurrency == most]
        servers = list(dict.fromkeys(voice.text(pair.in_def.cell.launch.server) for pair in highest))
        yield (
            f"In the scenario {voice.text(scenario)}, {voice.code('def')} took "
            f"{times(pair.ratio for pair in highest)} times as long as "
            f"{voice.code('async')} at {behind.at_once(most)}, on {behind.all_of(servers, findings)}."
        )


def nothing_to_compare(findings: Findings, voice: Voice) -> str | None:
    """Return how bursts compare with the model, if `def` and `async` were never measured side by side."""
    shares = [finding.vs_model for finding in findings.cells if finding.vs_model is not None]
    if pairs(findings) or all(finding.median_s is None for finding in findings.cells):
        return None
    styles = voice.code("def"), voice.code("async")
    model = f" What was measured took {times(shares)} times what the model expects." if shares else ""
    return f"{styles[0]} and {styles[1]} were not measured side by side, so they are not compared.{model}"


def while_def_keeps_up(findings: Findings, voice: Voice) -> str | None:
    """Return how `def` compares with `async` up to the knees that are claimed: figures, no verdict."""
    ratios = behind.up_to_knees(findings)
    if not ratios:
        return None
    return (
        f"As long as it kept up (took less than {ratio(THRESHOLD)} times as long), {voice.code('def')} took "
        f"{times(ratios)} times as long as {voice.code('async')}."
    )


def why_def_waits(findings: Findings, voice: Voice) -> str | None:
    """Return how long `def` requests waited for a thread, in the first scenario and delay that shows it."""
    alike: dict[tuple[str, float | None], list[CellFinding]] = {}
    for finding in findings.cells:
        # Only a model says what waiting there is for a thread: without one it may be for anything.
        if finding.cell.style == "def" and finding.model_s is not None and finding.waits_for_limit:
            launch = finding.cell.launch
            alike.setdefault((launch.scenario, launch.delay_s), []).append(finding)
    waits = (_waiting(cells, findings, voice) for cells in alike.values())
    return next((sentence for sentence in waits if sentence is not None), None)


def _waiting(cells: Iterable[CellFinding], findings: Findings, voice: Voice) -> str | None:
    """Return how long half the requests of these cells waited, at the most requests beyond the fewest threads."""
    beyond = [
        (threads, finding.cell, finding.split.wait, finding.split.work)
        for finding in cells
        if finding.split is not None
        and finding.split.wait is not None
        and (threads := (finding.limiter_tokens or 0) * finding.cell.launch.workers)
        # With fewer requests, less than half of them wait for a thread, and the median does not show it.
        and finding.cell.concurrency >= 2 * threads
    ]
    if not beyond:
        return None
    fewest = min(threads for threads, *_ in beyond)
    most = max((cell for threads, cell, *_ in beyond if threads == fewest), key=lambda cell: cell.concurrency)
    alike = [parts for threads, cell, *parts in beyond if (threads, cell.concurrency) == (fewest, most.concurrency)]
    axes = run_axes(findings) & {"scenario", "delay_s"}
    where = name_conditions(most, axes, voice)
    return (
        f"Requests beyond the limit wait for a thread{f' ({where})' if where else ''}, one more call for each further "
        f"limit's worth of them: of {most.concurrency} "
        f"{voice.code('def')} requests at once on {fewest} threads, the median request waited "
        f"{between(short_ms(wait.p50_ms) for wait, _ in alike)} ms before "
        f"{between(short_ms(work.p50_ms) for _, work in alike)} ms of work."
    )
