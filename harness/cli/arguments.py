"""The arguments of the command line: every command, its options and their help."""

import argparse
from pathlib import Path

FORMATS = {
    "markdown": "as Markdown",
    "summary": "as the summary of a step in GitHub Actions (at most 900 KB, with a Mermaid chart)",
    "comment": "as a comment on a pull request (at most 65,000 characters)",
    "csv": "as CSV, one row per cell, with the keys of results.json as headers (nested keys are joined: wait_ms_p50)",
    "json": "as results.json",
}
"""The formats of a printed report; `harness/report/formats/` has a module of each name, loaded only when asked for."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, which puts the name of the command into `command`."""
    parser = argparse.ArgumentParser(
        prog="python -m harness", description="Compare def and async def on every ASGI server, and report the results."
    )
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")

    init = commands.add_parser("init", help="write a commented starter matrix")
    init.add_argument(
        "matrix", type=Path, nargs="?", default=Path("matrix.yaml"), help="the file to write (default: matrix.yaml)"
    )
    init.add_argument("--app", metavar="MODULE:APP", help="measure this ASGI app: import it and list its GET routes")

    validate = commands.add_parser("validate", help="check a matrix file and list all its problems")
    _add_selection(validate)
    _add_json(validate, "print the problems as JSON")

    plan = commands.add_parser("plan", help="list what a run would measure, in order, and how long it would take")
    _add_selection(plan)
    _add_json(plan, "print the plan as JSON")

    run = commands.add_parser("run", help="measure a matrix and write its report")
    _add_selection(run)
    run.add_argument("--output", type=Path, default=Path("reports"), metavar="DIR", help="parent of the run folder")
    run.add_argument("--name", help="name of the run folder, after its time stamp (default: the profile, or 'default')")
    run.add_argument("--resume", type=Path, metavar="FOLDER", help="measure what is still missing in this run folder")
    run.add_argument("--open", action="store_true", help="open index.html at the end, if there is a browser")
    run.add_argument("--quiet", action="store_true", help="show no progress; print only the answer and the run folder")
    _add_json(
        run,
        "print the decisions as JSON: folder, exit_code, valid, and these keys of results.json: answer, finished, "
        "blocks, comparisons, knees, aa, thresholds, troubles, warnings; nothing on bad input",
    )
    run.add_argument(
        "--requirements", type=Path, metavar="FILE", help="write the packages that this run needs to a file, and exit"
    )

    report = commands.add_parser("report", help="write the report of a run folder again from its journal, or check it")
    report.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="a run folder; --check takes several")
    report.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a report does not follow from its journal"
    )
    report.add_argument(
        "--format", choices=FORMATS, help=f"print the report and write nothing: {'; '.join(FORMATS.values())}"
    )
    report.add_argument(
        "--json", dest="format", action="store_const", const="json", help="short for --format json; also with --check"
    )

    compare = commands.add_parser("compare", help="compare two runs cell by cell: context, not evidence")
    compare.add_argument("run_a", type=Path, metavar="RUN_A", help="the run folder to compare with")
    compare.add_argument("run_b", type=Path, metavar="RUN_B", help="the run folder that is compared")
    compare.add_argument(
        "--across-hosts",
        action="store_true",
        help="show figures of different hosts, Pythons or method versions, without ratios and verdicts",
    )
    _add_json(compare, "print the comparison as JSON")

    publish = commands.add_parser("publish", help="make a small static site of a folder of reports")
    publish.add_argument(
        "reports", type=Path, nargs="?", default=Path("reports"), metavar="REPORTS", help="parent of the run folders"
    )
    publish.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder of the site: new, empty, or a site made before, which is replaced",
    )
    _add_json(publish, "print what was published as JSON")

    doctor = commands.add_parser("doctor", help="check whether this machine is fit to measure, and what to do about it")
    doctor.add_argument("--quick", action="store_true", help="skip the A/A, which takes about half a minute")
    _add_json(doctor, "print the findings as JSON")

    schema = commands.add_parser(
        "schema", help="print the JSON Schema of the matrix file, or pages of docs/ made from it"
    )
    schema.add_argument(
        "--format",
        choices=("json", "reference", "scenarios"),
        default="json",
        help="json: the schema; reference: docs/matrix.md; scenarios: docs/scenarios.md",
    )
    return parser


def _add_selection(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that select what to measure."""
    parser.add_argument("matrix", type=Path, nargs="?", help="matrix file (default: matrix.yaml)")
    parser.add_argument("--profile", help="apply this profile of the matrix file")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="AXIS=VALUE[,VALUE]",
        help="measure only cells with these values; repeatable",
    )


def _add_json(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--json", action="store_true", help=text)
