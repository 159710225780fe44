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
    Comparison,
    Control,
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
    "Capacity",
    "Cause",
    "CellFinding",
    "Checks",
    "Choice",
    "ClassFinding",
    "ClientCosts",
    "Comparison",
    "Control",
    "Curve",
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
class Findings:
    """All that the report says.

    `blocks` counts the blocks that were measured completely, those of a rerun left aside, `rerun` counts these;
    `finished` is False for an interrupted run, `wall_s` is how long the measuring took in all its sittings, as far as
    they were brought to an end. `ceiling` is what the engine could do at most, as last measured, None where it was not.
    `scenarios` leaves out those that are no longer there, `curves` the styles that have no model; `choice` is None
    where no burst of `def` has one, `capacity` where no open loop of it has. `advice` is
    empty where no scenario was measured in two styles. `is_sequential` says that intervals had to
    hold at every look, `journal_sha256` is the digest of the journal, by which a change to it shows even where no
    figure does. `extras` is what plug-ins found.
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
    thresholds: tuple[ThresholdFinding, ...]
    knees: tuple[Knee, ...]
    launches: tuple[LaunchFinding, ...]
    troubles: tuple[Trouble, ...]
    warnings: tuple[str, ...]
    curves: tuple[Curve, ...] = ()
    advice: tuple[Advice, ...] = ()
    choice: Choice | None = None
    capacity: Capacity | None = None
    is_sequential: bool = False
    journal_sha256: str | None = None
    extras: tuple[object, ...] = ()
