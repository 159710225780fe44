"""From the nodes of a matrix file to what it asks for: alone, and with each of its profiles laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from harness.matrix.apps import APPS, apart
from harness.matrix.axes import AXES, REQUIRED_AXES, Value, axis_defaults
from harness.matrix.conditions import Condition
from harness.matrix.containers import Section, value_of
from harness.matrix.format import defaults, document, engine_defaults
from harness.matrix.known import styles_of
from harness.matrix.nodes import Place, Problems, Written
from harness.model.apps import OwnApp
from harness.model.plan import Limits, Load, Variant

_ONE_BY_ONE = ("matrix", "servers", "client", "parameters", APPS)
"""The keys of which a profile replaces what it names, and nothing else."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of `exclude` or `include`: the values that it names for some of the axes."""

    place: Place
    values: Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True)
class Axes:
    """What spans the combinations: a value or more for every axis, and what is then taken out and added.

    `written` are the axes that the file itself gives values to, `styles` those of every scenario that there is.
    """

    place: Place
    values: Mapping[str, tuple[Value, ...]]
    written: frozenset[str]
    exclude: tuple[Entry, ...]
    include: tuple[Entry, ...]
    styles: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a file says beside its axes."""

    title: str
    delay_s: float | None
    parameters: Mapping[str, float]
    executor: str
    min_blocks: int
    blocks: int
    seed: int
    baseline: Mapping[str, str | int]
    practical_difference: float
    limits: Limits
    load: Load
    variants: Mapping[str, Variant]
    apps: Mapping[str, OwnApp]
    database: str | None
    compare: tuple[Written, ...]
    thresholds: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """A file as it was read: its own settings, and those of each profile."""

    base: Section
    profiles: Mapping[str, Section]

    def own(self, profile: str | None) -> Section:
        """What a profile says itself, or the file without any."""
        return self.base if profile is None else self.profiles[profile]

    def with_profile(self, profile: str | None) -> Section:
        """The settings that count: a profile replaces keys, one by one in those of `_ONE_BY_ONE`."""
        if profile is None:
            return self.base
        overlay = self.profiles[profile]
        merged = {**self.base, **overlay}
        for name in _ONE_BY_ONE:
            beneath, above = self.base.get(name), overlay.get(name)
            if beneath and above and beneath.value is not None and above.value is not None:
                merged[name] = Written({**beneath.value, **above.value}, above.place)
        return merged


def read(root: Node, folder: Path, problems: Problems) -> Layers:
    """Read a whole file, which lies in that folder; what cannot be read is noted and left out."""
    section = document().read(root, problems) or {}
    base = {name: written for name, written in section.items() if name != "profiles"}
    profiles = value_of(section, "profiles") or {}
    overlays = {name: overlay.value for name, overlay in profiles.items() if overlay.value is not None}
    return Layers(
        apart(base, folder, problems), {name: apart(each, folder, problems) for name, each in overlays.items()}
    )


def axes(section: Section) -> Axes | None:
    """The axes of settings that were read in full, or None where problems were noted with them."""
    matrix = section.get("matrix")
    if matrix is None or "scenario" not in section or not _is_whole((matrix, section["scenario"])):
        return None
    written = {"scenario": section["scenario"], **matrix.value}
    styles = styles_of(section)
    if not all(name in written for name in REQUIRED_AXES) or any(
        name.value not in styles for name in section["scenario"].value
    ):
        return None
    return Axes(
        place=matrix.place,
        values={name: _values(written[name]) if name in written else axis_defaults()[name] for name in AXES},
        written=frozenset(name for name in AXES if name in written),
        exclude=_entries(value_of(matrix.value, "exclude")),
        include=_entries(value_of(matrix.value, "include")),
        styles=styles,
    )


def settings(section: Section) -> Settings:
    """Everything else, with the default for what is left out or could not be read."""

    def value(name: str) -> Any:
        written = value_of(section, name)
        return defaults()[name] if written is None else written

    engine = engine_defaults() | {name: told.value for name, told in (value("client") or {}).items() if _is_whole(told)}
    min_blocks, blocks = value("blocks")
    return Settings(
        title=value("title"),
        delay_s=value("delay"),
        parameters={name: told.value for name, told in (value("parameters") or {}).items() if _is_whole(told)},
        executor=value("executor"),
        min_blocks=min_blocks,
        blocks=blocks,
        seed=value("seed"),
        baseline={name: written.value for name, written in (value("baseline") or {}).items()},
        practical_difference=value("practical_difference"),
        limits=Limits(ready_s=value("ready_timeout"), cell_s=value("deadline"), stop_s=value("stop_timeout")),
        load=Load(
            settle_s=value("settle"),
            warmup_s=value("warmup"),
            duration_s=value("duration"),
            processes=engine["processes"],
            connections=engine["connections"],
        ),
        variants={
            name: _variant(written)
            for name, written in (value("servers") or {}).items()
            if _is_whole(written) and "server" in written.value
        },
        apps={name: written.value for name, written in (value_of(section, APPS) or {}).items()},
        database=value_of(value("database") or {}, "url"),
        compare=value("compare") or (),
        thresholds=tuple(condition for told in (value("thresholds") or {}).values() for condition in told.value or ()),
    )


def _variant(written: Written) -> Variant:
    section = written.value
    env = {name: value.value for name, value in (value_of(section, "env") or {}).items()}
    args = tuple(argument.value for argument in value_of(section, "args") or ())
    return Variant(server=section["server"].value, args=args, env=env or None)


def _values(several: Written) -> tuple[Value, ...]:
    return tuple(value.value for value in several.value)


def _entries(entries: tuple[Written, ...] | None) -> tuple[Entry, ...]:
    return tuple(
        Entry(entry.place, {name: _values(entry.value[name]) for name in AXES if name in entry.value})
        for entry in entries or ()
    )


def _is_whole(value: Any) -> bool:
    """Whether everything within a value could be read."""
    match value:
        case Written():
            return _is_whole(value.value)
        case tuple():
            return all(_is_whole(item) for item in value)
        case dict():
            return all(_is_whole(item) for item in value.values())
        case _:
            return value is not None
