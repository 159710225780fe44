"""What may be typed after `python -m harness`: every verb, its arguments, and the help on them."""

import argparse
from pathlib import Path

FORMATS = {
    "markdown": "as Markdown",
    "summary": "as the summary of a step in GitHub Actions (at most 900 KB, with a Mermaid chart)",
    "comment": "as a comment on a pull request (at most 65,000 characters)",
    "csv": "as CSV, a row a cell, under the names of results.json (what is nested has both names: wait_ms_p50)",
    "json": "as results.json",
}
"""What a report can be printed as; `harness/report/formats/` has a module of each name, loaded only when asked for."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; what it parsed names its verb in `verb`."""
    whole = argparse.ArgumentParser(
        prog="python -m harness", description="Measure def against async def on every ASGI server, and report it."
    )
    verbs = whole.add_subparsers(title="verbs", dest="verb", required=True, metavar="VERB")

    validate = verbs.add_parser("validate", help="say whether a matrix file is good, and all that is wrong with it")
    _add_selection(validate)
    validate.add_argument("--json", action="store_true", help="print the problems as JSON")

    plan = verbs.add_parser("plan", help="list what a run would measure, in its order, and how long it would take")
    _add_selection(plan)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")

    run = verbs.add_parser("run", help="measure a matrix and write its report")
    _add_selection(run)
    run.add_argument(
        "--output", type=Path, default=Path("reports"), metavar="DIR", help="where run folders go (reports)"
    )
    run.add_argument("--name", help="name of the run folder, after its time stamp (the profile's, or 'default')")
    run.add_argument("--resume", type=Path, metavar="FOLDER", help="measure only what this run folder still misses")
    run.add_argument("--quiet", action="store_true", help="show no progress; print the answer and the run folder alone")
    run.add_argument(
        "--json",
        action="store_true",
        help="print what was decided as JSON: folder, exit_code, valid and, as they stand in results.json, answer, "
        "finished, blocks, comparisons, knees, aa, thresholds, troubles, warnings; nothing on bad input",
    )
    run.add_argument(
        "--requirements", type=Path, metavar="FILE", help="write what pip has to install for this run, and exit"
    )

    report = verbs.add_parser("report", help="write the report of a run folder anew, from its journal, or check it")
    report.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="a run folder; with --check, or several"
    )
    report.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit with 1 where a report does not follow from its journal",
    )
    report.add_argument(
        "--format",
        choices=FORMATS,
        help=f"print the report and write nothing: {'; '.join(FORMATS.values())}",
    )
    report.add_argument(
        "--json", dest="format", action="store_const", const="json", help="the same as --format json; also with --check"
    )

    compare = verbs.add_parser("compare", help="hold two runs against each other, cell by cell: context, not evidence")
    compare.add_argument("run_a", type=Path, metavar="RUN_A", help="the run folder to compare with")
    compare.add_argument("run_b", type=Path, metavar="RUN_B", help="the run folder that is held against it")
    compare.add_argument(
        "--across-hosts",
        action="store_true",
        help="show the figures of different hosts, Pythons or method versions, without ratios and verdicts",
    )
    compare.add_argument("--json", action="store_true", help="print the comparison as JSON")

    publish = verbs.add_parser("publish", help="make a folder of reports a small static site")
    publish.add_argument(
        "reports",
        type=Path,
        nargs="?",
        default=Path("reports"),
        metavar="REPORTS",
        help="where run folders are (reports)",
    )
    publish.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder of the site: a new or an empty one, or a site made before, which is replaced",
    )
    publish.add_argument("--json", action="store_true", help="print what was published as JSON")

    doctor = verbs.add_parser("doctor", help="say whether this machine is fit to measure, and what to do about it")
    doctor.add_argument("--quick", action="store_true", help="leave out the A/A, which takes about half a minute")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")

    verbs.add_parser("schema", help="print the JSON Schema of the matrix file")
    return whole


def _add_selection(parser: argparse.ArgumentParser) -> None:
    """The arguments that say what is to be measured."""
    parser.add_argument("matrix", type=Path, nargs="?", help="matrix file (matrix.yaml)")
    parser.add_argument("--profile", help="overlay this profile of the matrix file")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="AXIS=VALUE[,VALUE]",
        help="keep only cells with these values; repeatable",
    )
