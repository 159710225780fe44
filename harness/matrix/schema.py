"""The keys of matrix.yaml, with their kinds, meanings, defaults and examples.

The reader and the JSON Schema for editors both follow from them.
"""

# ruff: noqa: RUF009 - `key` returns the field of a dataclass

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from harness.matrix import kinds
from harness.matrix.apps import APP_DEFINITIONS, RESERVED, SCENARIO, AppKeys
from harness.matrix.axes import AxisValues, axis_keys, axis_values, listed_values, one_value
from harness.matrix.catalog import other_parameters, server_catalog
from harness.matrix.compare import COMPARISON, WHERE, Comparing
from harness.matrix.control import SUFFIX
from harness.matrix.database import EXAMPLE, check_written_url
from harness.matrix.kinds import Key, Kind, key, list_of, mapping, mapping_of, model_kind
from harness.matrix.positions import Entries, Items, Scalar, quote
from harness.matrix.thresholds import EXAMPLES, THRESHOLDS, Condition
from harness.model.axes import BY_NAME, MATRIX_AXES
from harness.model.executors import BURST, EXECUTORS
from harness.model.metrics import METRICS, TIME
from harness.model.plan import Connections, Variant
from scenarios.kit import Parameter

MOST_OF_A_PARAMETER = 2**30


def _wrong_environment_name(written: str) -> str | None:
    if "=" in written:
        return f"expected the name of an environment variable, found {quote(written)}; leave out '=' and the rest"
    return None


def _wrong_variant_name(written: str) -> str | None:
    if written in server_catalog():
        return f"{quote(written)} is already the name of a server; give the variant another name"
    if written in RESERVED:
        return f"{quote(written)} is a reserved word of `compare`; give the variant another name"
    if written.endswith(SUFFIX):
        return f"names that end in {quote(SUFFIX)} are kept for the A/A control; give the variant another name"
    return None


_BLOCKS = kinds.whole(1, 1_000)


def _make_range(section: Entries, found: dict[str, int]) -> tuple[int, int]:
    fewest, most = found["min"], found["max"]
    if fewest > most:
        kinds.refuse(section, f"expected min to be at most max, found min {fewest} and max {most}")
    return fewest, most


_RANGE = mapping(
    "BlockRange",
    {
        "min": Key(_BLOCKS, "The fewest blocks: these are measured in any case.", required=True),
        "max": Key(
            _BLOCKS, "The most blocks: after these the run ends, even if comparisons are undecided.", required=True
        ),
    },
    _make_range,
    description="The fewest and the most blocks of a run.",
)


def _read_blocks(value: Any) -> Any:
    """Return the fewest and the most blocks, which are the same for a single number."""
    return _RANGE.read(value) if isinstance(value, Entries) else (_BLOCKS.read(value),) * 2


@dataclass(frozen=True, slots=True)
class EngineKeys:
    """Settings of the load engine."""

    processes: int = key(kinds.whole(1, 16), "How many processes share the requests of the engine.", 2, default=1)
    connections: Connections = key(
        kinds.name("connections", get_args(Connections)),
        "Whether a connection of the engine serves many requests (`keep-alive`) or one (`per-request`).",
        default="keep-alive",
    )


_DATABASE = mapping(
    "Database",
    {
        "url": Key(
            kinds.text(check_written_url),
            "Its URL. The password, and any other secret, stands in the environment, percent-encoded where a URL needs "
            "that, and `$NAME` or `${NAME}` in its place.",
            examples=[EXAMPLE, "$OTHER_DATABASE_URL"],
        )
    },
    lambda _, found: found["url"],
    may_be_empty=False,
    description="The user's own PostgreSQL.",
)
_VARIANT = mapping(
    "Variant",
    {
        "server": Key(
            kinds.name("server", tuple(server_catalog())),
            "The file of servers/ that it is a variant of.",
            required=True,
        ),
        "args": Key(
            list_of(kinds.text()),
            "Arguments that are added to the server's command line.",
            (),
            [["--http", "h11"]],
        ),
        "env": Key(
            mapping_of(kinds.text(), _wrong_environment_name),
            "Environment variables that are set for the server.",
            {},
            [{"PYTHONOPTIMIZE": "1"}],
        ),
    },
    lambda _, found: Variant(found["server"], found.get("args", ()), found.get("env") or None),
    description="A further name for a server, with arguments and environment variables of its own.",
)


@dataclass(frozen=True, slots=True)
class MatrixKeys(AxisValues):
    """The axes with `exclude` and `include`."""

    exclude: tuple[AxisValues, ...] = ()
    include: tuple[AxisValues, ...] = ()


