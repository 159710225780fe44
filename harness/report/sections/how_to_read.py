"""How to read a report: the terms and rules behind its figures, as far as the run needs them."""

from harness.analysis.findings import Findings
from harness.analysis.knees import THRESHOLD
from harness.analysis.validity import KEPT_UP_WITHIN
from harness.model.executors import executor_of
from harness.report.sections.split import has_two_parts
from harness.report.writing.markdown import bullets
from harness.report.writing.numbers import percent

_BLOCK = "every cell once, in shuffled order, on freshly started servers."
_OF_BURSTS = {
    "Burst": "so many requests at once, timed until the last answer.",
    "Block": f"{_BLOCK} A figure is the median over blocks.",
    "Measured / model": "1.00 is what the work alone takes. `async` takes the delay once; `def` once for each wave "
    "of as many requests as there are threads; `async-blocking` once for each request. The rest is overhead.",
    "Knee": f"from the last number of requests at which `def` took clearly less than {THRESHOLD:g} times as long as "
    "`async`, to the first at which it took clearly more. To keep up is no verdict of *same*, which is stricter.",
}
_OF_CLOSED_LOOPS = {
    "Closed loop": "so many requests are always in flight, each sent as soon as the one before is answered.",
}
_OF_OPEN_LOOPS = {
    "Open loop": "requests are due at a given rate, whatever has become of those before. A server keeps up where it "
    f"answers within {percent(KEPT_UP_WITHIN)} of the rate and nothing is dropped (where requests are due at random, "
    "their number itself may be two standard deviations less).",
}
_OF_SPLITS = {
    "Waiting, working, server and wire": "a request waits from when it enters the application until its handler starts "
    "(for a thread, or for the loop); server and wire is all outside the application, the client included.",
}
_OF_TWO_PARTS = {
    "In the application, server and wire": "a request is in the application from when it enters until the app begins "
    "to answer, whatever it waits for or does there; server and wire is all else, the client included.",
}
_OF_HEALTH = {
    "Health check": "made on a connection of its own. Where that of an `async def` route is slow, the loop was "
    "blocked, and everybody starves. A cell that was over within 25 ms has none.",
}
_OF_STEADY_LOAD = {
    "Block": f"{_BLOCK} A rate is all checked answers over all measured time, a latency is over all requests.",
}
_OF_VERDICTS = {
    "Verdict": "*faster* or *slower*: the whole interval of the ratio lies beyond the practical difference. *Same*: it "
    "lies within. *Differs, perhaps by less*: it leaves out 1, but not all that is less than the practical "
    "difference. *Undecided*: anything else. Comparisons share the 5% that may be missed, so their intervals are "
    "wider than those of other figures; those that are faster or slower leave their share to the others (Holm).",
}
_OF_THRESHOLDS = {
    "Threshold": "a ratio or a knee breaks one where its whole interval does, a ratio in a rerun as well. Others are "
    "limits on what was observed, and judged as they stand.",
}
_OF_CONTROLS = {
    "A/A control": "the cells of the baseline, measured twice in each block under two names. What they differ by is "
    "nothing that a server did.",
}
_ONE_LOOK = {
    "Interval": "the exact order-statistic interval of the median; six blocks give 96.9% coverage. Below six "
    "blocks nothing is claimed.",
}
_EVERY_LOOK = {
    "Interval": "from one block to another, so far from the lowest and the highest that the median lies between at "
    "every look at once, with 95% probability: the figures decide when to stop, or not all blocks are there yet. It "
    "takes seven blocks; below that nothing is claimed.",
}
_OF_ALL = {
    "Flag": "a reason to doubt a sample, found by a rule. Such a sample is taken once more, and the second counts.",
    "No figure": "a cell *failed*, ran into its *timeout*, was *skipped* (too long, or the run ended first) or is "
    "*unsupported* by the server. A dash (—): nothing to show, as the matrix does not hold it, or there were too few "
    "blocks for an interval, or too few requests for a 99th percentile.",
}


def section(findings: Findings) -> str:
    """Return the terms of the run's executors, then those of every run."""
    executors = {executor_of(finding.cell) for finding in findings.cells}
    rules = {
        **(_OF_CLOSED_LOOPS if any(each.is_closed_loop for each in executors) else {}),
        **(_OF_OPEN_LOOPS if any(each.is_open_loop for each in executors) else {}),
        **(_OF_STEADY_LOAD if any(each.has_window for each in executors) else {}),
        **(_OF_BURSTS if any(each.is_burst for each in executors) else {}),
        **(_OF_SPLITS if any(finding.split is not None and finding.split.wait for finding in findings.cells) else {}),
        **(_OF_TWO_PARTS if any(map(has_two_parts, findings.cells)) else {}),
        **(_OF_HEALTH if any(finding.health is not None for finding in findings.cells) else {}),
        **(_OF_VERDICTS if findings.comparisons else {}),
        **(_OF_THRESHOLDS if findings.thresholds else {}),
        **(_OF_CONTROLS if findings.control else {}),
        **(_EVERY_LOOK if findings.is_sequential else _ONE_LOOK),
        **_OF_ALL,
    }
    return f"## How to read this\n\n{bullets([f'**{word}**: {rule}' for word, rule in rules.items()])}"
