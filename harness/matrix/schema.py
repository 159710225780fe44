"""What may be written in matrix.yaml: pydantic models of its keys, their limits, meanings and defaults.

The reader and the JSON Schema for editors both follow from these models.
"""

import json
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import Field, create_model, model_validator
from pydantic.json_schema import models_json_schema

from harness.matrix import kinds
from harness.matrix.apps import RESERVED, AppKeys, scenario_kind
from harness.matrix.axes import AxisValues, Baseline, Entry, Where, listed_fields
from harness.matrix.catalog import other_parameters, server_catalog
from harness.matrix.compare import Comparing, ComparisonKeys, comparison_kind
from harness.matrix.control import SUFFIX
from harness.matrix.database import EXAMPLE, check_written_url
from harness.matrix.kinds import Keys, Kind, model_kind
from harness.matrix.positions import Items, Place, Scalar, Section, quote
from harness.matrix.thresholds import EXAMPLES, Condition, thresholds_kind
from harness.model.axes import BY_NAME, MATRIX_AXES
from harness.model.executors import BURST, EXECUTORS
from harness.model.plan import Connections
from scenarios.kit import Parameter

MOST_OF_A_PARAMETER = 2**30

_CLIENT_IS_AN_AXIS = "the client of a cell is an axis: write it under `matrix`"


def _default(written: str | int, description: str, *examples: Any) -> Any:
    """Return a field that has a default, as a matrix would write it."""
    return Field(written, validate_default=True, description=description, examples=list(examples) or None)


def _optional(description: str, *examples: Any) -> Any:
    """Return a field that may be left out."""
    return Field(None, description=description, examples=list(examples) or None)


_BLOCKS = kinds.whole(1, 1_000)


