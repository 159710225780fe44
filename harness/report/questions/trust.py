"""Can I trust this? The A/A control, the load generator, flags, warnings and the settings in force."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.analysis.findings import CellFinding, Control, Findings, LaunchFinding, UpstreamFinding, WarningCode
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import format_load
from harness.model.flags import Flag
from harness.model.outcomes import RequestOutcome
from harness.model.words import counted
from harness.report.document import (
    Block,
    Bullets,
    Caution,
    Line,
    Paragraph,
    Section,
    Tone,
    as_line,
    code,
    enumerate_words,
    line,
    strong,
    table,
)
from harness.report.naming import Names
from harness.report.numbers import NONE, change, measured, milliseconds, per_second, percent
from harness.report.questions.decision import Decision
from harness.report.wording import FLAG_WORDS, describe_warning

_QUESTION = as_line("Can I trust this?")
_PROOF_HEADERS = ("server", "version", "thread limit", "workers", "loop", "HTTP parser", "peak handlers")
_PROOF_READING = line("Settings read back from inside each server; `asked → in force` where they differ.")


def headline(findings: Findings) -> Line | None:
    """Return why the run is invalid, None if the A/A control does not differ."""
    control = findings.control
    if control is None or not control.differs or control.ratio is None:
        return None
    off = f"by {measured(abs(control.ratio - 1))}"
    if control.ratio_within:
        off = f"at {counted(len(control.apart), 'cell')}"
    return as_line(f"Invalid run: the A/A control differs from itself {off}, so nothing is ranked.")


def caution(findings: Findings) -> Caution | None:
    """Return what to do about an invalid run."""
    control = findings.control
    if control is None or not control.differs:
        return None
    return Caution(
        line(
            "{} {} A difference of that size can come from the order of cells or from other load on the machine. "
            "Run `python -m harness doctor`, measure more blocks, or set a larger `practical_difference`.",
            strong("Invalid run: nothing is ranked."),
            _describe_control(control, findings),
        )
    )


def decide(findings: Findings) -> Decision | None:
    """Return whether the run can be trusted, None if nothing was measured."""
    if not any(finding.blocks for finding in findings.cells):
        return None
    control, doubts = findings.control, _describe_doubts(findings)
    few = _describe_few_blocks(findings)
    if control is None or control.ratio is None:
        return Decision(_QUESTION, as_line(few or "No A/A control, so the noise is unknown"), doubts, Tone.UNSURE)
    shown = line("A/A {}; {}", _write_change(control), doubts)
    answer, tone = _judge_trust(findings, control, few)
    return Decision(_QUESTION, as_line(answer), shown, tone)


def _judge_trust(findings: Findings, control: Control, few: str | None) -> tuple[str, Tone]:
    if control.differs:
        return "No: the same server measured twice differs", Tone.BAD
    if control.within is None or few:
        return few or "Too few blocks to judge", Tone.UNSURE
    if not findings.finished:
        return "Partly: the run was interrupted", Tone.UNSURE
    agrees = f"the same server measured twice agrees within {percent(findings.header.plan.practical_difference)}"
    if limits := _list_limits_of_trust(findings, control):
        return f"Mostly: {agrees}, but {' and '.join(limits)}", Tone.UNSURE
    return f"Yes: {agrees}", Tone.GOOD


def _list_limits_of_trust(findings: Findings, control: Control) -> list[str]:
    limits = [] if control.interval_within else ["the interval is wider"]
    # A sample can have several flags, so of a cell only those of the most frequent flag are surely different samples.
    flagged = sum(max(finding.flagged_blocks.values(), default=0) for finding in findings.cells)
    if 2 * flagged > _count_samples(findings):
        limits.append("most samples are flagged")
    return limits


def _count_samples(findings: Findings) -> int:
    return sum(finding.blocks for finding in findings.cells)


def section(findings: Findings) -> Section:
    """Return the A/A control, the load generator's ceiling, errors, flags, warnings and the settings in force."""
    facts = [
        *_describe_interruption(findings),
        _describe_control(findings.control, findings),
        *_describe_undecided(findings),
        *_describe_ceiling(findings),
        *_describe_sending(findings),
        *describe_upstreams(findings),
        *_describe_errors(findings),
        *_describe_flags(findings),
        *_describe_warnings(findings),
    ]
    blocks: list[Block] = [Bullets(tuple(facts)), *_render_proof(findings)]
    decision = decide(findings)
    finding = line("{}.", decision.answer) if decision else line("Nothing was measured.")
    return Section("trust", "Can I trust this?", tuple(blocks), rank=3, finding=finding)


