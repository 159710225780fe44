"""What a cell should take, and what bounds it, by the model that its scenario gives to its style.

A journal outlives code: a scenario or a style that is no longer there has no model.
"""

from harness.matrix.catalog import scenario_catalog
from harness.model.journal import InForce
from harness.model.plan import Cell
from scenarios.kit import Crowd, Model, at_once, in_waves


def model_of(scenario: str, style: str) -> Model | None:
    """The model of a style of a scenario, or None where there is none."""
    known = scenario_catalog().get(scenario)
    found = known.styles.get(style) if known else None
    return found.model if found else None


def waits_for_the_limit(cell: Cell) -> bool:
    """Whether the requests of this cell take their threads from the thread limit."""
    return model_of(cell.launch.scenario, cell.style) is in_waves


def bends_at_the_limit(scenario: str) -> bool:
    """Whether the thread limit is all that sets `def` apart from `async` in a scenario, by their models."""
    return model_of(scenario, "def") is in_waves and model_of(scenario, "async") is at_once


def expected_s(cell: Cell, in_force: InForce, busiest: int) -> float | None:
    """How long a burst should take, in seconds, where the busiest worker got so many of its requests.

    A model never takes less for more requests, so the busiest worker is the one that all others wait for.
    """
    model = model_of(cell.launch.scenario, cell.style)
    if model is None or cell.launch.delay_s is None:
        return None
    return model(
        Crowd(
            requests=busiest,
            thread_limit=in_force.limiter_tokens,
            executor_threads=in_force.executor_threads,
            delay_s=cell.launch.delay_s,
            pool_size=cell.launch.pool_size,
            parameters=dict(cell.launch.parameters),
        )
    )
