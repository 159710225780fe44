"""The published runs, found by what they are: which ones there are may change."""

from pathlib import Path

REPORTS = Path(__file__).parents[2] / "reports"


def folder(profile: str) -> Path:
    """The newest published run of a profile."""
    return max(REPORTS.glob(f"*-{profile}"))
