"""The words for the codes that analysis returns: the only place with that English.

Each section below maps one family of codes to words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.analysis.findings import (
    CellFinding,
    Comparison,
    Explanation,
    Knee,
    Part,
    Placement,
    Rival,
    RunWarning,
    ThresholdFinding,
    ThresholdReason,
    Trouble,
    TroubleCode,
    WarningCode,
    Withheld,
    Withholding,
)
from harness.analysis.statistics.estimates import BLOCKS_FOR_AN_INTERVAL, count_needed
from harness.analysis.statistics.verdicts import Verdict
from harness.model import flags
from harness.model.executors import Cost
from harness.model.flags import Flag
from harness.model.metrics import METRICS, TIME, Metric
from harness.model.outcomes import Status
from harness.model.words import counted, not_compared
from harness.report.naming import Names
from harness.report.numbers import percent, ratio

# --- Verdicts, and why a verdict is withheld ---------------------------------------------------------------------

COSTS = {
    Cost.LAST_ANSWER: "the time until the last answer",
    Cost.TIME_PER_ANSWER: "the time per answer",
    Cost.MEAN_LATENCY: "the mean latency",
}
"""What a ratio compares."""

_FLAGGED = {
    Withheld.CLIENT_BOUND: "what was measured is the client rather than the server",
    Withheld.UPSTREAM_BOUND: "what was measured is the upstream rather than the server",
    Withheld.GAVE_UP: "requests gave up waiting, and whoever gives up sooner is no faster",
    Withheld.LITTLES_LAW: "throughput, latency and concurrency contradict each other",
}
_UNFLAGGED = {
    Withheld.CONTROL_DIFFERS: "the A/A control differs from itself by more than the practical difference",
    Withheld.CONTROL_DIFFERS_IN_METRIC: "in this metric, the A/A control differs by more than the practical difference",
    Withheld.CONTROL_SILENT: "the A/A control gave too few figures to be judged by",
    Withheld.TOO_FEW_REQUESTS: f"a p99 needs {count_needed(0.99)} requests in a block, and no block has that many",
    Withheld.NOT_MEASURED: "no block has a figure of it",
}


def describe_withheld(why: Withholding) -> str:
    """Return why a verdict is withheld."""
    if why.code is Withheld.BLOCKS_LOST:
        return f"{why.lost} of {counted(why.blocks, 'block')} gave no figure, and may have been the slow ones"
    if why.code is Withheld.TOO_FEW_BLOCKS:
        return f"too few blocks: {why.blocks} in one of the runs, and a claim takes {BLOCKS_FOR_AN_INTERVAL} in each"
    return f"{why.code}: {_FLAGGED[why.code]}" if why.code in _FLAGGED else _UNFLAGGED[why.code]


def describe_verdict(verdict: Verdict, difference: float, metric: Metric = TIME) -> str:
    """Return a verdict by a metric in words; `difference` is the practical difference as a share."""
    within = percent(difference)
    in_figures = {Verdict.SAME: f"same within {within}", Verdict.DIFFERS: f"differs, perhaps by less than {within}"}
    return in_figures.get(verdict) or name_verdict(verdict, metric)


def name_verdict(verdict: Verdict, metric: Metric) -> str:
    """Return a verdict by a metric as programs read it, without figures."""
    return {Verdict.FASTER: metric.less, Verdict.SLOWER: metric.more}.get(verdict) or verdict.value


def describe_comparison(comparison: Comparison, difference: float) -> str:
    """Return the verdict on a comparison, or why there is none."""
    if comparison.verdict is not None:
        return describe_verdict(comparison.verdict, difference, METRICS[comparison.metric])
    return f"withheld: {describe_withheld(comparison.withheld) if comparison.withheld else 'no reason was recorded'}"


def describe_interval(low: int | None, high: int | None) -> str:
    """Return a knee that has at least one end as an interval, open below and closed above."""
    if high is None:
        return f"above {low}"
    return f"at most {high}" if low is None else f"({low}, {high}]"


def describe_placement(knee: Knee) -> str:
    """Return how a knee lies to where the model expects it."""
    # Requests need not reach the workers in equal shares: the busiest one is full first.
    busiest = "" if knee.unevenness is None else f"the busiest worker had {ratio(knee.unevenness)} times its share"
    why = f": {busiest}" if knee.explanation is Explanation.UNEVEN_WORKERS else ""
    placement = {
        Placement.UNDECIDED: "undecided",
        Placement.LIMIT_UNKNOWN: "the limit in force is not known",
        Placement.SOONER: "sooner than expected" + (f", though {busiest}" if busiest else ""),
        Placement.LATER: "later than expected",
        Placement.NOT_REACHED: f"not reached up to {knee.low}",
        Placement.UNDECIDED_BETWEEN: "not contradicted, but undecided in between",
        Placement.AS_EXPECTED: "as expected",
    }[knee.placement]
    return placement + why


# --- Validity, advice and whether an open loop kept up -----------------------------------------------------------

PARTS = {
    Part.WAITING: "waits {ms} for a thread or the loop",
    Part.WORKING: "works for {ms}",
    Part.IN_THE_APP: "is in the application for {ms}",
    Part.OUTSIDE: "spends {ms} outside the application",
}
"""The median request of a style, by the part of its time that grew most."""


def describe_rival(rival: Rival, difference: float) -> str:
    """Return the verdict on a style against the preferred one, none of whose requests gave up."""
    if rival.withheld is not None:
        code = rival.withheld.code
        return f"withheld: {code if code in _FLAGGED else describe_withheld(rival.withheld)}"
    if rival.low is None:
        return "not proven: too few blocks"
    if rival.verdict is Verdict.DIFFERS:
        return f"no cause found; perhaps less than {percent(difference)} slower"
    if rival.verdict is Verdict.SAME:
        return f"same within {percent(difference)}"
    if rival.verdict in (Verdict.SLOWER, Verdict.FASTER):
        return "no cause found"
    return describe_verdict(rival.verdict or Verdict.UNDECIDED, difference)


# --- Thresholds --------------------------------------------------------------------------------------------------

_THRESHOLDS = {
    ThresholdReason.NO_CELL: "no cell of this run matches it",
    ThresholdReason.NO_CONTROL: "no A/A control, so the difference may be noise",
    ThresholdReason.WITHHELD: "{withheld}",
    ThresholdReason.TOO_FEW_BLOCKS: "too few blocks for an interval",
    ThresholdReason.INTERVAL_WITHIN: "the interval keeps to it",
    ThresholdReason.INTERVAL_ON_BOTH_SIDES: "the interval lies on both sides",
    ThresholdReason.UNCONFIRMED: "broken, but not confirmed by a rerun",
    ThresholdReason.RERUN_WITHHELD: "broken, but not confirmed by a rerun, of which nothing can be said: {withheld}",
    ThresholdReason.RERUN_DIFFERS: "broken at first, but a rerun gave {found.rerun_low:.3f} to {found.rerun_high:.3f}",
    ThresholdReason.CONFIRMED: "broken, and again in a rerun: {found.rerun_low:.3f} to {found.rerun_high:.3f}",
    ThresholdReason.NO_KNEE: "no knee found",
    ThresholdReason.KNEE: "the knee is {interval}",
    ThresholdReason.KNEE_NOT_CLAIMED: "the knee is {interval}, but too few blocks claim it",
    ThresholdReason.TOO_FEW_REQUESTS: "a p99 needs {needed} requests, there were {found.count}",
}
_FIGURES = {
    "p99": "p99 is {found.figure:.3f} ms",
    "errors": "{errors} of {found.count} requests failed",
    "health_async": "the {which} of {found.count} health checks took {found.figure:.3f} ms",
}
_NO_FIGURES = {
    "p99": "nothing was measured",
    "errors": "no request was made",
    "health_async": "no health check was answered",
}


def describe_threshold(found: ThresholdFinding, cells: Iterable[CellFinding]) -> str:
    """Return what decided a threshold, or why nothing did, among the cells of its run."""
    if found.reason is ThresholdReason.NO_FIGURE:
        reason = next((explain_status(finding) for finding in cells if finding.cell == found.cell), None)
        return reason or _NO_FIGURES[found.metric]
    if found.reason is ThresholdReason.FIGURE:
        figure = found.figure or 0.0
        errors = round(figure * (found.count or 0)) if found.aggregate == "share" else round(figure)
        which = "slowest" if found.aggregate == "max" else "median"
        return _FIGURES[found.metric].format(found=found, errors=errors, which=which)
    knee_ends = (None if end is None else round(end) for end in (found.low, found.high))
    return _THRESHOLDS[found.reason].format(
        found=found,
        withheld=describe_withheld(found.withheld) if found.withheld else "",
        interval=describe_interval(*knee_ends),
        needed=count_needed(0.99),
    )


# --- Flags -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlagWords:
    """The words for one flag.

    `rule` says when it is raised, `effect` what it means for the figures of the cells that carry it. `looked_for` names
    what was looked for, None if another flag names it. `measured` is what was measured instead of the server.
    """

    rule: str
    effect: str
    looked_for: str | None
    measured: str | None = None


_LATE_BY = f"{flags.LATE_BEYOND_US / 1000:g} ms"
_LATE_SHARE = percent(flags.LATE_BEYOND_SHARE)

FLAG_WORDS: Mapping[Flag, FlagWords] = {
    Flag.CLIENT_BOUND: FlagWords(
        rule=f"the client used more than {percent(flags.MOST_CLIENT_CPU)} of its cores, or answered more than "
        f"{percent(flags.MOST_OF_THE_CEILING)} of what the engine can do at most. Such a cell ranks nothing.",
        effect="what was measured is the client rather than the server, so they rank nothing",
        looked_for="a client at its limit or late",
        measured="client",
    ),
    Flag.UPSTREAM_BOUND: FlagWords(
        rule=f"the upstream used more than {percent(flags.MOST_UPSTREAM_CPU)} of a core, or sent half of "
        f"{flags.ANSWERS_FOR_A_MEDIAN} answers or more later than asked for by more than {_LATE_BY} and more than "
        f"{_LATE_SHARE} of the delay. Such a cell ranks nothing.",
        effect="what was measured is the upstream rather than the server, so they rank nothing",
        looked_for="an upstream at its limit or late",
        measured="upstream",
    ),
    Flag.LATE: FlagWords(
        rule=f"the client sent its requests late: the 99th percentile of its lag is beyond {_LATE_BY} and beyond "
        f"{_LATE_SHARE} of the median latency.",
        effect="the client sent late, and its lag is part of their figures",
        looked_for=None,
    ),
    Flag.UPSTREAM_LATE: FlagWords(
        rule=f"the upstream sent 1% of its answers later than asked for by more than {_LATE_BY} and more than "
        f"{_LATE_SHARE} of the delay.",
        effect="the upstream answered later than it was asked to, and that is part of their figures",
        looked_for=None,
    ),
    Flag.BUSY_HOST: FlagWords(
        rule=f"other processes used more than {percent(flags.MOST_FOREIGN_CPU)} of the CPU.",
        effect="other processes used the CPU, and may have slowed them down",
        looked_for="a machine busy with something else",
    ),
    Flag.RESTLESS_NEIGHBOUR: FlagWords(
        rule=f"another server that had nothing to do used more than {percent(flags.MOST_IDLE_CPU)} of a core.",
        effect="another server used the CPU while it had nothing to do, and may have slowed them down",
        looked_for="idle servers that are not idle",
    ),
    Flag.LITTLES_LAW: FlagWords(
        rule=f"requests/s x mean latency is more than {percent(flags.LITTLE_WITHIN)} off the number of "
        f"concurrent requests, so one of the three is wrong.",
        effect="their throughput, latency and concurrency contradict each other, so one of these is wrong",
        looked_for="figures that contradict Little's law",
    ),
    Flag.SHORT_WINDOW: FlagWords(
        rule=f"the measured time is shorter than {flags.LATENCIES_A_SAMPLE} median latencies, so its edges weigh too "
        f"much.",
        effect="their window is too short for their latency, so its edges weigh too much",
        looked_for="a measured time that is too short",
    ),
    Flag.LATE_CONNECTIONS: FlagWords(
        rule="connections were opened after the common start, so connecting is part of the figures.",
        effect="connections were opened after the common start, and connecting is part of their figures",
        looked_for="connections opened too late",
    ),
}

# --- Warnings ----------------------------------------------------------------------------------------------------


_NO_CONTROL = "there is no A/A control, since {}: what the order or the machine does may pass for a difference"

_WARNINGS: Mapping[WarningCode, str] = {
    WarningCode.FEW_BLOCKS: (
        "{complete_blocks}: the figures are shown as they are; an interval, and so a claim, takes {needed} blocks"
    ),
    WarningCode.MANY_COMPARISONS: (
        "{comparisons} and {blocks}: no verdict can come of so few, since comparisons share what may be missed; it "
        "takes {needed} blocks, or fewer comparisons"
    ),
    WarningCode.NOT_COMPARED: "{not_compared}",
    WarningCode.NO_BASELINE: _NO_CONTROL.format("the matrix names no `baseline`"),
    WarningCode.BASELINE_NOT_MEASURED: _NO_CONTROL.format("no cell of the `baseline` is measured"),
    WarningCode.BLOCK_INTERRUPTED: (
        "block {block} was measured in {sittings}: there is a break between figures that are compared with each other"
    ),
    WarningCode.LAUNCHES_DIFFER: "{launch}: its launches differ in {fact} ({values}); its figures mix them",
    WarningCode.PORT_KEPT: "port still taken after {launch} was stopped ({launches})",
    WarningCode.FLAGGED: "{cells} flagged {flag} ({samples}): {effect}",
    WarningCode.FLAGGED_IN_RERUN: "{samples} of the rerun flagged {flag}: {effect}",
}
"""The words for each warning, with names of facts and numbers in place of these."""


def describe_warning(warning: RunWarning, names: Names) -> str:
    """Return a warning as a sentence without its full stop."""
    return _WARNINGS[warning.code].format(
        blocks=counted(warning.blocks or 0, "block"),
        complete_blocks=counted(warning.blocks, "complete block") if warning.blocks else "no complete block",
        needed=warning.needed,
        comparisons=counted(warning.comparisons or 0, "comparison"),
        not_compared=not_compared(warning.comparisons or 0),
        block=warning.block,
        sittings=counted(warning.sittings or 0, "sitting"),
        launch=warning.launch and names.name_launch(warning.launch),
        launches=counted(warning.launches or 0, "launch", "launches"),
        fact=_name_fact(warning.fact or ""),
        values=", ".join("none" if value is None else value for value in warning.values or ()),
        cells=counted(warning.cells or 0, "cell"),
        samples=counted(warning.samples or 0, "sample"),
        flag=warning.flag,
        effect=warning.flag and FLAG_WORDS[warning.flag].effect,
    )


def _name_fact(fact: str) -> str:
    field, _, distribution = fact.partition(".")
    return f"the version of {distribution}" if distribution else field.replace("_", " ")


# --- What was not measured ---------------------------------------------------------------------------------------

NO_REASON = "no reason was recorded"


def name_trouble(trouble: Trouble, names: Names) -> str:
    """Return what was not measured: a launch, a cell, a group of cells, or blocks."""
    match trouble.code:
        case TroubleCode.LAUNCH_FAILED:
            return names.name_launch(trouble.cells[0].launch)
        case TroubleCode.CELL_FAILED:
            return names.name_cell(trouble.cells[0])
        case TroubleCode.REFUSED:
            return names.name_group(trouble.cells)
        case TroubleCode.INTERRUPTED:
            whole = [counted(trouble.whole_blocks, "whole block")] if trouble.whole_blocks else []
            return ", ".join([*(f"block {block} in part" for block in trouble.blocks_in_part), *whole])


def explain_trouble(trouble: Trouble) -> str:
    """Return why it was not measured: the reason that was recorded, if any."""
    return "the run was interrupted" if trouble.code is TroubleCode.INTERRUPTED else trouble.reason or NO_REASON


def explain_status(finding: CellFinding) -> str | None:
    """Return why a cell has no figure, or not one of every block; None if nothing went wrong."""
    if finding.status is Status.OK:
        return None
    blocks = finding.blocks + finding.blocks_failed
    if finding.reason is None and finding.status is Status.SKIPPED:
        return "the run was interrupted before this cell was measured"
    return f"{finding.blocks_failed} of {blocks} blocks: {finding.reason}" if blocks > 1 else finding.reason


# --- Scenarios ---------------------------------------------------------------------------------------------------

OWN_APP = (
    "An app from outside this project, measured as it is: `{app}`. A layer around it sees its requests come and go, "
    "and nothing of what is inside. Its endpoints stand where styles stand."
)
"""What is known about an app of the user's own."""