_ENTRY = axis_values("Entry", axis_keys(listed_values))
_BASELINE = axis_values("Baseline", axis_keys(one_value))
MATRIX_KEYS = {
    **{
        name: replace(key, default=BY_NAME[name].default, examples=BY_NAME[name].examples)
        for name, key in axis_keys(listed_values).items()
        if name != "scenario"
    },
    "exclude": Key(
        list_of(_ENTRY),
        "Combinations that are left out: those that agree with an entry in each of its axes. A number that "
        "`around-knees` stands for is left out as one that is written.",
        (),
        [[{"style": "async-blocking", "concurrency": [41, 80]}]],
    ),
    "include": Key(
        list_of(_ENTRY),
        "Additions, after `exclude`: an entry is added to every combination in which it changes none of the axes "
        "written here; where there is none, it is a combination of its own.",
        (),
        [[{"server": "granian", "workers": 2}]],
    ),
}
_MATRIX = mapping(
    "Matrix",
    MATRIX_KEYS,
    lambda section, found: MatrixKeys(section, found, found.pop("exclude", ()), found.pop("include", ())),
)


def _parameter_key(parameter: Parameter) -> Key:
    if parameter.unit == "s":
        return Key(kinds.duration(), parameter.says, examples=[f"{parameter.default * 1000:g}ms"])
    kind = kinds.whole(1, MOST_OF_A_PARAMETER)
    return Key(kind, f"{parameter.says} In {parameter.unit}.", examples=[int(parameter.default)])


_PARAMETERS = mapping(
    "Parameters",
    {name: _parameter_key(parameter) for name, parameter in other_parameters().items()},
    lambda _, found: found,
)

_ENGINE = model_kind(EngineKeys)
_CLIENT_IS_AN_AXIS = "the client of a cell is an axis: write it under `matrix`"
_CONDITIONS = "; ".join(f"{metric}: {examples}" for metric, examples in EXAMPLES.items())
_OTHER_METRICS = ", ".join(f"`{name}`" for name in METRICS if name != TIME.name)
_DOES = "; ".join(f"`{executor.name}` {executor.description}" for executor in EXECUTORS.values())
_WITH_WINDOW = ", ".join(f"`{executor.name}`" for executor in EXECUTORS.values() if executor.has_window)


