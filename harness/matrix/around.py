"""`concurrency: around-knees`: the numbers of requests between which the model puts the knees of a combination.

Spread evenly, k x limit x workers requests take k rounds of all threads, and a single one more takes a round more. So
each combination gets these two points of its own, for k = 1 and 2, in the place of the word, less those that `exclude`
takes out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from harness.matrix.axes import AROUND_KNEES, MOST_CONCURRENCY, Combination
from harness.matrix.forecast import DEFAULT_THREADS
from harness.matrix.nodes import Place, Problems

ROUNDS = (1, 2)


def with_points(
    combinations: Sequence[Combination], kept: Mapping[int, Iterable[int]], place: Place, problems: Problems
) -> Sequence[Combination]:
    """The combinations with numbers for the word, in ascending order among those that differ in nothing else.

    `kept` has what `exclude` leaves of the numbers, by the place of the combination, where it takes out any.
    """
    numbers: dict[Combination, set[int]] = {}
    worded = []
    for number, combination in enumerate(combinations):
        if combination.concurrency == AROUND_KNEES:
            worded.append(combination)
            numbers.setdefault(_alike(combination), set()).update(kept.get(number, points(combination)))
    if not worded:
        return combinations
    for each in one_for_each_size(worded):
        if not any(points(each)):
            text = f"'{AROUND_KNEES}' stands for no number up to {MOST_CONCURRENCY} where thread_limit is"
            sizes = f"{each.thread_limit} and workers is {each.workers}"
            problems.add(place, f"{text} {sizes}; exclude it there, or lower them")
    for combination in combinations:
        alike = _alike(combination)
        if alike in numbers and combination.concurrency != AROUND_KNEES:
            numbers[alike].add(int(combination.concurrency))
    return list(_replaced(combinations, {alike: sorted(numbers[alike]) for alike in numbers}))


def points(combination: Combination) -> Iterator[int]:
    """The numbers of requests around the knees of a combination, without those that are too many."""
    limit = DEFAULT_THREADS if combination.thread_limit == "default" else combination.thread_limit
    for rounds in ROUNDS:
        fit = rounds * limit * combination.workers
        yield from (number for number in (fit, fit + 1) if number <= MOST_CONCURRENCY)


def one_for_each_size(combinations: Iterable[Combination]) -> Collection[Combination]:
    """A combination for each thread limit and number of workers: those that agree in these have the same points."""
    return {(each.thread_limit, each.workers): each for each in combinations}.values()


def _replaced(combinations: Iterable[Combination], numbers: dict[Combination, list[int]]) -> Iterator[Combination]:
    """Every number where the first combination of its kind stood; a combination of another kind stays where it is."""
    done: set[Combination] = set()
    for combination in combinations:
        alike = _alike(combination)
        if alike not in numbers:
            yield combination
        elif alike not in done:
            done.add(alike)
            yield from (combination._replace(concurrency=number) for number in numbers[alike])


def _alike(combination: Combination) -> Combination:
    """What a combination has in common with those that differ from it in their concurrency only."""
    return combination._replace(concurrency=0)
