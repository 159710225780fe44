"""From the tree of a matrix file to its settings: alone, and with each of its profiles laid over it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.matrix.apps import AppKeys, missing_places, relocate
from harness.matrix.catalog import scenario_catalog, server_catalog
from harness.matrix.kinds import Key, UnreadableError, unknown_keys
from harness.matrix.positions import Entries, Problem, Problems, describe, items_of
from harness.matrix.schema import LAYER_KEYS, PROFILES, Layer
from harness.model.apps import OwnApp
from harness.model.axes import MATRIX_AXES, Value
from harness.model.plan import Variant

_ONE_BY_ONE = ("matrix", "servers", "client", "parameters")
"""The mappings of which a profile replaces single keys only."""

_PRUNED_INSIDE = (*_ONE_BY_ONE, "baseline", "thresholds")
"""The keys of which the rest can be checked if a part cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with one profile, or with none.

    `tree` is the file with the profile laid over it, `own` the profile alone: inherited parts need not fit the rest.
    `keys` has everything that could be read, `unreadable` the top-level keys of which a part could not. `apps` are the
    user's apps, those of the file included.
    """

    tree: Entries
    own: Entries
    keys: Layer
    unreadable: frozenset[str]
    apps: Mapping[str, OwnApp]

    @property
    def scenarios(self) -> list[str]:
        """The names of the scenarios."""
        return [str(each) for each in self.keys.scenario or ()]

    @property
    def baseline(self) -> dict[str, Any]:
        """The values of the baseline by axis, empty without a baseline."""
        return {name: value for name, (value,) in self.keys.baseline.values.items()} if self.keys.baseline else {}

    @property
    def variants(self) -> dict[str, Variant]:
        """Every server by its names in this matrix."""
        return {name: Variant(name) for name in server_catalog()} | dict(self.keys.servers)

    @property
    def styles(self) -> dict[str, tuple[str, ...]]:
        """The styles of every known scenario; those of an app are its endpoints."""
        known = {name: tuple(scenario.styles) for name, scenario in scenario_catalog().items()}
        return known | {name: tuple(app.endpoints) for name, app in self.apps.items()}

    @property
    def listed(self) -> dict[str, tuple[Value, ...]]:
        """The values that the file lists for each axis."""
        matrix, scenarios = dict(self.keys.matrix.values), self.scenarios
        if scenarios and all(name in self.apps for name in scenarios):
            defaults = {axis.name: (axis.own_app_default,) for axis in MATRIX_AXES if axis.own_app_default is not None}
            matrix = defaults | matrix
        return {"scenario": tuple(scenarios), **matrix} if scenarios else matrix


def read_settings(root: Any, folder: Path, problems: Problems) -> dict[str | None, Settings]:
    """Return the settings of a file in a folder by profile, None standing for no profile.

    Problems with unreadable parts are noted, and these parts left out.
    """
    if not isinstance(root, Entries):
        problems.add(root.place, f"expected a mapping with keys such as 'title', found {describe(root)}")
        return {}
    problems.extend(unknown_keys(root, {**LAYER_KEYS, "profiles": PROFILES}))
    base_tree = root.without("profiles", *(root.keys() - LAYER_KEYS.keys()))
    base = _read_layer(base_tree, base_tree, {}, folder, problems)
    settings: dict[str | None, Settings] = {None: base}
    profiles = root.get("profiles", Entries(root.place))
    if not isinstance(profiles, Entries):
        problems.add(profiles.place, f"expected a mapping, found {describe(profiles)}")
        return settings
    for name, own in profiles.items():
        if isinstance(own, Entries):
            settings[name] = _read_layer(_lay_over(base_tree, own), own, base.apps, folder, problems)
        else:
            problems.add(own.place, f"expected a mapping with keys such as 'title', found {describe(own)}")
    return settings


def _lay_over(base: Entries, own: Entries) -> Entries:
    """Return the tree of a file in which the keys of a profile replace those of the file.

    A profile cannot bring the keys that every file must have.
    """
    merged = base.overlaid(own.without(*({"scenario", "matrix"} - base.keys())))
    for name in _ONE_BY_ONE:
        beneath, above = base.get(name), own.get(name)
        if isinstance(beneath, Entries) and isinstance(above, Entries):
            merged[name] = beneath.overlaid(above)
    return merged


def _read_layer(
    tree: Entries, own: Entries, inherited: Mapping[str, OwnApp], folder: Path, problems: Problems
) -> Settings:
    """Return the settings of a tree, without its unreadable parts, after noting why these cannot be read."""
    problems.extend(unknown_keys(tree, LAYER_KEYS))
    found: dict[str, Any] = {}
    unreadable: set[str] = set()
    for name, key in LAYER_KEYS.items():
        found[name], wrong = _read_sound(name, key, tree[name]) if name in tree else (key.read_default(), [])
        problems.extend(wrong)
        if wrong:
            unreadable.add(name)
    keys = Layer(**found)
    apps = dict(inherited)
    for each, written in zip(keys.scenario or (), items_of(tree.get("scenario")), strict=False):
        if isinstance(each, AppKeys):
            apps[str(each)] = relocate(each, folder)
            for missing in missing_places(each, folder):
                problems.add(written.place, f"{missing}; write it relative to this file")
    return Settings(tree, own, keys, frozenset(unreadable), apps)


def _read_sound(name: str, key: Key, value: Any) -> tuple[Any, list[Problem]]:
    """Return the value of a key as far as it can be read, and its problems."""
    try:
        return key.kind.read(value), []
    except UnreadableError as error:
        problems, bad = error.problems, error.keys
    # Further problems may only come from the cut.
    with suppress(UnreadableError):
        if bad and name in _PRUNED_INSIDE:
            return key.kind.read(value.without(*bad)), problems
    return key.read_default(), problems