def _describe_doubts(findings: Findings) -> Line:
    flags = sum(sum(finding.flagged_blocks.values()) for finding in findings.cells)
    errors = sum(finding.errors for finding in findings.cells)
    samples = _count_samples(findings)
    return as_line(f"{counted(flags, 'flag')} on {counted(samples, 'sample')}, {counted(errors, 'error')}")


def _describe_few_blocks(findings: Findings) -> str | None:
    blocks = [finding.blocks for finding in findings.cells if finding.blocks]
    few = [number for number in blocks if number < BLOCKS_FOR_AN_INTERVAL]
    if not few:
        return None
    if len(few) < len(blocks):
        return f"Partly: fewer than {BLOCKS_FOR_AN_INTERVAL} blocks in {len(few)} of {len(findings.cells)} cells"
    return f"Figures only: claims take {BLOCKS_FOR_AN_INTERVAL} blocks, this run has {max(few)}"


def _write_change(control: Control) -> str:
    assert control.ratio is not None
    interval = (
        "" if control.low is None or control.high is None else f" ({change(control.low)} to {change(control.high)})"
    )
    return f"{change(control.ratio)}{interval}"


def _describe_control(control: Control | None, findings: Findings) -> Line:
    if control is None:
        return line("No A/A control, so the noise is unknown: name a `baseline` in the matrix.")
    servers = ", ".join(dict.fromkeys(cell.launch.server for cell in control.cells))
    styles = enumerate_words([code(style) for style in dict.fromkeys(cell.style for cell in control.cells)])
    loads = ", ".join(dict.fromkeys(format_load(cell) for cell in control.cells))
    what = line("A/A control: {} {} at {} was measured twice in each block", servers, styles, loads)
    if control.ratio is None:
        return line("{}, and no block gave a figure for all of them.", what)
    judgement = _judge(control, findings)
    return line("{}: {} over {}, {}.", what, _write_change(control), counted(control.blocks, "block"), judgement)


def _judge(control: Control, findings: Findings) -> Line:
    difference = percent(findings.header.plan.practical_difference)
    if control.within is None:
        return as_line(f"too few blocks to judge (it takes {BLOCKS_FOR_AN_INTERVAL})")
    if control.within:
        unsure = "" if control.interval_within else ", though its interval is not"
        return as_line(f"within the practical difference of {difference}{unsure}")
    if control.ratio_within:
        apart = [line("{} at {}", code(cell.style), format_load(cell)) for cell in control.apart]
        return line("but {} by itself differs by more than {}", enumerate_words(apart), difference)
    return as_line(f"more than the practical difference of {difference}")


def _describe_interruption(findings: Findings) -> Iterator[Line]:
    if not findings.finished:
        planned = counted(findings.header.plan.min_blocks, "block")
        at_least = "at least " if findings.header.plan.is_sequential else ""
        yield as_line(f"The run was interrupted after {findings.blocks} of {at_least}{planned}.")


def _describe_undecided(findings: Findings) -> Iterator[Line]:
    if not findings.comparisons:
        return
    verdicts = [comparison.verdict for comparison in findings.comparisons]
    undecided, withheld = verdicts.count(Verdict.UNDECIDED), verdicts.count(None)
    total = counted(len(verdicts), "comparison")
    yield as_line(
        f"{total}: {undecided} undecided, {withheld} withheld. All verdicts together are right with 95% confidence."
    )


def _describe_ceiling(findings: Findings) -> Iterator[Line]:
    ceiling, environment = findings.ceiling, findings.header.environment
    if ceiling is not None:
        yield as_line(
            f"Load generator ceiling: {per_second(ceiling.rps)} requests/s against a no-op server, over "
            f"{counted(ceiling.concurrency, 'connection')}, using {ceiling.client_cpu:.2f} cores."
        )
    if "client_cores" in environment:
        cores = environment["client_cores"]
        if cores:
            yield as_line(f"The load generator was pinned to its own cores: {', '.join(map(str, cores))}.")
        else:
            yield as_line("Load generator and server shared the cores of the machine.")


def _describe_sending(findings: Findings) -> Iterator[Line]:
    """Yield how long the largest burst took to send, and how late requests of an open loop were sent, at worst."""
    bursts = [
        (finding.cell.concurrency, finding.client.send_span_ms)
        for finding in findings.cells
        if finding.client and finding.client.send_span_ms is not None
    ]
    if bursts:
        most, span_ms = max(bursts)
        yield as_line(
            f"Sending {counted(most, 'request')} took up to {milliseconds(span_ms)} ms, part of their latencies."
        )
    lags_ms = [
        finding.punctuality.lag_p99_ms
        for finding in findings.cells
        if finding.punctuality is not None and finding.punctuality.lag_p99_ms is not None
    ]
    if lags_ms:
        yield as_line(f"At worst, 1% of the requests were sent more than {milliseconds(max(lags_ms))} ms late.")


