from pathlib import Path

import pytest

from harness.cli.arguments import FORMATS
from harness.report.formats import render_format
from tests.builders.findings import findings


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_that_can_be_asked_for_renders_a_report(name: str) -> None:
    assert render_format(name, findings(), (), Path("run"))
