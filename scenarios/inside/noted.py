"""What a scenario is told by what it works with, for the layer that says what is in force."""

noted_versions: dict[str, str] = {}
"""Versions of what is no distribution of this Python, such as a database, by name."""
