"""What may be written in matrix.yaml: every key, its kind, its meaning and its default.

The reader and the JSON Schema are both made from this one description.
"""

from functools import cache
from typing import Any, get_args

from yaml.nodes import ScalarNode, SequenceNode

from harness.matrix.axes import REQUIRED_AXES, axes, one_value_each, scenario_name
from harness.matrix.catalog import server_catalog
from harness.matrix.compare import entry
from harness.matrix.conditions import EXAMPLES, Thresholds
from harness.matrix.containers import Advised, Key, Keys, ListOf, Named, OneOrMany, Range, Same
from harness.matrix.control import SUFFIX
from harness.matrix.database import EXAMPLE, wrong_url
from harness.matrix.kinds import Duration, Name, Share, Text, Whole
from harness.matrix.nodes import shown
from harness.matrix.parameters import parameter_keys
from harness.matrix.reserved import RESERVED
from harness.model.plan import BURST, EXECUTORS, Connections

_WRITTEN_AXIS = "#/properties/matrix/properties/{}"


@cache
def document() -> Keys:
    """The whole file."""
    return Keys(
        {**_top_level(_matrix(REQUIRED_AXES)), "profiles": _profiles()},
        required=("scenario", "matrix"),
    )


@cache
def defaults() -> dict[str, Any]:
    """What counts for each top-level key that is left out, as it would have been read; None without a default."""
    return {name: key.default_value() for name, key in _top_level(_matrix(())).items()}


@cache
def engine_defaults() -> dict[str, Any]:
    """The same for each key under the top-level `client`."""
    return {name: key.default_value() for name, key in _engine().keys.items()}


def _top_level(matrix: Keys) -> dict[str, Key]:
    return {
        "title": Key(Text(), "The heading of the report.", ("def vs async def",), "asgi-matrix"),
        "scenario": axes()["scenario"],
        "delay": Key(
            Duration(0.01, "event loops count in whole milliseconds; make it at least 10ms"),
            "How long a request waits, at least 10ms, in scenarios that take a delay; each has a default of its own.",
            ("100ms", "2s"),
        ),
        "parameters": Key(
            parameter_keys(),
            "What else scenarios let be set, each for those that take it; what it is by default stands in their files.",
        ),
        "matrix": Key(matrix, "The axes; every combination of their values is measured."),
        "database": Key(
            Keys(
                {
                    "url": Key(
                        Text(wrong_url),
                        "Its URL. The password, and whatever else is nobody's business, stands in the environment, "
                        "percent-encoded where a URL needs that, and `$NAME` or `${NAME}` in its place.",
                        (EXAMPLE, "$OTHER_DATABASE_URL"),
                    )
                },
                may_be_empty=False,
            ),
            "The PostgreSQL that scenarios use which need one. Left out, it is the one that the environment variable "
            "`DATABASE_URL` names, or else a private one that is started for the run. What is made there is made in a "
            "schema `asgi_matrix`, and stays.",
            ({"url": EXAMPLE},),
        ),
        "executor": Key(
            Name("executor", EXECUTORS),
            "How the load is offered: `burst` sends all requests at once; `closed-loop` keeps so many in flight; "
            "`constant-arrival-rate` sends so many a second, evenly spaced, and `poisson-arrival-rate` at random, "
            "neither waiting for answers.",
            (),
            BURST,
        ),
        "duration": Key(
            Duration(0.1, "the edges of a shorter window weigh too much; make it at least 100ms"),
            "How long a cell is measured, at least 100ms, by every executor but `burst`.",
            ("10s",),
            "10s",
        ),
        "warmup": Key(
            Duration(),
            "How long load is offered before that and not measured, by every executor but `burst`.",
            ("1s",),
            "1s",
        ),
        "settle": Key(
            Duration(),
            "How long to pause between the last connection's being open and the first request.",
            ("10ms",),
            "10ms",
        ),
        "client": Key(
            Advised(_engine(), (ScalarNode, SequenceNode), "the client of a cell is an axis: write it under `matrix`"),
            "What the load engine is told, the same for all cells; which client sends is the axis `client` under "
            "`matrix`.",
            ({"processes": 2},),
        ),
        "blocks": Key(
            Range(
                Whole(1, 1_000),
                (
                    "The fewest blocks: these are measured in any case.",
                    "The most blocks: after these the run ends, whatever is still undecided.",
                ),
            ),
            "How many times every cell is measured; intervals take at least six blocks. With `min` and `max`, a run "
            "goes on after `min` until every comparison is decided; an interval that is looked at so often takes at "
            "least seven blocks.",
            (6, {"min": 6, "max": 30}),
            6,
        ),
        "seed": Key(Whole(0, 2**32 - 1), "What the order within the blocks is shuffled from.", (1,), 1),
        "baseline": Key(
            Keys(one_value_each(), may_be_empty=False),
            "The cells that others are compared with: a value for each axis that tells them apart. They are measured "
            "twice in every block, under two names, which shows how far apart the same thing can be measured (the A/A "
            "control).",
            ({"server": "uvicorn", "style": "async"},),
        ),
        "compare": Key(
            ListOf(entry()),
            "What is compared, and given a verdict. An entry names one axis, and holds cells against each other that "
            "agree in all others; servers that are left to the loop that they prefer (`loop: auto`) count as agreeing "
            "in it.",
            ([{"style": ["def", "async"]}, {"server": "all", "against": "baseline", "where": {"style": "async"}}],),
        ),
        "practical_difference": Key(Share(), "The difference below which two cells count as the same.", ("5%",), "5%"),
        "deadline": Key(
            Duration(), "How long a cell may take; those that are expected to take longer are skipped.", ("60s",), "60s"
        ),
        "ready_timeout": Key(Duration(), "How long a server may take until it answers.", ("30s",), "30s"),
        "stop_timeout": Key(Duration(), "How long a server may take to stop before it is killed.", ("10s",), "10s"),
        "servers": Key(
            Named(Text(_variant_name), _variant()),
            "Variants: further names for servers, with arguments and environment variables of their own.",
            ({"uvicorn-h11": {"server": "uvicorn", "args": ["--http", "h11"]}},),
        ),
        "thresholds": Key(
            Thresholds(),
            "What the results must keep to: by metric and, in braces, the cells that it holds for, a condition or "
            f"several. {_conditions()}. A ratio holds for the comparisons whose first side is meant, and takes a "
            "`baseline`; a knee has no concurrency and no rate of its own. A condition that begins with `>` has to be "
            "in quotes, and one with a comma where it stands between `{` and `}` or `[` and `]`.",
            (
                {"knee{style:def,thread_limit:40}": "within(40,41)"},
                {"ratio{style:def}": ["< 1.25", "> 0.8"], "errors": "== 0", "p99{style:async}": "< 300ms"},
            ),
        ),
    }


