from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from harness.report.chart import Chart
from harness.report.document import (
    Block,
    Bullets,
    Caution,
    Code,
    Details,
    Figure,
    Paragraph,
    Section,
    Subheading,
    TableCell,
    Tone,
    code,
    line,
    link,
    strong,
    table,
)
from harness.report.html import render_blocks, render_line, render_section

CHART = Chart("name", "title", "alt", {})


class Seen(HTMLParser):
    """Collects the tags and the text of HTML, and fails where tags do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def see(html: str) -> Seen:
    seen = Seen()
    seen.feed(html)
    seen.close()
    assert seen.open == []
    return seen


def draw(chart: Chart) -> str:
    return f"<figure>{chart.name}</figure>"


@given(st.text())
def test_foreign_text_is_shown_and_makes_no_tag(words: str) -> None:
    blocks: list[Block] = [
        Subheading(line("{}", words)),
        Paragraph(line("{} {} {}", words, code(words), strong(words))),
        Bullets((link(words, f"https://a/{words}"),)),
        Code(words),
        table([words], [[words]], "l"),
        Details(line("{}", words), (Paragraph(line("{}", words)),)),
        Caution(line("{}", words)),
        Figure(CHART),
    ]
    seen = see(render_blocks(blocks, draw))
    assert set(seen.tags) <= {
        *("h3", "p", "code", "strong", "ul", "li", "a", "pre", "div", "table", "caption", "thead", "tbody", "tr"),
        *("th", "td", "details", "summary", "figure"),
    }


def test_a_section_has_its_name_as_anchor_and_its_finding_as_summary() -> None:
    section = Section("why", "Why?", (Paragraph(line("`a`")),), rank=2, finding=line("Because."))
    assert render_section(section, draw) == (
        '<section aria-label="Why?">\n<h2 id="why">Why?</h2>\n'
        "<details><summary>Because.</summary>\n<p><code>a</code></p>\n</details>\n</section>"
    )


def test_cells_carry_their_side_and_their_tone_as_classes() -> None:
    made = table(["a", "b"], [[TableCell(line("x"), Tone.GOOD), "1"]], "lr")
    html = render_blocks([made], draw, "caption")
    assert '<td class="good">x</td><td class="figure">1</td>' in html
    assert '<caption class="unseen">caption</caption>' in html


def test_a_line_links_and_marks_up_its_spans() -> None:
    assert render_line(line("{} {}", strong(code("a")), link("b", "c.json"))) == (
        '<strong><code>a</code></strong> <a href="c.json">b</a>'
    )
