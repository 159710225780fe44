"""How do I read this? The terms of the run, each in a sentence."""

from harness.analysis.findings import Findings
from harness.analysis.knees import THRESHOLD
from harness.analysis.validity import KEPT_UP_WITHIN
from harness.model.executors import executor_of
from harness.model.metrics import METRICS, TIME
from harness.report.document import Bullets, Section, line, strong
from harness.report.numbers import percent

_BLOCK = (
    "Fresh servers, all alive together, measured in rounds of short windows in random order. Cells that a question is "
    "about get several windows a block, the others one."
)
_BURSTS = {
    "Burst": "All requests are sent together and timed until the last answer.",
    "Knee": f"Between the last load at which `def` took clearly less than {THRESHOLD:g} times as long as `async` and "
    "the first at which it took clearly more.",
}
_CLOSED_LOOPS = {
    "Closed loop": "A fixed number of connections, each sending its next request as soon as it has an answer.",
}
_OPEN_LOOPS = {
    "Open loop": f"Requests are due at a given rate. A server keeps up if it answers within {percent(KEPT_UP_WITHIN)} "
    "of the rate and drops none.",
}
_SPLITS = {
    "Waiting, working, outside": "Waiting runs from when a request enters the application until its handler starts; "
    "outside is the server, the wire and the load generator.",
}
_VERDICTS = {
    "Verdict": "*Faster* or *slower*: the whole interval lies beyond the practical difference; *same*: within it; "
    "*differs*: it excludes 1; *undecided*: anything else. Comparisons share a 5% error budget (Holm), so their "
    "intervals are wider.",
}
_THRESHOLDS = {
    "Threshold": "A knee or a ratio breaks it if its whole interval lies outside, a ratio also in a rerun.",
}
_CONTROLS = {
    "A/A control": "The baseline measured twice per block under two names: any difference is noise.",
}
_ONE_LOOK = {
    "Interval": "Exact 95% interval of the median over blocks; it needs six blocks.",
}
_EVERY_LOOK = {
    "Interval": "95% interval of the median, widened so that the run may check after every block whether to stop; it "
    "needs seven blocks.",
}
_ALWAYS = {
    "Cell, sample": "A cell is one combination of the matrix; a sample is all its windows in one block.",
    "p50 / p99": "The median, and the value that 99% of the requests stay below.",
    "Flag": "A reason to doubt a sample: at least half of its windows have it.",
    "No figure (—)": "Not in the matrix, or too few blocks for an interval or requests for a percentile.",
}


def _describe_metrics(findings: Findings) -> dict[str, str]:
    """Return a term for each metric but the time that something is compared by."""
    used = {METRICS[each.metric] for each in findings.comparisons} - {TIME}
    return {
        f"{metric.label[0].upper()}{metric.label[1:]}": f"Of a block: {metric.description}. Less is better."
        for metric in METRICS.values()
        if metric in used
    }


def section(findings: Findings) -> Section:
    """Return the terms of the run's executors, then those of every run."""
    executors = {executor_of(finding.cell) for finding in findings.cells}
    terms = {
        "Block": f"{_BLOCK} A figure is the median over blocks.",
        **(_CLOSED_LOOPS if any(each.is_closed_loop for each in executors) else {}),
        **(_OPEN_LOOPS if any(each.is_open_loop for each in executors) else {}),
        **(_BURSTS if any(each.is_burst for each in executors) else {}),
        **(_SPLITS if any(finding.split is not None and finding.split.wait for finding in findings.cells) else {}),
        **(_VERDICTS if findings.comparisons else {}),
        **_describe_metrics(findings),
        **(_THRESHOLDS if findings.thresholds else {}),
        **(_CONTROLS if findings.control else {}),
        **(_EVERY_LOOK if findings.is_sequential else _ONE_LOOK),
        **_ALWAYS,
    }
    rules = tuple(line("{}: {}", strong(word), line(rule.replace("*", ""))) for word, rule in terms.items())
    return Section(
        "explain", "How do I read this?", (Bullets(rules),), rank=6, finding=line("The terms of this report.")
    )
