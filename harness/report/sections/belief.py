"""Whether to believe the figures: the ceiling of the client, where it ran, and which samples are in doubt."""

from collections import Counter
from collections.abc import Iterator

from harness.analysis.findings import CellFinding, Findings
from harness.model.executors import format_load
from harness.model.flags import Flag
from harness.model.journal import Ceiling
from harness.model.outcomes import RequestOutcome
from harness.model.words import counted
from harness.report.sections import control
from harness.report.sentences import upstream
from harness.report.wording import FLAG_WORDS
from harness.report.writing.busiest import folded, load_header
from harness.report.writing.conditions import Axes, name_conditions, run_axes
from harness.report.writing.markdown import Align, bullets, code, table, text
from harness.report.writing.numbers import NONE, listed, milliseconds, per_second


def section(findings: Findings) -> str:
    """Return the ceiling and the cores of the client, and every flag with its rule and the cells that carry it."""
    facts = [
        control.sentence(findings),
        " ".join([*_ceiling(findings.ceiling), *_cores(findings)]),
        *_send_spans(findings),
        *_lag(findings),
        *upstream.sentences(findings),
        *_errors(findings),
        *_bodies(findings),
    ]
    parts = [
        "## Whether to believe it",
        bullets([fact for fact in facts if fact]),
        *_flags(findings),
        *_measured_again(findings),
    ]
    return "\n\n".join(parts)


def _ceiling(ceiling: Ceiling | None) -> Iterator[str]:
    if ceiling is None:
        return
    processes = counted(ceiling.processes, "process", "processes")
    yield (
        f"At most, the engine took in {per_second(ceiling.rps)} answers a second on this machine: over "
        f"{counted(ceiling.concurrency, 'connection')} to a target that does nothing but answer, with {processes} "
        f"that kept {ceiling.client_cpu:.2f} cores busy."
    )


def _cores(findings: Findings) -> Iterator[str]:
    environment = findings.header.environment
    if "client_cores" not in environment:
        return
    cores = environment["client_cores"]
    if cores:
        numbers = listed([text(str(core)) for core in cores])
        yield f"The client was pinned to core{'s' if len(cores) > 1 else ''} {numbers}, apart from the server."
    else:
        yield "Unpinned: client and server shared the cores of the machine."


def _send_spans(findings: Findings) -> Iterator[str]:
    """Yield how long each client took to send the largest burst, on the server where it took longest."""
    spans_ms = {
        (finding.cell.concurrency, finding.cell.client): finding.client.send_span_ms
        for finding in sorted(findings.cells, key=lambda finding: (finding.client and finding.client.send_span_ms) or 0)
        if finding.client and finding.client.send_span_ms is not None
    }
    if not spans_ms:
        return
    most = max(requests for requests, _ in spans_ms)
    clients = [
        f"{milliseconds(span_ms)} ms ({text(client)})"
        for (requests, client), span_ms in spans_ms.items()
        if requests == most
    ]
    yield (
        f"Lag: to send {counted(most, 'request')} at once took {listed(clients)}, the median over blocks on the server "
        f"where it took longest; latencies count from the common start, so it is part of them."
    )


def _lag(findings: Findings) -> Iterator[str]:
    """Yield how late the client sent in an open loop, at worst."""
    lags_ms = [
        finding.punctuality.lag_p99_ms
        for finding in findings.cells
        if finding.punctuality is not None and finding.punctuality.lag_p99_ms is not None
    ]
    if lags_ms:
        yield (
            f"Lag: in the cell where it was worst, the client sent 1% of its requests more than "
            f"{milliseconds(max(lags_ms))} ms after they were due."
        )


def _errors(findings: Findings) -> Iterator[str]:
    """Yield how many requests got no good answer, and what they got instead; giving up is an answer."""
    requests = sum(finding.ok + finding.gave_up + finding.errors for finding in findings.cells)
    if not requests:
        return
    became = Counter[str]()
    for finding in findings.cells:
        became.update(finding.outcomes)
    for good in (RequestOutcome.OK, RequestOutcome.GAVE_UP):
        del became[good]
    told = listed([f"{number} {code(outcome)}" for outcome, number in became.items()]) if became else "none failed"
    gave_up = sum(finding.gave_up for finding in findings.cells)
    in_vain = f", and {gave_up} were told that their endpoint gave up waiting" if gave_up else ""
    yield f"Errors: of {counted(requests, 'request')}, {told}{in_vain}; every answer was checked."


def _bodies(findings: Findings) -> Iterator[str]:
    """Yield which endpoints of the user's own app give varying bodies."""
    varying = dict.fromkeys(finding.cell.style for finding in findings.cells if finding.bodies_vary)
    if varying:
        yield (
            f"Bodies of {listed([code(style) for style in varying])} vary from call to call, so answers were checked "
            f"for their status and for what is expected of their JSON, and not for the rest."
        )


def _flags(findings: Findings) -> Iterator[str]:
    flagged = [(flag, finding) for flag in Flag for finding in findings.cells if flag in finding.flagged_blocks]
    if not any(finding.blocks for finding in findings.cells):
        return
    if not flagged:
        yield f"No sample is in doubt. Looked for were {_looked_for(findings)}."
        return
    yield "A flag is a reason to doubt a sample, which is what one cell gives in one block:"
    yield bullets([f"{code(flag)}: {FLAG_WORDS[flag].rule}" for flag in dict.fromkeys(flag for flag, _ in flagged)])
    axes = run_axes(findings)
    at = load_header(finding for _, finding in flagged)
    headers = ("flag", "server", "style", *(["under"] if axes else []), at, "blocks", "measured again")
    rows = [_row(flag, finding, axes) for flag, finding in flagged]
    align: list[Align] = ["right" if header in (at, "blocks", "measured again") else "left" for header in headers]
    yield folded(table(headers, rows, align), len(rows))


def _looked_for(findings: Findings) -> str:
    has_upstream = any(finding.upstream for finding in findings.cells)
    known = [words for words in FLAG_WORDS.values() if has_upstream or words.measured != "upstream"]
    *others, last = [words.looked_for for words in known if words.looked_for]
    return f"{', '.join(others)}, and {last}"


def _row(flag: Flag, finding: CellFinding, axes: Axes) -> list[str]:
    cell = finding.cell
    return [
        code(flag),
        text(cell.launch.server),
        code(cell.style),
        *([name_conditions(cell, axes) or NONE] if axes else []),
        format_load(cell),
        f"{finding.flagged_blocks[flag]} of {finding.blocks}",
        str(finding.measured_again) if finding.measured_again else NONE,
    ]


def _measured_again(findings: Findings) -> Iterator[str]:
    """Yield how many samples were taken twice; the table has only those of flagged cells."""
    again = sum(finding.measured_again for finding in findings.cells)
    still = sum(finding.measured_again for finding in findings.cells if finding.flagged_blocks)
    if again:
        yield (
            f"{counted(again, 'sample')} in doubt {'was' if again == 1 else 'were'} measured again, once, and the "
            f"second counts: {still} in cells that still carry a flag, {again - still} in cells that no longer do."
        )
