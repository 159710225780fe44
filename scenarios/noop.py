"""noop: an endpoint that does nothing, so that only the cost of the style itself is left."""

from scenarios.kit import Evidence, Scenario, working

scenario = Scenario(
    shows=(
        "The endpoint does nothing, so what is measured is the price of the style itself. `def` goes through a thread "
        "and back for every request, `async def` does not."
    ),
    reports={"Why is `def` slower than `async def`?": "https://github.com/fastapi/fastapi/issues/1664"},
)


@scenario.style("def")
def in_a_thread() -> Evidence:
    """Go to a thread and back for nothing."""
    with working("def") as evidence:
        pass
    return evidence


@scenario.style("async")
async def on_the_loop() -> Evidence:
    """Answer from the event loop."""
    with working("async") as evidence:
        pass
    return evidence
