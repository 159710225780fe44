"""From the records of a journal to findings, in one pass over the records and one over what was kept of them."""

from collections.abc import Iterator

from harness.analysis.article import article
from harness.analysis.caveats import caveats
from harness.analysis.cells import measured, refused
from harness.analysis.findings import Findings
from harness.analysis.knees import knees
from harness.analysis.launches import launches
from harness.analysis.names import Names
from harness.analysis.scenarios import scenarios
from harness.analysis.tally import Tally
from harness.analysis.troubles import troubles
from harness.model.errors import InputError
from harness.model.journal import Header, Record


def analyse(records: Iterator[Record]) -> Findings:
    """What the records of one journal say, the header first.

    Raises InputError where there is no header, or where a record contradicts the plan or itself.
    """
    header = next(records, None)
    if not isinstance(header, Header):
        raise InputError("the journal holds no header, so nothing was measured; run the matrix again")
    tally = Tally(header.plan)
    for record in records:
        tally.add(record)

    names = Names(tally.plan)
    blocks = sum(samples == len(tally.cells) for samples in tally.samples_per_block().values())
    by_launch = launches(tally)
    cells = (
        *(
            measured(cell, kept, by_launch[cell.launch])
            for cell, kept in zip(tally.plan.cells, tally.cells, strict=True)
        ),
        *map(refused, tally.plan.refusals),
    )
    return Findings(
        header=header,
        finished=tally.finished,
        blocks=blocks,
        wall_s=tally.wall_s,
        ceiling=tally.ceiling,
        scenarios=tuple(scenarios(finding.cell for finding in cells)),
        cells=cells,
        knees=tuple(knees(tally, by_launch)),
        launches=tuple(by_launch.values()),
        troubles=tuple(troubles(tally, names)),
        article=tuple(article(cells)),
        warnings=tuple(caveats(tally, cells, blocks, names)),
    )
