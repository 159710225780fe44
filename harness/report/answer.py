"""The answer of a run in one paragraph, every word of it from the data."""

from collections import Counter
from collections.abc import Iterable, Iterator

from harness.analysis.findings import CellFinding, Findings
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.model.plan import Cell, Status
from harness.model.words import counted
from harness.report import behind, control, health, steady, thresholds, verdicts
from harness.report.conditions import named, of_cell, varied
from harness.report.markdown import MARKDOWN, PLAIN, Voice
from harness.report.numbers import between, milliseconds, seconds, times, word
from harness.report.pairs import Pair, pairs

_FATES: tuple[Status, ...] = ("failed", "timeout", "skipped", "unsupported")
_MOST_SETTINGS = 3
"""More knees than these are for the table: a paragraph has to be read."""


def markdown(findings: Findings) -> str:
    """The answer in Markdown; its first sentence can stand alone."""
    return " ".join(_sentences(findings, MARKDOWN))


def plain(findings: Findings) -> str:
    """The same answer as plain text, for a terminal or a program."""
    return " ".join(_sentences(findings, PLAIN))


def _sentences(findings: Findings, voice: Voice) -> Iterator[str]:
    settings = behind.settings(findings, voice)
    told = settings[:_MOST_SETTINGS]
    story: Iterable[str | None] = (
        control.verdict(findings),
        nothing_measured(findings),
        *(sentence for setting in told for sentence in behind.sentences(setting, findings, voice)),
        other_settings(len(settings) - len(told)),
        *without_a_knee(findings, voice),
        *steady.sentences(findings, voice),
        verdicts.sentence(findings, voice),
        thresholds.sentence(findings, voice),
        control.told(findings),
        nothing_to_compare(findings, voice),
        why_def_waits(findings, voice),
        while_def_keeps_up(findings, voice),
        blocking_the_loop(findings, voice),
        health.starved(findings, voice),
        what_is_missing(findings),
        interrupted(findings),
        too_few_blocks(findings),
    )
    return (sentence for sentence in story if sentence is not None)


def nothing_measured(findings: Findings) -> str | None:
    """That there is no figure at all, and what became of the cells instead."""
    if any(finding.blocks for finding in findings.cells):
        return None
    became = Counter(finding.status for finding in findings.cells)
    fates = "".join(f", {became[status]} {status}" for status in _FATES if became[status])
    return f"Nothing was measured: {counted(len(findings.cells), 'cell')}{fates}."


def other_settings(number: int) -> str | None:
    """That the paragraph does not tell of every knee."""
    return f"The knees of {counted(number, 'more setting')} are in the table of knees." if number > 0 else None


def without_a_knee(findings: Findings, voice: Voice) -> Iterator[str]:
    """How the two compare where no knee was looked for, at the highest concurrency: a sentence for each scenario."""
    with_a_knee = {knee.launch.scenario for knee in findings.knees if knee.low is not None or knee.high is not None}
    scenarios: dict[str, list[Pair]] = {}
    for pair in pairs(findings):
        if pair.in_def.cell.launch.scenario not in with_a_knee:
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
    """What can be said where `def` and `async` bursts were never measured side by side: only the model is left."""
    shares = [finding.vs_model for finding in findings.cells if finding.vs_model is not None]
    if pairs(findings) or all(finding.median_s is None for finding in findings.cells):
        return None
    styles = voice.code("def"), voice.code("async")
    model = f" What was measured took {times(shares)} times what the model expects." if shares else ""
    return f"{styles[0]} and {styles[1]} were not measured side by side, so they are not compared.{model}"


def why_def_waits(findings: Findings, voice: Voice) -> str | None:
    """How long `def` requests waited for a thread, in the first scenario and delay that shows it."""
    alike: dict[tuple[str, float | None], list[CellFinding]] = {}
    for finding in findings.cells:
        # Only a model says what waiting there is for a thread: without one it may be for anything.
        if finding.cell.style == "def" and finding.model_s is not None:
            launch = finding.cell.launch
            alike.setdefault((launch.scenario, launch.delay_s), []).append(finding)
    waits = (_waiting(cells, findings, voice) for cells in alike.values())
    return next((sentence for sentence in waits if sentence is not None), None)


