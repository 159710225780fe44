"""The README.md of a run folder: the answer first, then all that it rests on."""

from datetime import UTC, datetime

from harness.analysis.findings import Findings
from harness.model.words import counted
from harness.report import answer, article, durations, knees, proof, repeat, troubles
from harness.report.markdown import bullets, code, link, text

FILES = ("journal.jsonl", "results.json", "matrix.yaml")


def render(findings: Findings) -> str:
    """The report of a run as Markdown: the same findings give the same bytes."""
    sections = (
        f"# {text(findings.header.plan.title)}",
        run(findings),
        answer.markdown(findings),
        durations.section(findings),
        knees.section(findings),
        proof.where_the_time_went(findings),
        proof.what_was_in_force(findings),
        article.section(findings),
        troubles.section(findings),
        how_to_read(),
        repeat.section(findings),
        raw_data(),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def run(findings: Findings) -> str:
    """The line under the title: when, with which profile, how much, and whether to the end."""
    plan = findings.header.plan
    facts = [moment(findings.header.started_at), f"profile {code(plan.profile)}" if plan.profile else "no profile"]
    blocks = f"{findings.blocks} of {counted(plan.blocks, 'block')}"
    facts.append(blocks if findings.finished else f"**interrupted** after {blocks}")
    # A sitting that was killed could not say how long it took.
    if findings.wall_s:
        facts.append(f"measured in {findings.wall_s:.0f} s")
    return " · ".join(facts)


def moment(stamp: str) -> str:
    """A time as the journal writes it, in UTC and to the minute; what is no time is shown as it stands."""
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return text(stamp)
    # A stamp without a zone is UTC: the local zone of whoever renders must not change the report.
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M} UTC"


def how_to_read() -> str:
    """The words and rules that the figures are to be read by."""
    rules = {
        "Burst": "so many requests at once, timed until the last answer.",
        "Block": "every cell once, in shuffled order, on freshly started servers. A figure is the median over blocks.",
        "Measured / model": "1.00 is what the work alone takes. `async` takes the delay once; `def` once for each wave "
        "of as many requests as there are threads; `async-blocking` once for each request. The rest is overhead.",
        "Knee": "from the last number of requests at which `def` took clearly less than 1.25 times as long as `async`, "
        "to the first at which it took clearly more.",
        "Interval": "the exact order-statistic interval of the median; six blocks give 96.9% coverage. Below six "
        "blocks nothing is claimed.",
        "No figure": "a cell *failed*, ran into its *timeout*, was *skipped* (too long, or the run ended first) or is "
        "*unsupported* by the server. A dash: not in the matrix, or no interval.",
    }
    return f"## How to read this\n\n{bullets([f'**{word}**: {rule}' for word, rule in rules.items()])}"


def raw_data() -> str:
    """Links to what this report was made from, and to its figures for programs."""
    return f"## Raw data\n\n{bullets([link(code(name), name) for name in FILES])}"