class BlockRange(Keys):
    """The fewest and the most blocks of a run."""

    min: Annotated[int, _BLOCKS] = Field(description="The fewest blocks: these are measured in any case.")
    max: Annotated[int, _BLOCKS] = Field(
        description="The most blocks: after these the run ends, even if comparisons are undecided."
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.min > self.max:
            kinds.refuse(f"expected min to be at most max, found min {self.min} and max {self.max}")
        return self


def _blocks_kind() -> Kind:
    """Return the kind of a number of blocks, or a mapping of the fewest and the most; read as both either way."""
    ends = model_kind(BlockRange)

    def read(value: Any) -> tuple[int, int]:
        if isinstance(value, Section):
            blocks = ends.read(value)
            return blocks.min, blocks.max
        number = _BLOCKS.read(value)
        return number, number

    return Kind(read, {"anyOf": [_BLOCKS.schema, ends.schema]})


class EngineKeys(Keys):
    """Settings of the load engine."""

    processes: Annotated[int, kinds.whole(1, 16)] = _default(
        1, "How many processes share the requests of the engine.", 2
    )
    connections: Annotated[Connections, kinds.name("connections", get_args(Connections))] = _default(
        "keep-alive", "Whether a connection of the engine serves many requests (`keep-alive`) or one (`per-request`)."
    )


class DatabaseKeys(Keys):
    """The user's own PostgreSQL."""

    may_be_empty: ClassVar[bool] = False
    url: Annotated[str | None, kinds.text(check_written_url)] = _optional(
        "Its URL. The password, and any other secret, stands in the environment, percent-encoded where a URL "
        "needs that, and `$NAME` or `${NAME}` in its place.",
        EXAMPLE,
        "$OTHER_DATABASE_URL",
    )


def _wrong_environment_name(written: str) -> str | None:
    if "=" in written:
        return f"expected the name of an environment variable, found {quote(written)}; leave out '=' and what follows"
    return None


def _wrong_variant_name(written: str) -> str | None:
    if written in server_catalog():
        return f"{quote(written)} is already the name of a server; give the variant another name"
    if written in RESERVED:
        return f"{quote(written)} is a reserved word of `compare`; give the variant another name"
    if written.endswith(SUFFIX):
        return f"names that end in {quote(SUFFIX)} are kept for the A/A control; give the variant another name"
    return None


class VariantKeys(Keys):
    """A further name for a server, with arguments and environment variables of its own."""

    server: Annotated[str, kinds.name("server", tuple(server_catalog()))] = Field(
        description="The file of servers/ that it is a variant of."
    )
    args: tuple[Annotated[str, kinds.text()], ...] = Field(
        (), description="Arguments that are added to the server's command line.", examples=[["--http", "h11"]]
    )
    env: dict[Annotated[str, kinds.text(_wrong_environment_name)], Annotated[str, kinds.text()]] = Field(
        {}, description="Environment variables that are set for the server.", examples=[{"PYTHONOPTIMIZE": "1"}]
    )


class MatrixKeys(AxisValues):
    """The axes with `exclude` and `include`."""

    may_be_empty: ClassVar[bool] = True
    exclude: tuple[Annotated[Any, model_kind(Entry)], ...] = Field(
        (),
        description="Combinations that are left out: those that agree with an entry in each of its axes. A number that "
        "`around-knees` stands for is left out as one that is written.",
        examples=[[{"style": "async-blocking", "concurrency": [41, 80]}]],
    )
    include: tuple[Annotated[Any, model_kind(Entry)], ...] = Field(
        (),
        description="Additions, after `exclude`: an entry is added to every combination in which it changes none of "
        "the axes written here; where there is none, it is a combination of its own.",
        examples=[[{"server": "granian", "workers": 2}]],
    )


Matrix = create_model("Matrix", __base__=MatrixKeys, **listed_fields())


def _parameter_field(parameter: Parameter) -> Any:
    if parameter.unit == "s":
        return Annotated[Any, kinds.duration()], _optional(parameter.says, f"{parameter.default * 1000:g}ms")
    kind = kinds.whole(1, MOST_OF_A_PARAMETER)
    return Annotated[Any, kind], _optional(f"{parameter.says} In {parameter.unit}.", int(parameter.default))


Parameters = create_model(
    "Parameters",
    __base__=Keys,
    **{name: _parameter_field(parameter) for name, parameter in other_parameters().items()},
)


def _conditions() -> str:
    """Return what may be asked of each metric, in a sentence."""
    return "; ".join(f"{metric}: {examples}" for metric, examples in EXAMPLES.items())


def _executors() -> str:
    """Return what each executor does, in a sentence."""
    return "; ".join(f"`{executor.name}` {executor.description}" for executor in EXECUTORS.values())


_WITH_WINDOW = ", ".join(f"`{executor.name}`" for executor in EXECUTORS.values() if executor.has_window)


class Layer(Keys):
    """The file without its profiles, or one of them: what a profile says replaces what the rest of the file says."""

    title: Annotated[str, kinds.text()] = _default("asgi-matrix", "The heading of the report.", "def vs async def")
    scenario: Annotated[tuple[str | AppKeys, ...] | None, kinds.several(scenario_kind())] = _optional(
        BY_NAME["scenario"].description, *BY_NAME["scenario"].examples
    )
    delay: Annotated[
        float | None, kinds.duration(0.01, "event loops count in whole milliseconds; make it at least 10ms")
    ] = _optional(
        "How long a request waits, at least 10ms, in scenarios that take a delay; each has a default of its own.",
        "100ms",
        "2s",
    )
    parameters: Annotated[Any, model_kind(Parameters)] = _optional(
        "Other settings of scenarios, each for those that take it. Their defaults are in the files of scenarios/."
    )
    matrix: Annotated[MatrixKeys | None, model_kind(Matrix)] = _optional(
        "The axes; every combination of their values is measured."
    )
    database: Annotated[DatabaseKeys | None, model_kind(DatabaseKeys)] = _optional(
        "The PostgreSQL for scenarios that need one. Left out, it is the one that the environment variable "
        "`DATABASE_URL` names, or else a private one that is started for the run. Tables are made in a schema "
        "`asgi_matrix`, and stay.",
        {"url": EXAMPLE},
    )
    executor: Annotated[str, kinds.name("executor", tuple(EXECUTORS))] = _default(
        BURST.name, f"How the load is offered: {_executors()}."
    )
    duration: Annotated[
        float, kinds.duration(0.1, "the edges of a shorter window weigh too much; make it at least 100ms")
    ] = _default("10s", f"How long a cell is measured, at least 100ms, by {_WITH_WINDOW}.", "10s")
    warmup: Annotated[float, kinds.duration()] = _default(
        "1s", f"How long load is offered before that without being measured, by {_WITH_WINDOW}.", "1s"
    )
    settle: Annotated[float, kinds.duration()] = _default(
        "10ms", "How long to pause between the opening of the last connection and the first request.", "10ms"
    )
    client: Annotated[EngineKeys, kinds.hinted(model_kind(EngineKeys), (Scalar, Items), _CLIENT_IS_AN_AXIS)] = Field(
        default_factory=lambda: EngineKeys.model_validate(Section(Place(1, 1))),
        description="Settings of the load engine, the same for all cells; which client sends is the axis `client` "
        "under `matrix`.",
        examples=[{"processes": 2}],
    )
    blocks: Annotated[tuple[int, int], _blocks_kind()] = _default(
        6,
        "How many times every cell is measured; an interval takes at least six blocks. With `min` and `max`, a run "
        "goes on after `min` until every comparison is decided; an interval that is looked at so often takes at least "
        "seven blocks.",
        6,
        {"min": 6, "max": 30},
    )
    seed: Annotated[int, kinds.whole(0, 2**32 - 1)] = _default(1, "The seed of the random order within the blocks.", 1)
    baseline: Annotated[AxisValues | None, model_kind(Baseline)] = _optional(
        "The cells that others are compared with: a value for each axis that tells them apart. They are measured twice "
        "in every block, under two names, which shows how far apart two measurements of the same thing are (the A/A "
        "control).",
        {"server": "uvicorn", "style": "async"},
    )
    compare: tuple[Annotated[Comparing, comparison_kind()], ...] = Field(
        (),
        description="What is compared, and given a verdict. An entry names one axis, and compares cells that agree in "
        "all others; servers that are left to the loop that they prefer (`loop: auto`) count as agreeing in it.",
        examples=[[{"style": ["def", "async"]}, {"server": "all", "against": "baseline", "where": {"style": "async"}}]],
    )
    practical_difference: Annotated[float, kinds.share()] = _default(
        "5%", "The difference below which two cells count as the same.", "5%"
    )
    deadline: Annotated[float, kinds.duration()] = _default(
        "60s", "How long a cell may take; those that are expected to take longer are skipped.", "60s"
    )
    ready_timeout: Annotated[float, kinds.duration()] = _default(
        "30s", "How long a server may take until it answers.", "30s"
    )
    stop_timeout: Annotated[float, kinds.duration()] = _default(
        "10s", "How long a server may take to stop before it is killed.", "10s"
    )
    servers: dict[Annotated[str, kinds.text(_wrong_variant_name)], VariantKeys] = Field(
        {},
        description="Variants: further names for servers, with arguments and environment variables of their own.",
        examples=[{"uvicorn-h11": {"server": "uvicorn", "args": ["--http", "h11"]}}],
    )
    thresholds: Annotated[dict[str, tuple[Condition, ...]], thresholds_kind()] = Field(
        {},
        description="What the results must keep to: by metric and, in braces, the cells that it holds for, a condition "
        f"or several. {_conditions()}. A ratio holds for the comparisons whose first side is named, and needs a "
        "`baseline`; a knee has no concurrency and no rate of its own. A condition that begins with `>` needs quotes, "
        "and so does one with a comma between `{` and `}` or `[` and `]`.",
        examples=[
            {"knee{style:def,thread_limit:40}": "within(40,41)"},
            {"ratio{style:def}": ["< 1.25", "> 0.8"], "errors": "== 0", "p99{style:async}": "< 300ms"},
        ],
    )


class Document(Layer):
    """What to measure: ASGI servers, thread limits, endpoint styles and concurrency levels."""

    profiles: dict[Annotated[str, kinds.text()], Layer] = Field(
        {},
        description="Other settings under a name: what a profile says replaces what the rest of the file says.",
        examples=[{"smoke": {"blocks": 1, "matrix": {"concurrency": [20, 41]}}}],
    )


_MODELS = (
    *(Document, Matrix, Entry, Baseline, ComparisonKeys, Where, Parameters),
    *(AppKeys, BlockRange, DatabaseKeys, EngineKeys),
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, draft 2020-12."""
    _, generated = models_json_schema([(model, "validation") for model in _MODELS])
    definitions = _tidied(generated["$defs"])
    root = definitions.pop("Document")
    # A profile, which is a layer, may leave out what the file has.
    root["required"] = ["scenario", "matrix"]
    root["properties"]["matrix"]["required"] = [
        axis.name for axis in MATRIX_AXES if axis.required and axis.name != "scenario" and axis.own_app_default is None
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "matrix.yaml of asgi-matrix",
        **root,
        "$defs": definitions,
    }


def schema_text() -> str:
    """Return the schema as it stands in `harness/matrix/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(schema: Any) -> Any:
    """Return a schema with references in place of the names of models.

    It also lacks what pydantic adds: titles made from names, and null for what may be left out.
    """
    if isinstance(schema, list):
        return [_tidied(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _tidied(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and (key, value) != ("default", None)
    }
    if kinds.MODEL in kept:
        kept["$ref"] = f"#/$defs/{kept.pop(kinds.MODEL)}"
    if {"type": "null"} in kept.get("anyOf", ()):
        (other,) = (each for each in kept.pop("anyOf") if each != {"type": "null"})
        kept |= other
    return kept