@dataclass(frozen=True, slots=True)
class Layer:
    """The file without its profiles, or one of them: the keys of a profile replace those of the file."""

    title: str = key(kinds.text(), "The heading of the report.", "def vs async def", default="asgi-matrix")
    scenario: tuple[str | AppKeys, ...] | None = key(
        kinds.several(SCENARIO), BY_NAME["scenario"].description, *BY_NAME["scenario"].examples
    )
    delay: float | None = key(
        kinds.duration(0.01, "event loops count in whole milliseconds; make it at least 10ms"),
        "How long a request waits, at least 10ms, in scenarios that take a delay; each has a default of its own.",
        "100ms",
        "2s",
    )
    parameters: Mapping[str, float] = key(
        _PARAMETERS,
        "Other settings of scenarios, each for those that take it. Their defaults are in the files of scenarios/.",
        default={},
    )
    matrix: MatrixKeys = key(_MATRIX, "The axes; every combination of their values is measured.", default={})
    database: str | None = key(
        _DATABASE,
        "The PostgreSQL for scenarios that need one. Left out, it is the one that the environment variable "
        "`DATABASE_URL` names, or else a private one that is started for the run. Tables are made in a schema "
        "`asgi_matrix`, and stay.",
        {"url": EXAMPLE},
    )
    executor: str = key(
        kinds.name("executor", tuple(EXECUTORS)), f"How the load is offered: {_DOES}.", default=BURST.name
    )
    duration: float = key(
        kinds.duration(0.1, "the edges of a shorter window weigh too much; make it at least 100ms"),
        f"How long a cell is measured, at least 100ms, by {_WITH_WINDOW}.",
        "10s",
        default="10s",
    )
    warmup: float = key(
        kinds.duration(),
        f"How long load is offered before that without being measured, by {_WITH_WINDOW}.",
        "1s",
        default="1s",
    )
    settle: float = key(
        kinds.duration(),
        "How long to pause between the opening of the last connection and the first request.",
        "10ms",
        default="10ms",
    )
    client: EngineKeys = key(
        kinds.hinted(_ENGINE, (Scalar, Items), _CLIENT_IS_AN_AXIS),
        "Settings of the load engine, the same for all cells; which client sends is the axis `client` under `matrix`.",
        {"processes": 2},
        default={},
    )
    rounds: int = key(
        kinds.whole(1, 1_000),
        "In how many windows a block measures each cell that a question is about: a comparison, a threshold, a knee or "
        "the A/A control. A closed loop splits its `duration` over them, a burst is repeated as often. All other "
        "cells, and open loops, have one window.",
        5,
        default=10,
    )
    blocks: tuple[int, int] = key(
        Kind(_read_blocks, {"anyOf": [_BLOCKS.schema, _RANGE.schema]}),
        "How many times every cell is measured, on fresh servers; an interval takes at least six blocks. With `min` "
        "and `max`, a run goes on after `min`, with the cells of open questions only, until every comparison and "
        "threshold is decided; an interval that is looked at so often takes at least seven blocks.",
        6,
        {"min": 6, "max": 30},
        default=6,
    )
    budget: float | None = key(
        kinds.duration(),
        "How long the run may take: after the fewest blocks, none begins that would end later.",
        "3m",
    )
    alive: int | None = key(
        kinds.whole(1, 64),
        "How many servers are alive at once; left out, up to 8, as far as memory allows. Servers that are compared are "
        "alive together, however many they are.",
        4,
    )
    seed: int = key(kinds.whole(0, 2**32 - 1), "The seed of the random order within the blocks.", 1, default=1)
    baseline: AxisValues | None = key(
        _BASELINE,
        "The cells that others are compared with: a value for each axis that tells them apart. They are measured twice "
        "in every block, under two names, which shows how far apart two measurements of the same thing are (the A/A "
        "control).",
        {"server": "uvicorn", "style": "async"},
    )
    compare: tuple[Comparing, ...] = key(
        list_of(COMPARISON),
        "The comparisons, each with a verdict. An entry names one axis, and compares cells that agree in all others; "
        "servers that are left to the loop that they prefer (`loop: auto`) count as agreeing in it. A `metric` "
        f"other than time is one of {_OTHER_METRICS}.",
        [{"server": "all", "against": "baseline", "where": {"style": "async"}, "metric": ["time", "cpu"]}],
        [{"style": ["def", "async"]}],
        default=(),
    )
    practical_difference: float = key(
        kinds.share(), "The difference below which two cells count as the same.", "5%", default="5%"
    )
    deadline: float = key(
        kinds.duration(),
        "How long a cell may take; those that are expected to take longer are skipped.",
        "60s",
        default="60s",
    )
    ready_timeout: float = key(kinds.duration(), "How long a server may take until it answers.", "30s", default="30s")
    stop_timeout: float = key(
        kinds.duration(), "How long a server may take to stop before it is killed.", "10s", default="10s"
    )
    servers: Mapping[str, Variant] = key(
        mapping_of(_VARIANT, _wrong_variant_name),
        "Variants: further names for servers, with arguments and environment variables of their own.",
        {"uvicorn-h11": {"server": "uvicorn", "args": ["--http", "h11"]}},
        default={},
    )
    thresholds: tuple[Condition, ...] = key(
        THRESHOLDS,
        "Conditions on the results: by metric and, in braces, the cells that it holds for, a condition or several. "
        f"{_CONDITIONS}. A ratio holds for the comparisons whose first side is named, by time unless it names another "
        "metric as in `ratio{metric:cpu}`, and needs a `baseline`; a knee has no concurrency and no rate of its own. A "
        "condition that begins with `>` needs quotes, and so does one with a comma between `{` and `}` or `[` and `]`.",
        {"knee{style:def,thread_limit:40}": "within(40,41)"},
        {"ratio{style:def}": ["< 1.25", "> 0.8"], "errors": "== 0", "p99{style:async}": "< 300ms"},
        default={},
    )


_LAYER = model_kind(Layer)
LAYER_KEYS = kinds.keys_of(Layer)
PROFILES = Key(
    mapping_of(_LAYER),
    "Other settings under a name: the keys of a profile replace those of the file.",
    {},
    [{"smoke": {"blocks": 1, "matrix": {"concurrency": [20, 41]}}}],
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, draft 2020-12."""
    definitions = (
        *(_LAYER, _MATRIX, _ENTRY, _BASELINE, COMPARISON, WHERE, _PARAMETERS, _VARIANT, _RANGE, _DATABASE, _ENGINE),
        *APP_DEFINITIONS,
    )
    properties = {name: key.schema() for name, key in {**LAYER_KEYS, "profiles": PROFILES}.items()}
    # A profile, which is a layer, may leave these out.
    properties["matrix"]["required"] = [
        axis.name for axis in MATRIX_AXES if axis.required and axis.name != "scenario" and axis.own_app_default is None
    ]
    del properties["matrix"]["default"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "matrix.yaml of asgi-matrix",
        **_LAYER.definition,
        "description": "What to measure: ASGI servers, thread limits, endpoint styles and concurrency levels.",
        "properties": properties,
        "required": ["scenario", "matrix"],
        "$defs": {kind.name: kind.definition for kind in definitions},
    }


def schema_text() -> str:
    """Return the schema as it stands in `harness/matrix/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
