"""What a journal says, in the form that reports are made from."""

from dataclasses import dataclass

from harness.analysis.findings.advice import Advice, Cause, Part, Rival
from harness.analysis.findings.cells import (
    Capacity,
    CellFinding,
    Checks,
    Choice,
    ClassFinding,
    ClientCosts,
    Curve,
    HealthFinding,
    LaunchFinding,
    Option,
    Percentiles,
    Punctuality,
    ServerCosts,
    Split,
    UpstreamFinding,
)
from harness.analysis.findings.judgements import (
    Answer,
    Claim,
    Comparison,
    Control,
    Evidence,
    Knee,
    Outcome,
    Ratio,
    Steps,
    ThresholdFinding,
)
from harness.analysis.findings.scenarios import ParameterFinding, ScenarioFinding, StyleFinding
from harness.model.journal import Ceiling, Header
from harness.model.outcomes import Status

__all__ = [
    "Advice",
    "Answer",
    "ArticleRow",
    "Capacity",
    "Cause",
    "CellFinding",
    "Checks",
    "Choice",
    "Claim",
    "ClassFinding",
    "ClientCosts",
    "Comparison",
    "Control",
    "Curve",
    "Evidence",
    "Findings",
    "HealthFinding",
    "Knee",
    "LaunchFinding",
    "Option",
    "Outcome",
    "ParameterFinding",
    "Part",
    "Percentiles",
    "Punctuality",
    "Ratio",
    "Rival",
    "ScenarioFinding",
    "ServerCosts",
    "Split",
    "Steps",
    "StyleFinding",
    "ThresholdFinding",
    "Trouble",
    "UpstreamFinding",
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was not measured, with its reason; `count` says how many samples it cost."""

    what: str
    status: Status
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The article's figure beside ours, for one server, style and concurrency; seconds.

    `floor_s` is what the model expects, `excess_s` what was measured beyond it, `client_s` the CPU time that the client
    itself used meanwhile: the most of the excess that can be laid at its door. `engine_excess_s` is the excess of the
    same cell with the engine as its client, None where that was not measured: what is left of it without the client.
    """

    server: str
    style: str
    concurrency: int
    article_s: float
    median_s: float
    floor_s: float
    excess_s: float
    client_s: float
    engine_excess_s: float | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the report says.

    `blocks` counts the blocks that were measured completely, those of a rerun left aside, `rerun` counts these;
    `finished` is False for an interrupted run, `wall_s` is how long the measuring took in all its sittings, as far as
    they were brought to an end. `ceiling` is what the engine could do at most, as last measured, None where it was not.
    `scenarios` leaves out those that are no longer there, `curves` the styles that have no model; `choice` is None
    where no burst of `def` has one, `capacity` where no open loop of it has. `advice` is
    empty where no scenario was measured in two styles. `is_sequential` says that intervals had to
    hold at every look, `journal_sha256` is the digest of the journal, by which a change to it shows even where no
    figure does.
    """

    header: Header
    finished: bool
    blocks: int
    rerun: int
    wall_s: float
    ceiling: Ceiling | None
    scenarios: tuple[ScenarioFinding, ...]
    cells: tuple[CellFinding, ...]
    comparisons: tuple[Comparison, ...]
    control: Control | None
    ratios: tuple[Ratio, ...]
    claims: tuple[Claim, ...]
    thresholds: tuple[ThresholdFinding, ...]
    knees: tuple[Knee, ...]
    launches: tuple[LaunchFinding, ...]
    troubles: tuple[Trouble, ...]
    article: tuple[ArticleRow, ...]
    warnings: tuple[str, ...]
    curves: tuple[Curve, ...] = ()
    advice: tuple[Advice, ...] = ()
    choice: Choice | None = None
    capacity: Capacity | None = None
    is_sequential: bool = False
    journal_sha256: str | None = None
