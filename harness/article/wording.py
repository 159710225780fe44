"""Everything the report says about the article, by claim, figure and reason."""

from dataclasses import dataclass

from harness.analysis.knees import THRESHOLD
from harness.article.findings import Claim, ClaimEvidence, ClaimVerdict, OpenReason, WhyOpen
from harness.model.axes import DEFAULT_THREADS
from harness.model.executors import executor_of
from harness.model.words import counted

ARTICLE = '"Behind the Scenes: Concurrency in FastAPI"'

ROWS_READING = (
    f"{ARTICLE} measured uvicorn on a laptop with 8 cores; its `/sync` is `def` here. Excess: how much longer it took "
    "here than the model expects."
)
CLIENT_READING = "The last column is the CPU time of the client meanwhile: it explains at most that much of the excess."
ENGINE_READING = (
    "The last column is the excess with this project's engine in place of the article's client; the difference is due "
    "to that client."
)
CLAIMS_READING = (
    f"What {ARTICLE} says of `async def` and `def` (its sync), tested on this run. One server is enough to refute a "
    f"claim. Times count as the same, or flat, if the 95% interval of their ratio lies below {THRESHOLD:g}."
)


@dataclass(frozen=True, slots=True)
class ClaimWords:
    """The words for one claim.

    `needs` are the measurements without which there is no evidence, `seen` what one server showed, `shared` what all
    servers with the same verdict have in common; `if_refuted` takes its place if the verdict makes a difference.
    """

    says: str
    needs: str
    seen: str
    shared: str
    if_refuted: str | None = None


# The article calls `def` sync; this project calls it `def` everywhere.
CLAIMS = {
    1: ClaimWords(
        "`def` and `async def` take the same time until there are more concurrent requests than threads",
        "`def` beside `async` under the same conditions, at a number of requests that have a thread each",
        "with {at_once} {load_label} on {threads_each}, `def` took {ratio:.2f} times as long as `async`{interval}",
        "`def` took {ratio} times as long as `async` with a thread per request",
    ),
    2: ClaimWords(
        "Beyond that, `async def` stays flat",
        "bursts of `async` that have a model, with a thread for each request and with twice as many requests",
        "on {threads_each}, `async` took {ratio:.2f} times as long with {at_once} concurrent requests as with "
        "{against}{interval}: {each_further_ms:.2f} ms for each further request",
        "`async` took {ratio} times as long at the highest load, {each_further_ms} ms per further request",
    ),
    3: ClaimWords(
        "Beyond that, `def` grows linearly",
        "bursts of `def` that have a model, at four numbers of requests from the thread limit on",
        "a line is {ratio:.2f} times as far off as a staircase{interval}: {line_misfit:.1%} against "
        "{staircase_misfit:.1%}, with steps of {steps} where the limit in force is {limiter_tokens}",
        "a line is {ratio} times as far off as a staircase",
    ),
    4: ClaimWords(
        "The threads belong to the server",
        "`def` beside `async` in bursts on two servers under the same conditions",
        "the knee is {knee}; {in_force}",
        "the knees are apart, although the conditions are the same",
        "the knee is where the thread limit in force puts it",
    ),
    5: ClaimWords(
        "Their number is 5 x cores",
        "a server with the default thread limit, on a known number of cores",
        "{in_force}; 5 x {cores} cores would be {five_a_core}, min(32, {cores} + 4) would be {python_default}",
        "{limiter_tokens} threads on {cores} cores, at most {peak_handlers} handlers at a time; 5 x cores would be "
        "{five_a_core}",
    ),
    6: ClaimWords(
        "Blocking inside `async def` blocks the next execution of that endpoint",
        "bursts of two requests or more of `async-blocking`, with a health check answered meanwhile",
        "while {at_once} requests blocked the loop, the slowest health check on another `async def` route took "
        "{slowest_check_s:.3f} s, which is {ratio:.2f} times the delay{interval}{while_async}",
        "another `async def` route did not wait: its slowest health check took {ratio} times the delay",
        "it blocks every route: a health check on another `async def` route took {ratio} times the delay",
    ),
    7: ClaimWords(
        "Blocking inside `async def` uses one thread, for one request at a time",
        "bursts of two requests or more of `async-blocking`",
        "{at_once} concurrent requests took {ratio:.2f} times what {they} take one after the other{interval}, with at "
        "most {peak_handlers} running concurrently",
        "a burst took {ratio} times its requests one after the other, at most {peak_handlers} at a time",
    ),
}

