"""How figures are written: with as many digits as they are worth."""

from collections.abc import Iterable, Sequence

from harness.analysis.findings import Percentiles

NONE = "—"
"""The placeholder for a missing figure."""

_WHOLE_FROM_MS = 100
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def seconds(value_s: float) -> str:
    """Return seconds, without the unit: three decimals in the middle, fewer from 10 s on, three digits below 100 ms."""
    for least_s, decimals in ((100, 1), (10, 2), (0.1, 3), (0.01, 4)):
        if value_s >= least_s:
            return f"{value_s:.{decimals}f}"
    return f"{value_s:.5f}"


def milliseconds(value_ms: float) -> str:
    """Return milliseconds, without the unit: two decimals below 10 ms, none from a second on."""
    return _figure(value_ms)


def per_second(value_rps: float) -> str:
    """Return requests per second: two decimals below 10, none from a thousand on."""
    return _figure(value_rps)


def _figure(value: float) -> str:
    for least, decimals in ((1000, 0), (10, 1)):
        if abs(value) >= least:
            return f"{value:.{decimals}f}"
    return f"{value:.2f}"


def middle_and_tail(times: Percentiles | None) -> str:
    """Return median / 99th percentile in milliseconds, a dash for a missing one."""
    if times is None:
        return NONE
    return f"{milliseconds(times.p50_ms)} / {NONE if times.p99_ms is None else milliseconds(times.p99_ms)}"


def whole(value: float | None) -> str:
    """Return a figure without decimals."""
    return NONE if value is None else f"{value:.0f}"


def lasting(value_ms: float) -> str:
    """Return a time for a sentence, with its unit: 2.01 s, 205 ms, 12.3 ms."""
    value_s = round(value_ms) / 1000
    return f"{short_s(value_s)} s" if value_s >= 1 else f"{short_ms(value_ms)} ms"


def short_s(value_s: float) -> str:
    """Return seconds for a sentence, without the unit: hundredths, from 10 s on tenths, below 100 ms two digits."""
    for least_s, form in ((10, ".1f"), (0.1, ".2f")):
        if value_s >= least_s:
            return f"{value_s:{form}}"
    return f"{value_s:.2g}"


def short_ms(value_ms: float) -> str:
    """Return milliseconds for a sentence, without the unit: whole ones from 100 ms on."""
    return milliseconds(value_ms) if value_ms < _WHOLE_FROM_MS else f"{value_ms:.0f}"


def ratio(value: float) -> str:
    """Return a ratio with two decimals."""
    return f"{value:.2f}"


def times(ratios: Iterable[float]) -> str:
    """Return the range of ratios, with two decimals."""
    return between(map(ratio, ratios))


def percent(share: float) -> str:
    """Return a share that was set, in percent: 5%, 2.5%."""
    return f"{100 * share:.3g}%"


def measured(share: float) -> str:
    """Return a share that was measured, in percent with one decimal."""
    return f"{100 * share:.1f}%"


def change(factor: float) -> str:
    """Return by how much a factor differs from 1, in percent, with its sign; nothing has a plus."""
    # What rounds to zero from below would print as -0.0; adding zero makes it a plain one.
    return f"{round(100 * (factor - 1), 1) + 0.0:+.1f}%"


def between(figures: Iterable[str]) -> str:
    """Return the lowest and the highest of some formatted figures, or the only one."""
    ordered = sorted(figures, key=float)
    return ordered[0] if ordered[0] == ordered[-1] else f"{ordered[0]} to {ordered[-1]}"


def spell_number(number: int) -> str:
    """Return a number as a word, up to ten."""
    return _WORDS[number] if number < len(_WORDS) else str(number)


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
