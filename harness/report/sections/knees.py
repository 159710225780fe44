"""The knees: where `def` falls behind `async`, on every server, beside where the model expects it."""

from collections.abc import Iterator

from harness.analysis.findings import Findings, Knee
from harness.analysis.knees import THRESHOLD
from harness.model.words import counted
from harness.report.wording import describe_interval, describe_placement, describe_withheld
from harness.report.writing.conditions import group_by_conditions, launch_conditions, run_axes
from harness.report.writing.markdown import MARKDOWN, Voice, table
from harness.report.writing.numbers import NONE
from harness.report.writing.pairs import pairs, pairs_at_knee

HEADERS = ("server", "thread limit", "workers", "knee", "expected above", "verdict")

_READING = (
    "A knee is where `def` falls behind `async`: `(40, 41]` means that it kept up at 40 simultaneous requests, taking "
    f"less than {THRESHOLD:g} times as long, and had fallen behind at 41. It is expected above thread limit x workers."
)


def section(findings: Findings) -> str | None:
    """Render the table of knees; None if no bursts of `def` and `async` have a model that bends."""
    if not findings.knees:
        return None
    parts = ["## Knees", _READING]
    for name, rows in tables(findings, MARKDOWN):
        if name:
            parts.append(f"### Knees: {name}")
        parts.append(table(HEADERS, rows, ("left", "right", "right", "right", "right", "left")))
    return "\n\n".join(parts)


def tables(findings: Findings, voice: Voice) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the rows of each table with the conditions it is under, which are empty if the run varies none."""
    axes = run_axes(findings) - {"thread_limit", "workers"}
    for name, knees in group_by_conditions(
        findings.knees, lambda knee: launch_conditions(knee.launch, knee.client), axes, voice
    ):
        yield name, [_row(knee, findings, voice) for knee in knees]


def _row(knee: Knee, findings: Findings, voice: Voice) -> list[str]:
    return [
        voice.text(knee.launch.server),
        _limit(knee, findings),
        str(knee.launch.workers),
        interval(knee),
        NONE if knee.expected is None else str(knee.expected),
        _verdict(knee, findings, voice),
    ]


def _limit(knee: Knee, findings: Findings) -> str:
    """Return the limit that was asked for, or the one that the default turned out to be."""
    if knee.launch.thread_limit != "default":
        return str(knee.launch.thread_limit)
    for found in findings.launches:
        if found.launch == knee.launch and found.in_force is not None:
            return f"left unset: {found.in_force.limiter_tokens}"
    return "left unset"


def interval(knee: Knee) -> str:
    """Return the knee as an interval, or a dash if it has no end."""
    return NONE if knee.low is None and knee.high is None else describe_interval(knee.low, knee.high)


def _verdict(knee: Knee, findings: Findings, voice: Voice) -> str:
    verdict = describe_placement(knee)
    if knee.claimed:
        return verdict
    if knee.withheld is not None:
        return f"withheld: {voice.text(describe_withheld(knee.withheld))}"
    blocks = {min(pair.in_def.blocks, pair.in_async.blocks) for pair in pairs_at_knee(knee, pairs(findings))}
    fewest = min(blocks, default=0)
    few = "one block" if fewest == 1 else counted(fewest, "block")
    return f"{verdict} ({'down to ' if len(blocks) > 1 else ''}{few}: described, not claimed)"
