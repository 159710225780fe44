"""How well the bursts of `def` follow the staircase of the model, and how well a line."""

from harness.analysis.findings import Findings, Knee, Steps
from harness.model.axes import format_thread_limit
from harness.report.writing.conditions import group_by_conditions, launch_conditions, run_axes
from harness.report.writing.markdown import Align, table, text
from harness.report.writing.numbers import NONE, measured, ratio

_HEADERS = ("server", "thread limit", "threads fitted", "each request adds", "staircase off by", "line off by", "times")
_ALIGN: tuple[Align, ...] = ("left", "right", "right", "right", "right", "right", "right")
_READING = (
    "A staircase, ceil(requests / threads) x delay + requests x overhead, was fitted to all bursts of `def`, without "
    "being told the limit; and a line, for comparison. Off by: the typical relative error. Times: how many times as "
    "far off the line is, each block fitted by itself, with a 95% interval."
)


def section(findings: Findings) -> str | None:
    """Render a row for each knee with enough bursts to fit a staircase, None if there is none."""
    fitted = [(knee, knee.steps) for knee in findings.knees if knee.steps is not None]
    if not fitted:
        return None
    axes = run_axes(findings) - {"thread_limit"}
    parts = ["## Model fit", _READING]
    for name, alike in group_by_conditions(
        fitted, lambda each: launch_conditions(each[0].launch, each[0].client), axes
    ):
        if name:
            parts.append(f"### Model fit: {name}")
        parts.append(table(_HEADERS, [_row(knee, steps) for knee, steps in alike], _ALIGN))
    return "\n\n".join(parts)


def _row(knee: Knee, steps: Steps) -> list[str]:
    fit = steps.fit
    sure = NONE if steps.low is None or steps.high is None else f" ({ratio(steps.low)} to {ratio(steps.high)})"
    return [
        text(knee.launch.server),
        format_thread_limit(knee.launch.thread_limit),
        threads(steps),
        f"{1e6 * fit.overhead_s:.0f} µs",
        measured(fit.misfit),
        measured(steps.line_misfit),
        f"{ratio(steps.ratio)}{'' if sure == NONE else sure}",
    ]


def threads(steps: Steps) -> str:
    """Return how many threads the fitted staircase has."""
    low, high = steps.fit.threads_low, steps.fit.threads_high
    if high is None:
        return f"at least {low}"
    return str(low) if low == high else f"{low} to {high}"
