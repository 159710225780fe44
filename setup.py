"""Derives the extras from `servers/` and `scenarios/`; everything else is in `pyproject.toml`."""

import sys
from pathlib import Path

from setuptools import setup

# A build does not import from the folder of the project by itself.
sys.path.insert(0, str(Path(__file__).parent))

from harness.matrix.extras import find_extras

setup(extras_require=find_extras())
