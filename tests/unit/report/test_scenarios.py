from dataclasses import replace

from harness.model.scenarios import ParameterFacts, ScenarioFacts, StyleFacts
from harness.report import page, readme
from harness.report.sections import scenarios
from tests.builders.findings import Run, findings
from tests.builders.journals import analyse
from tests.builders.many import APP, WORKS, many

KNOWN = ScenarioFacts(
    "upstream",
    "A call to *another* service with `httpx`.",
    (
        ParameterFacts("delay", (0.1, 2.0), "s", "How long the service takes."),
        ParameterFacts("pool_size", (5,), "connections", "How many connections the pool has."),
        ParameterFacts("buffer", (1_048_576,), "bytes", "How much is hashed."),
    ),
    (
        StyleFacts("def", "Ask with `requests`.", "As many at a time as there are thread tokens."),
        StyleFacts("async-httpx", "Await | httpx.", None),
    ),
    {"Why is it [slow]?": "https://github.com/encode/httpx/issues/1?a=b#c"},
)


def test_a_scenario_says_what_it_shows_what_it_was_told_and_whose_questions_it_answers() -> None:
    assert "\n\n".join(scenarios.describe_scenario(KNOWN)) == (
        "A call to \\*another\\* service with `httpx`.\n\n"
        "- delay: 100 ms, 2 s. How long the service takes.\n"
        "- pool size: 5 connections. How many connections the pool has.\n"
        "- buffer: 1,048,576 bytes. How much is hashed.\n\n"
        "<details>\n<summary>What each style does, and what its model expects</summary>\n\n"
        "| style | what it does | its model |\n"
        "| --- | --- | --- |\n"
        "| `def` | Ask with `requests`. | As many at a time as there are thread tokens. |\n"
        "| `async-httpx` | Await \\| httpx. | no model |\n\n"
        "</details>\n\n"
        "Asked by users: [Why is it \\[slow\\]?](https://github.com/encode/httpx/issues/1?a=b#c)"
    )


def test_each_scenario_stands_above_its_own_tables_and_is_linked() -> None:
    report = readme.render(analyse(many()))
    _, _, after = report.partition("## How long it took")
    assert "By scenario: [sleep](#scenario-sleep) · [noop](#scenario-noop) · [cpu](#scenario-cpu)" in after
    noop = after.partition("### Scenario noop\n\n")[2].partition("### Scenario cpu")[0]
    assert noop.startswith("The endpoint does nothing, so what is measured is the price of the style itself")
    assert "#### noop, thread limit 40\n\n| at once | uvicorn `def` | uvicorn `async` |" in noop


def test_an_app_of_the_users_says_what_is_asked_of_it_and_no_secret() -> None:
    shop = readme.render(analyse(many())).partition("### Scenario shop\n\n")[2].partition("\n## ")[0]
    assert "measured as it is: `shop.main:app`." in shop
    assert "| `sync` | `GET /items/sync` | no model |\n| `async` | `POST /items?key=$TOKEN` | no model |" in shop


def test_the_page_tells_of_scenarios_in_a_section_of_their_own() -> None:
    some = replace(findings(Run(servers=("uvicorn",))), scenarios=(KNOWN,))
    written = page.render(some, (), ())
    assert '<h2 id="scenarios">Scenarios</h2>' in written
    assert '<a href="https://github.com/encode/httpx/issues/1?a=b#c">Why is it [slow]?</a>' in written


def test_where_handlers_are_not_seen_the_time_has_two_parts_and_the_report_says_so() -> None:
    mixed = readme.render(analyse(many()))
    assert "Where waiting is a dash, the app was measured as it is" in mixed
    assert "| uvicorn | `sync` | 40 | 120 | — |" in mixed
    only = readme.render(analyse(many(works={APP: WORKS[APP]})))
    assert "| server | style | thread limit | at once | in the application, ms | server and wire, ms |" in only
    assert "**In the application, server and wire**: a request is in the application from when it enters" in only
    assert "**Waiting, working, server and wire**" not in only