_REASONS = {
    WhyOpen.CONTROL_DIFFERS: "the A/A control differs from itself by more than the practical difference",
    WhyOpen.CLIENT_BOUND: "client-bound: what was measured is the client rather than the server",
    WhyOpen.UPSTREAM_BOUND: "upstream-bound: what was measured is the upstream rather than the server",
    WhyOpen.TOO_FEW_BLOCKS: "{} block{s}, and an interval takes {}",
    WhyOpen.STRADDLES_DIFFERENCE: "the interval lies neither within the practical difference of {:.3g}% nor beyond it",
    WhyOpen.EQUALS_ANYIO_DEFAULT: f"with {{}} core{{s}}, 5 x cores cannot be told from anyio's own {DEFAULT_THREADS}",
    WhyOpen.EQUALS_PYTHON_DEFAULT: "with {} core{s}, 5 x cores cannot be told from Python's min(32, cores + 4)",
    WhyOpen.STRADDLES_BOUND: "the interval lies on both sides of {:g}",
    WhyOpen.LINE_EQUALS_STAIRCASE: "these numbers of requests lie on a line and on a staircase alike",
    WhyOpen.OTHER_STAIRCASE: "a staircase fits better than a line, but not that of the limit in force",
    WhyOpen.SEVERAL_WORKERS: "with several workers the knee also depends on how they share the requests",
    WhyOpen.NO_OTHER_SERVER: "no other server has a knee to hold this one against",
    WhyOpen.NOT_BOUND_BY_LIMIT: "not every server is bound by the limit in force alone, but no two knees are apart",
    WhyOpen.OTHER_WORKER: "another worker may have answered the health checks",
    WhyOpen.SHORT_WAIT: "the health checks waited, but for less than a whole execution",
    WhyOpen.OTHER_COST: f"it took more than {THRESHOLD:g} times as long, so something else took time, too",
}


def describe_reason(reason: OpenReason) -> str:
    """Return why evidence settles nothing."""
    return _REASONS[reason.why].format(*reason.numbers, s="" if reason.numbers[:1] == (1,) else "s")


def explain_untested(claim: Claim) -> str | None:
    """Return why a claim was not tested, None if it was."""
    if claim.verdict is not ClaimVerdict.NOT_TESTED:
        return None
    reasons = dict.fromkeys(describe_reason(each.reason) for each in claim.evidence if each.reason is not None)
    return "; ".join(reasons) or f"it takes {CLAIMS[claim.number].needs}"


def summary_template(number: int, verdict: ClaimVerdict) -> str:
    """Return the common evidence of the servers with one verdict, with the names of figures in braces."""
    words = CLAIMS[number]
    return words.if_refuted if words.if_refuted and verdict is ClaimVerdict.REFUTED else words.shared


def describe_evidence(claim: Claim, evidence: ClaimEvidence) -> str:
    """Return a sentence on the evidence of one server."""
    found, workers = evidence.figures.get, evidence.cell.launch.workers
    low, high, free, peak = found("low"), found("high"), found("ratio_while_async"), found("peak_handlers")
    threads, tokens = int(found("threads") or 0) // workers, int(found("limiter_tokens") or 0)
    fewest, most = found("threads_low"), found("threads_high")
    handlers = "" if peak is None else f" and at most {counted(int(peak), 'handler')} ran concurrently"
    # A claim uses those of these phrases that it has the figures for.
    phrases = {
        "load_label": executor_of(evidence.cell).load_label,
        "threads_each": f"{'' if workers == 1 else f'{workers} x '}{counted(threads, 'thread')}",
        "interval": "" if low is None else f" ({low:.2f} to {high:.2f})",
        "steps": f"{fewest} or more" if most is None else " to ".join(map(str, dict.fromkeys((fewest, most)))),
        "knee": _format_knee(found("knee_low"), found("knee_high")),
        "in_force": f"{counted(tokens, 'thread token')} {'was' if tokens == 1 else 'were'} in force{handlers}",
        "slowest_check_s": float(found("slowest_check_ms") or 0) / 1000,
        "while_async": "" if free is None else f"; while `async` worked, {free:.2f} times",
        "they": "they" if workers == 1 else "those of the busiest worker",
    }
    return CLAIMS[claim.number].seen.format_map({**evidence.figures, **phrases})


def _format_knee(low: object, high: object) -> str:
    if low is None:
        return "undecided" if high is None else f"at most {high}"
    return f"above {low}" if high is None else f"({low}, {high}]"
