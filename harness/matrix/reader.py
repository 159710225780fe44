"""From the tree of a matrix file to its settings: alone, and with each of its profiles laid over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.matrix.apps import AppKeys, missing_places, relocate
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.kinds import problems_in
from harness.matrix.positions import KEY, PathSteps, Problems, Section, describe, locate, unknown
from harness.matrix.schema import Document, Layer
from harness.model.apps import OwnApp
from harness.model.axes import MATRIX_AXES, Value
from harness.model.plan import Variant

_ONE_BY_ONE = ("matrix", "servers", "client", "parameters")
"""The keys of which a profile replaces what it names, and nothing else."""

_PRUNED_INSIDE = ("matrix", "servers", "client", "parameters", "baseline", "thresholds")
"""The keys of which the rest can be checked if a part cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts with one profile, or with none.

    `tree` is the file with the profile laid over it, `own` what the profile says itself: what it merely inherits need
    not fit the rest. `keys` has everything that could be read, `unreadable` the top-level keys of which a part could
    not. `apps` are the user's apps, those of the file included.
    """

    tree: Section
    own: Section
    keys: Layer
    unreadable: frozenset[str]
    apps: Mapping[str, OwnApp]
    problems: Problems

    def note(self, steps: PathSteps, text: str) -> None:
        """Note a problem with what steps lead to."""
        self.problems.add(locate(self.tree, steps), text)

    @property
    def scenarios(self) -> list[str]:
        """The names of the scenarios."""
        return [str(each) for each in self.keys.scenario or ()]

    @property
    def baseline(self) -> dict[str, Any]:
        """The values of the baseline by axis, empty without a baseline."""
        return self.keys.baseline.by_axis() if self.keys.baseline else {}

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters of scenarios that the file sets."""
        return self.keys.parameters.model_dump(exclude_unset=True) if self.keys.parameters else {}

    @property
    def database(self) -> str | None:
        """The URL of the user's own PostgreSQL."""
        return self.keys.database.url if self.keys.database else None

    @property
    def variants(self) -> dict[str, Variant]:
        """Every server by its names in this matrix."""
        named = {name: Variant(keys.server, keys.args, keys.env or None) for name, keys in self.keys.servers.items()}
        return {**{name: Variant(name) for name in server_catalog()}, **named}

    @property
    def server_names(self) -> list[str]:
        """The names of all servers, those of variants that cannot be read included."""
        return list(dict.fromkeys([*self.variants, *self._written("servers")]))

    @property
    def styles(self) -> dict[str, tuple[str, ...]]:
        """The styles of every known scenario; those of an app are its endpoints."""
        known = {name: tuple(scenario.styles) for name, scenario in scenario_catalog().items()}
        return known | {name: tuple(app.endpoints) for name, app in self.apps.items()}

    def _written(self, name: str) -> Section:
        section = self.tree.get(name)
        return section if isinstance(section, Section) else Section(self.tree.place)

    def listed(self) -> dict[str, tuple[Value, ...]]:
        """Return what the file lists for each axis."""
        matrix = self.keys.matrix.by_axis() if self.keys.matrix else {}
        scenarios = self.scenarios
        if scenarios and all(name in self.apps for name in scenarios):
            defaults = {axis.name: (axis.own_app_default,) for axis in MATRIX_AXES if axis.own_app_default is not None}
            matrix = defaults | matrix
        return {"scenario": tuple(scenarios), **matrix} if scenarios else matrix


def read_settings(root: Any, folder: Path, problems: Problems) -> dict[str | None, Settings]:
    """Return the settings of a file in a folder by profile, None standing for no profile.

    What cannot be read is noted and left out.
    """
    if not isinstance(root, Section):
        problems.add(root.place, f"expected a mapping with keys such as 'title', found {describe(root)}")
        return {}
    for name in root:
        if name not in Document.model_fields:
            problems.add(root.key_places[name], unknown("key", name, Document.model_fields))
    base_tree = root.without("profiles", *(root.keys() - Document.model_fields.keys()))
    base = _read_layer(base_tree, base_tree, {}, folder, problems)
    settings: dict[str | None, Settings] = {None: base}
    profiles = root.get("profiles", Section(root.place))
    if not isinstance(profiles, Section):
        problems.add(profiles.place, f"expected a mapping, found {describe(profiles)}")
        return settings
    for name, own in profiles.items():
        if isinstance(own, Section):
            settings[name] = _read_layer(_lay_over(base_tree, own), own, base.apps, folder, problems)
        else:
            problems.add(own.place, f"expected a mapping with keys such as 'title', found {describe(own)}")
    return settings


def _lay_over(base: Section, own: Section) -> Section:
    """Return the tree of a file in which the keys of a profile replace those of the file.

    What a file has to have, a profile cannot bring.
    """
    merged = base.overlaid(own.without(*({"scenario", "matrix"} - base.keys())))
    for name in _ONE_BY_ONE:
        beneath, above = base.get(name), own.get(name)
        if isinstance(beneath, Section) and isinstance(above, Section):
            merged[name] = beneath.overlaid(above)
    return merged


def _read_layer(
    tree: Section, own: Section, inherited: Mapping[str, OwnApp], folder: Path, problems: Problems
) -> Settings:
    keys, unreadable = _read_all_sound(tree, problems)
    apps = dict(inherited)
    for index, each in enumerate(keys.scenario or ()):
        if isinstance(each, AppKeys):
            app = each.own_app()
            apps[str(each)] = relocate(app, folder)
            for missing in missing_places(app, folder):
                problems.add(locate(tree, ("scenario", index)), f"{missing}; write it relative to this file")
    return Settings(tree, own, keys, unreadable, apps, Problems())


def _read_all_sound(tree: Section, problems: Problems) -> tuple[Layer, frozenset[str]]:
    """Return what is sound in a tree, and the top-level keys of which something is not, after noting why."""
    unreadable: set[str] = set()
    sound = tree
    while True:
        try:
            return Layer.model_validate(sound), frozenset(unreadable)
        except ValidationError as error:
            found = problems_in(error)
        # What is wrong with the rest of a tree that was cut may be wrong with the cut only.
        if sound is tree:
            for steps, text in found:
                problems.add(locate(tree, steps), text)
        for steps, _ in found:
            sound = _without(sound, steps)
            unreadable.add(str(steps[0]))


def _without(tree: Section, steps: PathSteps) -> Section:
    """Return a tree without the part that steps lead into."""
    name = str(steps[0])
    inside = tree.get(name)
    if name in _PRUNED_INSIDE and isinstance(inside, Section) and len(steps) > 1 and steps[1] != KEY:
        pruned = tree.without()
        pruned[name] = inside.without(str(steps[1]))
        return pruned
    return tree.without(name)
