"""An app that cannot be imported."""

raise RuntimeError("there is no till")