def _engine() -> Keys:
    """What the load engine is told."""
    return Keys(
        {
            "processes": Key(Whole(1, 16), "How many processes share the requests of the engine.", (2,), 1),
            "connections": Key(
                Name("connections", get_args(Connections)),
                "Whether a connection of the engine serves many requests (`keep-alive`) or one (`per-request`).",
                (),
                "keep-alive",
            ),
        }
    )


def _matrix(required: tuple[str, ...]) -> Keys:
    """The axes with `exclude` and `include`; in a profile none of them is required."""
    written = {name: key for name, key in axes().items() if name != "scenario"}
    return Keys(
        {
            **written,
            "exclude": Key(
                ListOf(_entry()),
                "Combinations that are left out: those that agree with an entry in each of its axes. A number that "
                "`around-knees` stands for is left out as one that is written.",
                ([{"style": "async-blocking", "concurrency": [41, 80]}],),
            ),
            "include": Key(
                ListOf(_entry()),
                "Additions, after `exclude`: an entry is added to every combination in which it changes none of the "
                "axes written here; where there is none, it is a combination of its own.",
                ([{"server": "granian", "workers": 2}],),
            ),
        },
        required,
    )


def _profiles() -> Key:
    matrix = _matrix(())
    spelt_out = {name: _spelt_out(key, _WRITTEN_AXIS.format(name)) for name, key in matrix.keys.items()}
    overlay = {name: _spelt_out(key, f"#/properties/{name}") for name, key in _top_level(matrix).items()}
    overlay["matrix"] = Key(Keys(spelt_out), "Axes, `exclude` and `include` that replace those of the file.")
    return Key(
        Named(Text(), Keys(overlay)),
        "Other settings under a name: what a profile says replaces what the rest of the file says.",
        ({"smoke": {"blocks": 1, "matrix": {"concurrency": [20, 41]}}},),
    )


def _entry() -> Keys:
    """An entry of `exclude` or `include`."""
    return Keys(
        {
            name: Key(OneOrMany(scenario_name()), key.says)
            if name == "scenario"
            else _spelt_out(key, _WRITTEN_AXIS.format(name))
            for name, key in axes().items()
        },
        may_be_empty=False,
    )


def _spelt_out(key: Key, at: str) -> Key:
    """A key that the schema describes in another place."""
    return Key(Same(key.kind, at), key.says)


def _variant() -> Keys:
    return Keys(
        {
            "server": Key(Name("server", tuple(server_catalog())), "The file of servers/ that it is a variant of."),
            "args": Key(ListOf(Text()), "Arguments that are added to the server's command line.", (["--http", "h11"],)),
            "env": Key(
                Named(Text(_environment_name), Text()),
                "Environment variables that are set for the server.",
                ({"PYTHONOPTIMIZE": "1"},),
            ),
        },
        required=("server",),
    )


def _conditions() -> str:
    """What may be asked of each metric, in a sentence."""
    return "; ".join(f"{metric}: {examples}" for metric, examples in EXAMPLES.items())


def _variant_name(name: str) -> str | None:
    if name in server_catalog():
        return f"{shown(name)} is a server of its own; give the variant another name"
    if name in RESERVED:
        return f"{shown(name)} has a meaning of its own under `compare`; give the variant another name"
    if name.endswith(SUFFIX):
        return f"a name that ends in {shown(SUFFIX)} is one of the A/A control; give the variant another name"
    return None


def _environment_name(name: str) -> str | None:
    if "=" in name:
        return f"expected the name of an environment variable, found {shown(name)}; leave out '=' and what follows"
    return None
