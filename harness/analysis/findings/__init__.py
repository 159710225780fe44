"""What a journal says, in the form that reports are made from."""

from dataclasses import dataclass
from enum import StrEnum

from harness.analysis.findings.advice import Advice, Basis, Cause, Part, Rival
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
    KeepsUp,
    Knee,
    Outcome,
    Placement,
    Ratio,
    Steps,
    ThresholdFinding,
    ThresholdReason,
    Withheld,
    Withholding,
)
from harness.analysis.findings.scenarios import ParameterFinding, ScenarioFinding, StyleFinding
from harness.model.flags import Flag
from harness.model.journal import Ceiling, Header
from harness.model.outcomes import Status
from harness.model.plan import Cell, Launch

__all__ = [
    "Advice",
    "Basis",
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
    "KeepsUp",
    "Knee",
    "LaunchFinding",
    "Option",
    "Outcome",
    "ParameterFinding",
    "Part",
    "Percentiles",
    "Placement",
    "Punctuality",
    "Ratio",
    "Rival",
    "RunWarning",
    "ScenarioFinding",
    "ServerCosts",
    "Split",
    "Steps",
    "StyleFinding",
    "ThresholdFinding",
    "ThresholdReason",
    "Trouble",
    "TroubleCode",
    "UpstreamFinding",
    "WarningCode",
    "Withheld",
    "Withholding",
]


class TroubleCode(StrEnum):
    """Why something was not measured."""

    LAUNCH_FAILED = "launch-failed"
    CELL_FAILED = "cell-failed"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was not measured, with its reason as it was recorded; `count` is how many samples it cost.

    `cells` are the cells that were lost; one of the launch stands for a launch. An interruption has instead the blocks
    that were measured in part, and the number of blocks that were not begun.
    """

    code: TroubleCode
    status: Status
    reason: str | None
    count: int
    cells: tuple[Cell, ...] = ()
    blocks_in_part: tuple[int, ...] = ()
    whole_blocks: int = 0


class WarningCode(StrEnum):
    """What a reader must know before believing a figure."""

    FEW_BLOCKS = "few-blocks"
    MANY_COMPARISONS = "many-comparisons"
    NOT_COMPARED = "not-compared"
    NO_BASELINE = "no-baseline"
    BASELINE_NOT_MEASURED = "baseline-not-measured"
    BLOCK_INTERRUPTED = "block-interrupted"
    LAUNCHES_DIFFER = "launches-differ"
    PORT_KEPT = "port-kept"
    FLAGGED = "flagged"
    FLAGGED_IN_RERUN = "flagged-in-rerun"


@dataclass(frozen=True, slots=True)
class RunWarning:
    """A warning, with the numbers and facts that its code needs; the others are None.

    `blocks` are complete, and it takes `needed` of them. `block` was measured in several `sittings`. A `launch` had
    several `values` of a `fact`, or left its port taken in so many `launches`. `flag` is carried by so many `cells` and
    `samples`.
    """

    code: WarningCode
    blocks: int | None = None
    needed: int | None = None
    comparisons: int | None = None
    block: int | None = None
    sittings: int | None = None
    launch: Launch | None = None
    launches: int | None = None
    fact: str | None = None
    values: tuple[str | None, ...] | None = None
    flag: Flag | None = None
    cells: int | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the report says.

    `valid` says that the figures say something about the servers.
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
    valid: bool
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
    warnings: tuple[RunWarning, ...]
    curves: tuple[Curve, ...] = ()
    advice: tuple[Advice, ...] = ()
    choice: Choice | None = None
    capacity: Capacity | None = None
    is_sequential: bool = False
    journal_sha256: str | None = None
    extras: tuple[object, ...] = ()
