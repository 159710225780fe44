"""The advice on endpoints, servers that agree in all of it together: what tables, charts and sentences tell of."""

from dataclasses import dataclass

from harness.analysis.findings import Advice, Findings, Rival
from harness.analysis.statistics.verdicts import Verdict
from harness.model.executors import load_of


@dataclass(frozen=True, slots=True)
class Alike:
    """The advice for one scenario and load in which these servers agree."""

    every: tuple[Advice, ...]

    @property
    def first(self) -> Advice:
        """One that stands for all of them."""
        return self.every[0]

    @property
    def over(self) -> tuple[Rival, ...]:
        """The style that is second to the preferred one, as each server has it."""
        return tuple(one.over for one in self.every)


def by_scenario(findings: Findings) -> dict[str, list[Alike]]:
    """Return the advice for each scenario, highest load first, servers that agree together."""
    scenarios: dict[str, dict[tuple[object, ...], list[Advice]]] = {}
    for one in sorted(findings.advice, key=lambda one: not one.is_highest):
        alike = scenarios.setdefault(one.preferred.launch.scenario, {})
        alike.setdefault(_agreement(one), []).append(one)
    order = dict.fromkeys(one.preferred.launch.scenario for one in findings.advice)
    return {scenario: [Alike(tuple(each)) for each in scenarios[scenario].values()] for scenario in order}


def _agreement(advice: Advice) -> tuple[object, ...]:
    cell, over = advice.preferred, advice.over
    if over.verdict is Verdict.SAME and not over.gave_up:
        # Which of two is called the other's equal is no disagreement.
        return load_of(cell), *sorted((cell.style, over.cell.style)), Verdict.SAME
    settled = over.verdict, over.low is None, over.withheld, bool(over.gave_up)
    part = over.cause.part if over.cause else None
    return load_of(cell), cell.style, over.cell.style, *settled, part


def leads(findings: Findings) -> bool:
    """Return whether the advice on endpoints leads the answer: several scenarios, or no `def` against `async`."""
    scenarios = {one.preferred.launch.scenario for one in findings.advice}
    return len(scenarios) > 1 or (bool(scenarios) and not findings.ratios)
