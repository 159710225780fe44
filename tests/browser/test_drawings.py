import os
import pickle
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.model.words import one_line
from harness.report.chart import THEMES, Chart
from harness.report.charts.catalog import draw_charts
from harness.report.charts.svg import draw
from harness.report.charts.theme import config
from tests.builders.findings import Run
from tests.unit.report.charts.runs import HOSTILE, bursts, whole

SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {f"{SVG}{tag}" for tag in ("svg", "g", "path", "rect", "line", "text", "tspan", "defs", "clipPath", "title")}


@pytest.fixture(scope="module")
def hostile() -> tuple[Chart, ...]:
    run = whole(Run(servers=HOSTILE, concurrencies=(1, 41)))
    return draw_charts(run, bursts(run))


@pytest.fixture(scope="module")
def drawings(hostile: tuple[Chart, ...]) -> dict[str, str]:
    return {f"{chart.name}-{theme}": draw(chart, theme) for chart in hostile for theme in THEMES}


def parsed(drawing: str) -> ET.Element:
    return ET.fromstring(drawing)  # noqa: S314 - drawn right here


def test_a_drawing_is_a_document_that_loads_and_runs_nothing(drawings: dict[str, str]) -> None:
    for drawing in map(parsed, drawings.values()):
        assert {element.tag for element in drawing.iter()} <= HARMLESS
        names = {name.lower() for element in drawing.iter() for name in element.attrib}
        assert not any(name.startswith("on") or name.endswith("href") for name in names)
        values = [value for element in drawing.iter() for value in element.attrib.values()]
        assert not any("://" in value or "url(" in value.replace("url(#", "") for value in values)


def test_a_drawing_says_how_large_it_is_and_fits_the_column_that_it_is_shown_in(drawings: dict[str, str]) -> None:
    for name, drawing in drawings.items():
        size = parsed(drawing).attrib
        assert size["viewBox"] == f"0 0 {size['width']} {size['height']}"
        assert 600 < float(size["width"]) < 900, name


def test_no_figure_is_drawn_where_there_is_no_number(drawings: dict[str, str]) -> None:
    assert not [name for name, drawing in drawings.items() if re.search("NaN|Infinity|undefined|null", drawing)]


def test_names_are_shown_as_they_are_written_and_cut_where_there_is_no_room(drawings: dict[str, str]) -> None:
    texts = {element.text or "" for drawing in drawings.values() for element in parsed(drawing).iter(f"{SVG}text")}

    for name in map(one_line, HOSTILE):
        assert any(name == text or (text.endswith("…") and name.startswith(text[:-1])) for text in texts), name


def test_the_same_chart_is_the_same_bytes_in_every_process(
    hostile: tuple[Chart, ...], drawings: dict[str, str], tmp_path: Path
) -> None:
    some = [chart for chart in hostile if chart.name in {"staircase", "waves", "control"}]
    (tmp_path / "charts").write_bytes(pickle.dumps(some))
    program = (
        "import pickle, sys, hashlib; from harness.report.charts.svg import draw\n"
        "for chart in pickle.load(open(sys.argv[1], 'rb')):\n"
        "    print(chart.name, hashlib.sha256(draw(chart, 'light').encode()).hexdigest())\n"
    )
    places = (
        {"TZ": "UTC", "LANG": "C", "LC_ALL": "C", "HOME": str(tmp_path)},
        {"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8", "HOME": "/", "PYTHONHASHSEED": "7"},
    )
    here = [[name, sha256(drawings[f"{name}-light"].encode()).hexdigest()] for name in (chart.name for chart in some)]
    for place in places:
        told = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "charts")],
            env={"PATH": os.environ["PATH"], **place},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert [line.split() for line in told.splitlines()] == here


def test_nothing_is_fetched_to_draw() -> None:
    fetching = Chart("fetching", "", "", {"data": {"url": "http://127.0.0.1:9/rows.json"}, "mark": "point"})

    with pytest.raises(ValueError, match="allowed"):
        draw(fetching, "light")


def test_the_themes_differ_in_their_inks_alone() -> None:
    light, dark = map(config, THEMES)

    def keys(of: object) -> object:
        return {key: keys(value) for key, value in of.items()} if isinstance(of, dict) else None

    assert keys(light) == keys(dark)
    assert light["background"] != dark["background"]
