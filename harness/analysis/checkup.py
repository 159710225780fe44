"""Whether a machine is fit to measure: a finding on each question, what its A/A says, and all of it in a sentence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.analysis.findings import Control
from harness.model.words import counted

Fitness = Literal["good", "worth knowing", "problem", "unknown"]

AA = "A/A"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one question, whether that is good, what to do about it in words, and in commands to type."""

    what: str
    found: str
    verdict: Fitness
    advice: str | None = None
    commands: tuple[str, ...] = ()


def of_control(
    control: Control, practical_difference: float, failures: Sequence[str], doubts: Sequence[str]
) -> Finding:
    """What an A/A says of the machine.

    `failures` are the reasons for which blocks gave no figure, `doubts` the warnings about those that did.
    """
    difference = smallest_difference(control)
    if control.ratio is None or control.low is None or control.high is None or difference is None:
        found = f"{counted(control.blocks, 'block')} gave a figure, which is too few to judge by"
        return Finding(AA, found, "problem", _lines("Mend what kept the others from it:", failures))
    found = (
        f"the same cell twice in each of {counted(control.blocks, 'block')}: ratio {control.ratio:.3f}, "
        f"95% interval {control.low:.3f} to {control.high:.3f}; "
        f"the smallest difference that shows is {percent(difference)}"
    )
    if failures:
        return Finding(AA, found, "problem", _lines("Not every block gave a figure:", failures))
    same = percent(practical_difference)
    if not control.within:
        advice = (
            f"The ratio is more than {same} from 1, which would pass for a difference between servers. Mend what is "
            "said above, let nothing else run, and ask again."
        )
        return Finding(AA, found, "problem", _lines(advice, doubts))
    if difference > practical_difference:
        blocks = math.ceil(control.blocks * (math.log1p(difference) / math.log1p(practical_difference)) ** 2)
        advice = (
            f"A difference of {same} would not show in so many blocks. Mend what is said above, or measure more: an "
            f"interval narrows with the square root of the blocks, so that it takes about {blocks}."
        )
        return Finding(AA, found, "worth knowing", _lines(advice, doubts))
    return Finding(AA, found, "good", _lines("Good all the same, but:", doubts) if doubts else None)


def without_server(requirements: Sequence[str]) -> Finding:
    """What is said where there is no server to run an A/A with; `requirements` are what pip installs one from."""
    wanted = " ".join(f'"{each}"' for each in requirements)
    return Finding(AA, "no server is installed", "unknown", "To install one:", (f"python -m pip install {wanted}",))


def smallest_difference(control: Control) -> float | None:
    """The smallest difference that shows in as many blocks as the A/A had, as a share; None without an interval.

    It is half the width of the interval: what lies nearer to the ratio cannot be told from it. A true difference of
    just so much shows in about every other run, one of twice as much in nearly every one.
    """
    if control.low is None or control.high is None:
        return None
    return math.expm1(math.log(control.high / control.low) / 2)


def conclusion(findings: Sequence[Finding], control: Control | None) -> str:
    """Whether the machine is fit to measure, in a sentence; without an A/A, all that can be said is what was found."""
    if problems := [finding.what for finding in findings if finding.verdict == "problem"]:
        return f"Not fit to measure as it is: {', '.join(problems)}."
    difference = smallest_difference(control) if control else None
    if control is None or difference is None:
        return "Nothing was found that stands in the way; whether it is fit to measure, only an A/A can tell."
    return (
        f"Fit to measure: in {control.blocks} blocks, differences from about {percent(difference)} on show here, "
        "smaller ones in more blocks."
    )


def percent(share: float) -> str:
    """A share of one in percent, to a tenth."""
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def _lines(advice: str, more: Sequence[str]) -> str:
    return "\n".join([advice, *more])
