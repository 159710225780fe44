"""cpu: pure-Python work that keeps a core busy and holds the GIL."""

from scenarios.inside.launched import parameter
from scenarios.kit import Evidence, Parameter, Scenario, working

MODULUS = 1_000_003

scenario = Scenario(
    shows=(
        "Threads gain nothing for pure-Python work, which holds the GIL: the last answer of `def` comes no sooner than "
        "that of `async def`, and the more threads share the GIL, the later the first one arrives. `async def` does "
        "one request after the other, while all other requests to its process wait."
    ),
    parameters=(Parameter("rounds", 60_000, "rounds", "How long the loop of pure-Python work is."),),
    reports={
        "How many threads are best for work that keeps the CPU busy?": "https://github.com/Kludex/fastapi-tips/issues/3",
        "Why does a calculation in one route block all others?": "https://github.com/fastapi/fastapi/issues/1806",
    },
)


def compute() -> int:
    """Compute a number while holding the GIL; it depends on every round, so none can be skipped."""
    total = 0
    for number in range(int(parameter("rounds"))):
        total = (total * 31 + number) % MODULUS
    return total


@scenario.style("def")
def in_a_thread() -> Evidence:
    """Calculate in one of the threads that the limit counts; only one of them runs Python at a time."""
    with working("def") as evidence:
        evidence["checksum"] = compute()
    return evidence


@scenario.style("async")
async def on_the_loop() -> Evidence:
    """Calculate on the event loop, one request after the other."""
    with working("async") as evidence:
        evidence["checksum"] = compute()
    return evidence