def describe_upstreams(findings: Findings) -> Iterator[Line]:
    """Yield whether the service that a scenario calls kept up, for each scenario that calls one."""
    for scenario in dict.fromkeys(finding.cell.launch.scenario for finding in findings.cells):
        cells = [finding for finding in findings.cells if finding.cell.launch.scenario == scenario]
        seen = [finding.upstream for finding in cells if finding.upstream]
        if seen:
            yield _describe_upstream(scenario, cells, seen)


def _describe_upstream(scenario: str, cells: Sequence[CellFinding], seen: Sequence[UpstreamFinding]) -> Line:
    doubts = (Flag.UPSTREAM_BOUND, Flag.UPSTREAM_LATE)
    doubted = sum(any(flag in finding.flagged_blocks for flag in doubts) for finding in cells)
    kept_up = f"answered late or was busy in {counted(doubted, 'cell')}" if doubted else "kept up"
    return line(
        "The service that {} calls {}; at most {} concurrent requests, answers up to {} ms late, {} of a core.",
        code(scenario),
        kept_up,
        str(max(each.peak for each in seen)),
        milliseconds(max(each.late_max_ms for each in seen)),
        f"{max(each.cpu for each in seen):.2f}",
    )


def _describe_errors(findings: Findings) -> Iterator[Line]:
    """Yield how many requests got no good answer, and what they got instead; giving up is an answer."""
    requests = sum(finding.ok + finding.gave_up + finding.errors for finding in findings.cells)
    if not requests:
        return
    became = Counter[str]()
    for finding in findings.cells:
        became.update(finding.outcomes)
    failed = {outcome: number for outcome, number in became.items() if outcome != RequestOutcome.OK}
    failed.pop(RequestOutcome.GAVE_UP, None)
    told = ", ".join(f"{number} {outcome}" for outcome, number in failed.items()) or "none failed"
    gave_up = sum(finding.gave_up for finding in findings.cells)
    waiting = f", {gave_up} gave up waiting" if gave_up else ""
    yield as_line(f"{counted(requests, 'request')}, every answer checked: {told}{waiting}.")
    varying = dict.fromkeys(finding.cell.style for finding in findings.cells if finding.bodies_vary)
    if varying:
        yield line(
            "Bodies of {} vary from call to call, so only status and expected JSON were checked.",
            enumerate_words([code(style) for style in varying]),
        )


def _describe_warnings(findings: Findings) -> Iterator[Line]:
    names = Names(findings.header.plan)
    told = (warning for warning in findings.warnings if warning.code is not WarningCode.FLAGGED)
    yield from (line("Warning: {}.", describe_warning(warning, names)) for warning in told)


def _describe_flags(findings: Findings) -> Iterator[Line]:
    """Yield each flag that was raised, with its rule and its cells; results.json has the blocks of each."""
    names = Names(findings.header.plan)
    for flag in Flag:
        flagged = [finding for finding in findings.cells if flag in finding.flagged_blocks]
        if flagged:
            samples = counted(sum(finding.flagged_blocks[flag] for finding in flagged), "sample")
            cells = names.name_group(finding.cell for finding in flagged)
            yield line("{} ({}; {}): {}", code(flag), samples, cells, FLAG_WORDS[flag].rule)
    again = sum(finding.measured_again for finding in findings.cells)
    if again:
        yield as_line(f"{counted(again, 'sample')} in doubt measured again; flags are those of the second try.")


def _render_proof(findings: Findings) -> Iterator[Block]:
    if not findings.launches:
        return
    peaks: dict[tuple[str, ...], int | None] = {}
    repeated = findings.header.plan.control_names
    for found in findings.launches:
        if found.launch.server in repeated:
            continue
        row = _proof_row(found)
        peaks[row] = max(peaks.get(row) or 0, found.peak_handlers or 0) or None
    rows = [(*row, NONE if peak is None else str(peak)) for row, peak in peaks.items()]
    yield Paragraph(_PROOF_READING)
    yield table(_PROOF_HEADERS, rows, "lllllll")


def _proof_row(found: LaunchFinding) -> tuple[str, ...]:
    asked, in_force = found.launch, found.in_force
    if in_force is None:
        return asked.server, NONE, f"{asked.thread_limit} → never ready", str(asked.workers), asked.loop, NONE
    return (
        asked.server,
        found.version or NONE,
        _write_in_force(asked.thread_limit, in_force.limiter_tokens),
        _write_in_force(asked.workers, in_force.workers),
        _write_in_force(asked.loop, in_force.loop),
        in_force.http_parser or NONE,
    )


def _write_in_force(asked: object, in_force: object) -> str:
    """Return a setting as it was asked for, and what became of it if that is something else."""
    return str(asked) if str(asked) == str(in_force) else f"{asked} → {in_force}"