def _waiting(cells: Iterable[CellFinding], findings: Findings, voice: Voice) -> str | None:
    """How long half the requests of these cells waited, at the most requests beyond the fewest threads."""
    beyond = [
        (threads, finding.cell, finding.split)
        for finding in cells
        if finding.split is not None
        and (threads := (finding.limiter_tokens or 0) * finding.cell.launch.workers)
        # With fewer requests, less than half of them wait for a thread, and the median does not show it.
        and finding.cell.concurrency >= 2 * threads
    ]
    if not beyond:
        return None
    fewest = min(threads for threads, _, _ in beyond)
    most = max((cell for threads, cell, _ in beyond if threads == fewest), key=lambda cell: cell.concurrency)
    splits = [split for threads, cell, split in beyond if (threads, cell.concurrency) == (fewest, most.concurrency)]
    axes = varied([finding.cell for finding in findings.cells]) & {"scenario", "delay"}
    where = named(of_cell(most), axes, voice)
    return (
        f"The requests beyond the limit wait for a thread{f' ({where})' if where else ''}: of {most.concurrency} "
        f"{voice.code('def')} requests at once on {fewest} threads, the median request waited "
        f"{between(milliseconds(split.wait.p50_ms) for split in splits)} ms before "
        f"{between(milliseconds(split.work.p50_ms) for split in splits)} ms of work."
    )


def while_def_keeps_up(findings: Findings, voice: Voice) -> str | None:
    """How `def` compares with `async` up to the knees that are claimed: figures, no verdict."""
    ratios = [ratio for knee in findings.knees if knee.claimed for ratio in behind.up_to_low(knee)]
    if not ratios:
        return None
    return f"As long as it kept up, {voice.code('def')} took {times(ratios)} times as long as {voice.code('async')}."


def blocking_the_loop(findings: Findings, voice: Voice) -> str | None:
    """What blocking in `async def` costs, at the most requests it was measured with."""
    blocking = [
        finding
        for finding in findings.cells
        if finding.cell.style == "async-blocking" and finding.cell.concurrency > 1 and finding.vs_model is not None
    ]
    if not blocking:
        return None
    most = max(blocking, key=lambda finding: finding.cell.concurrency).cell
    alike = [finding for finding in blocking if _same_load(finding.cell, most)]
    took_s = between(seconds(finding.median_s) for finding in alike if finding.median_s is not None)
    share = times(finding.vs_model for finding in alike if finding.vs_model is not None)
    workers = most.launch.workers
    on_workers, they = (f" on {workers} workers", "those of the busiest worker") if workers > 1 else ("", "they")
    return (
        f"{voice.code('async-blocking')}, which blocks inside {voice.code('async def')}, took {took_s} s for "
        f"{most.concurrency} requests at once{on_workers}: {share} times what {they} take one after the other."
    )


def _same_load(one: Cell, other: Cell) -> bool:
    """Whether the model expects as much of two cells, if their workers share the requests in the same way."""
    return (one.launch.scenario, one.launch.delay_s, one.launch.workers, one.concurrency) == (
        other.launch.scenario,
        other.launch.delay_s,
        other.launch.workers,
        other.concurrency,
    )


def what_is_missing(findings: Findings) -> str | None:
    """How many cells gave no figure, where others did."""
    missing = sum(not finding.blocks for finding in findings.cells)
    if missing in (0, len(findings.cells)):
        return None
    return f"{missing} of {counted(len(findings.cells), 'cell')} gave no figure."


def interrupted(findings: Findings) -> str | None:
    """That the run did not come to its end."""
    if findings.finished:
        return None
    planned = counted(findings.header.plan.min_blocks, "block")
    at_least = "at least " if findings.header.plan.is_sequential else ""
    return f"The run was interrupted: {findings.blocks} of {at_least}{planned} measured completely."


def too_few_blocks(findings: Findings) -> str | None:
    """That nothing is claimed, where there were too few blocks for it."""
    blocks = [finding.blocks for finding in findings.cells if finding.blocks]
    few = [number for number in blocks if number < BLOCKS_FOR_AN_INTERVAL]
    if not few:
        return None
    if len(few) < len(blocks):
        cells, enough = counted(len(findings.cells), "cell"), word(BLOCKS_FOR_AN_INTERVAL)
        return f"{len(few)} of {cells} gave a figure in fewer than {enough} blocks, which is too few for a claim."
    most = max(few)
    number = f"{word(most)} {'block' if most == 1 else 'blocks'}"
    how_many = f"{number.capitalize()} only" if min(few) == most else f"At most {number}"
    return f"{how_many}: figures, no claims."
