"""The seven claims of the article, each tested by a function of its own on what was measured.

Rule 1: a claim is refuted where any evidence refutes it, confirmed where some confirms it and none refutes it, and
otherwise not tested.
Rule 2: evidence rests on an interval; with too few blocks for one it says what was seen and settles nothing. Only what
is read back from a server, or counted inside it, is a fact after one block.
Rule 3: figures that are those of the client settle nothing, and the cells of the A/A control are no evidence.
Rule 4: where that control differs from itself by more than the practical difference, only what is read back from a
server settles anything: whatever else was seen, the order, the machine or this harness may have done it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.analysis.claims.blocking import blocks_one_endpoint, one_at_a_time
from harness.analysis.claims.durations import grows_linearly, same_time, stays_flat
from harness.analysis.claims.series import Material, series
from harness.analysis.claims.threads import five_a_core, of_the_server
from harness.analysis.comparisons import CONTROL_REASON
from harness.analysis.findings import Answer, Claim, Control, Evidence, Knee, LaunchFinding
from harness.analysis.names import Names
from harness.analysis.tally import Tally
from harness.model.plan import Launch


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the article claims, how that is tested, what it takes, and whether servers themselves tell the answer."""

    says: str
    test: Callable[[Material], Iterable[Evidence]]
    takes: str
    is_read_back: bool = False


# The article calls `def` sync; it is called here what it is called everywhere in this house.
_CLAIMS = (
    _Claim(
        "`def` and `async def` take the same time until more requests come at once than there are threads",
        same_time,
        "`def` beside `async` under the same conditions, at a number of requests that have a thread each",
    ),
    _Claim(
        "Beyond that, `async def` stays flat",
        stays_flat,
        "bursts of `async` that have a model, with a thread for each request and with twice as many requests",
    ),
    _Claim(
        "Beyond that, `def` grows linearly",
        grows_linearly,
        "bursts of `def` that have a model, at four numbers of requests from the thread limit on",
    ),
    _Claim(
        "The threads belong to the server",
        of_the_server,
        "`def` beside `async` in bursts on two servers under the same conditions",
    ),
    _Claim(
        "Their number is 5 x cores",
        five_a_core,
        "a server that got ready with its thread limit left unset, on a known number of cores",
        is_read_back=True,
    ),
    _Claim(
        "Blocking inside `async def` blocks the next execution of that endpoint",
        blocks_one_endpoint,
        "bursts of two requests or more of `async-blocking`, with a health check answered meanwhile",
    ),
    _Claim(
        "Blocking inside `async def` uses one thread, for one request at a time",
        one_at_a_time,
        "bursts of two requests or more of `async-blocking`",
    ),
)


def claims(
    tally: Tally, launches: Mapping[Launch, LaunchFinding], knees: Sequence[Knee], control: Control | None
) -> tuple[Claim, ...]:
    """What the run has to say to each of the seven claims."""
    names = Names(tally.plan)
    material = Material(tally, names, launches, knees, tuple(series(tally, launches, names)))
    sound = control is None or control.within is not False
    return tuple(_answered(number, claim, material, sound=sound) for number, claim in enumerate(_CLAIMS, start=1))


def _answered(number: int, claim: _Claim, material: Material, *, sound: bool) -> Claim:
    found = claim.test(material)
    evidence = tuple(found if sound or claim.is_read_back else map(_withheld, found))
    answer = _answer(evidence)
    return Claim(number, claim.says, answer, _reason(evidence, claim) if answer == "not tested" else None, evidence)


def _withheld(evidence: Evidence) -> Evidence:
    """Rule 4."""
    return replace(evidence, answer="not tested", reason=CONTROL_REASON)


def _answer(evidence: Iterable[Evidence]) -> Answer:
    """Rule 1."""
    answers: set[Answer] = {each.answer for each in evidence}
    if "refuted" in answers:
        return "refuted"
    return "confirmed" if "confirmed" in answers else "not tested"


def _reason(evidence: Iterable[Evidence], claim: _Claim) -> str:
    reasons = dict.fromkeys(each.reason for each in evidence if each.reason is not None)
    return "; ".join(reasons) or f"it takes {claim.takes}"
