"""How likely two changed files belong to one pull request: by words, names and history.

The weights are logistic regressions on commits of 22 public repositories, tangled and whole. They
are data: change them only by the measurement of docs/slicing.md.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import Final, NamedTuple

from planner.slicing.grouping.linkage import UNIT, Link, Pair
from planner.slicing.grouping.traits import Traits
from planner.slicing.grouping.words import Rarity

LEAST: Final = round(0.12 * UNIT)
"""How close two groups must be to be joined at all."""
_MOST_ITEMS: Final = 100  # a word of more items says little, and costs all their pairs
_MANY: Final = 400  # items from which on a word of fewer says little
_RARE: Final = 0.02  # of the files: a name that more of them have cannot be traced to one
_RAREST: Final = 3  # shared words that count by themselves
_MOST_PATHS: Final = 30  # of a commit that says what belongs together

_Weights = Sequence[Mapping[str, float]]
_Shared = Sequence[tuple[str, Sequence[int]]]


class Together(NamedTuple):
    """How much items changed, and two of them in one commit; a commit of many paths weighs less.

    Attributes:
        commits: how many commits changed each item.
        alone: the weight of these.
        pairs: the weight of the commits that changed both.
    """

    commits: Sequence[int]
    alone: Sequence[float]
    pairs: Mapping[Pair, float]


def together(items: Sequence[Iterable[bytes]], history: Iterable[Sequence[bytes]]) -> Together:
    """Count what changed together.

    Args:
        items: the paths of each item; several items may be parts of one path.
        history: the paths of each commit.
    """
    items_of: dict[bytes, list[int]] = defaultdict(list)
    for number, paths in enumerate(items):
        for path in paths:
            items_of[path].append(number)
    commits, alone = [0] * len(items), [0.0] * len(items)
    pairs: dict[Pair, float] = defaultdict(float)
    for changed in history:
        if len(changed) > _MOST_PATHS:
            continue
        known = sorted({number for path in changed for number in items_of.get(path, ())})
        weight = 2 / max(2, len(changed))
        for number in known:
            commits[number] += 1
            alone[number] += weight
        for pair in combinations(known, 2):
            pairs[pair] += weight
    return Together(commits, alone, pairs)


class Likeness(NamedTuple):
    """What two items have in common; 0 where they have nothing.

    Attributes:
        words: the cosine of the words of their changed lines and of their paths.
        edited: the cosine of the words that they gained or lost.
        rarest: how rare the three rarest words are that both have.
        uses: how rare the names are that one adds and the other has in a changed line.
        mention: how rare the name of one file is that the other has in a changed line.
        history: the share of the commits of either that changed both.
        names: of the item with fewer, how many identifiers its changed lines have.
        most_names: the same of the other.
        commits: of the item with fewer, how many commits changed it.
        removed: the cosine of the words of their removed lines.
        growth: how far apart the shares of added lines are.
        are_new: whether the change adds both.
        are_documents: whether both are written for people.
    """

    words: float = 0.0
    edited: float = 0.0
    rarest: float = 0.0
    uses: float = 0.0
    mention: float = 0.0
    history: float = 0.0
    names: int = 0
    most_names: int = 0
    commits: int = 0
    removed: float = 0.0
    growth: float = 0.0
    are_new: bool = False
    are_documents: bool = False

    @property
    def probability(self) -> float:
        """How likely they belong together, from 0 to 1."""
        return 1 / (1 + math.exp(-self._score()))

    def _score(self) -> float:
        return (
            6.78
            + 0.42 * math.log(0.01 + self.words)
            + 0.215 * math.log(0.01 + self.edited)
            + 0.175 * math.log(0.01 + self.removed)
            + 0.105 * self.rarest
            + 0.32 * (1 - math.exp(-self.uses / 8))
            + 0.13 * self.mention
            + 0.79 * math.log(0.01 + self.history)
            - 0.37 * math.log(1 + self.names)
            - 0.23 * math.log(1 + self.most_names)
            - 0.14 * math.log(1 + self.commits)
            - 0.66 * self.growth
            + 0.97 * self.are_new
            + 0.88 * self.are_documents
        )


def is_one(link: Link) -> bool:
    """Whether two groups are likely one: close, and not much less than each is within itself.

    Two that both have source code are less likely one.
    """
    return (
        4.56
        + 1.30 * odds(link.mean)
        + 0.35 * odds(link.most)
        - 0.57 * math.log(link.size)
        - 0.76 * link.other / UNIT
        - 2.29 * link.loose / UNIT
        - 2.41 * link.tight / UNIT
        - 0.48 * link.have_source
    ) > 0


def odds(closeness: float) -> float:
    """Return the logarithm of the odds of a closeness, which is from 0 to UNIT."""
    share = min(max(closeness / UNIT, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


OTHERWISE: Final = round(Likeness(names=10, most_names=40, commits=10).probability * UNIT)
"""How close two items are that have nothing in common."""


def likenesses(
    items: Sequence[Traits], rarity: Rarity, history: Together, of: Sequence[int] | None = None
) -> dict[Pair, Likeness]:
    """Return what two items have in common, by pair, for all pairs that have anything.

    Args:
        of: the item of the history that each is, or is a part of; of parts that have nothing but
            the history in common there are too many.
    """
    of = range(len(items)) if of is None else of
    most = _MOST_ITEMS * _MANY // max(_MANY, len(items))
    bags = [item.words for item in items]
    having = _having(bags)
    shared = _shared(having, most)
    words = _cosines([_weighted(bag, rarity) for bag in bags], shared)
    edited_bags = [item.edited for item in items]
    edited_local = _local(edited_bags)
    edited = _cosines(
        [
            {word: weight * edited_local[word] for word, weight in _weighted(bag, rarity).items()}
            for bag in edited_bags
        ],
        _shared(_having(edited_bags), most),
    )
    removed_bags = [item.removed for item in items]
    removed = _cosines(
        [_weighted(bag, rarity) for bag in removed_bags], _shared(_having(removed_bags), most)
    )
    rarest = _rarest(shared, len(items), rarity)
    uses = _uses(items, rarity, most)
    mention = _mentions(items, having, rarity, most)
    lengths = [len(item.changed) for item in items]
    found = {}
    for pair in sorted({*words, *edited, *rarest, *uses, *mention, *history.pairs}):
        first, second = pair
        found[pair] = Likeness(
            words.get(pair, 0.0),
            edited.get(pair, 0.0),
            rarest.get(pair, 0.0),
            uses.get(pair, 0.0),
            mention.get(pair, 0.0),
            _share(history, of[first], of[second]),
            min(lengths[first], lengths[second]),
            max(lengths[first], lengths[second]),
            min(history.commits[of[first]], history.commits[of[second]]),
            removed.get(pair, 0.0),
            abs(items[first].growth - items[second].growth),
            items[first].is_new and items[second].is_new,
            items[first].is_document and items[second].is_document,
        )
    return found


def closeness(alike: Mapping[Pair, Likeness]) -> dict[Pair, int]:
    """Return how close pairs of items are, from 0 to UNIT."""
    return {pair: round(one.probability * UNIT) for pair, one in alike.items()}


def _share(history: Together, first: int, second: int) -> float:
    pair = (min(first, second), max(first, second))
    both = history.alone[first] if first == second else history.pairs.get(pair, 0.0)
    return both / (history.alone[first] + history.alone[second] - both + 2)


def _weighted(bag: Mapping[str, int], rarity: Rarity) -> dict[str, float]:
    return {word: math.log(1 + count) * rarity.idf(word) for word, count in bag.items()}


def _local(bags: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """Return how rare each word is among the items."""
    items_of = Counter(word for bag in bags for word in bag)
    return {word: _among(len(bags), count) for word, count in items_of.items()}


def _among(items: int, count: int) -> float:
    return math.log(1 + items / count)


def _having(bags: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """Return the items that have a word, for each word."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, bag in enumerate(bags):
        for word in bag:
            having[word].append(number)
    return having


def _shared(having: Mapping[str, list[int]], most: int) -> _Shared:
    """Return the words that two items or more have, in order, with these items.

    Sums of floats depend on their order, and that of a set is another one in each run.

    Args:
        most: a word of more items is left out.
    """
    return sorted(one for one in having.items() if 2 <= len(one[1]) <= most)


def _cosines(vectors: _Weights, shared: _Shared) -> dict[Pair, float]:
    """Return the cosines of all pairs of vectors that have a shared word in common."""
    lengths = [math.sqrt(math.fsum(weight * weight for weight in one.values())) for one in vectors]
    rows: list[dict[int, float]] = [{} for _ in vectors]  # plain, for it is the innermost loop
    for word, numbers in shared:
        weights = [vectors[number][word] for number in numbers]
        for at, (first, weight) in enumerate(zip(numbers, weights, strict=True), 1):
            row = rows[first]
            for second, other in zip(numbers[at:], weights[at:], strict=True):
                row[second] = row.get(second, 0.0) + weight * other
    return {
        (first, second): value / (lengths[first] * lengths[second])
        for first, row in enumerate(rows)
        for second, value in row.items()
        if value
    }


def _rarest(shared: _Shared, items: int, rarity: Rarity) -> dict[Pair, float]:
    """Return how rare the rarest words are that two items have, for those that have any."""
    rareness = {word: _among(items, len(numbers)) * rarity.idf(word) for word, numbers in shared}
    counts: dict[Pair, int] = {}
    sums: dict[Pair, float] = {}
    for word, numbers in sorted(shared, key=lambda one: (-rareness[one[0]], one[0])):
        for pair in combinations(numbers, 2):
            count = counts.get(pair, 0)
            if count < _RAREST:
                counts[pair] = count + 1
                sums[pair] = sums.get(pair, 0.0) + rareness[word]
    return sums


def _uses(items: Sequence[Traits], rarity: Rarity, most: int) -> dict[Pair, float]:
    """Return how rare the names are that one item adds and another has in its changed lines."""
    adding = _having(item.fresh for item in items)
    sums: dict[Pair, float] = defaultdict(float)  # from the item that adds
    for name, users in _shared(_having(item.changed for item in items), most):
        if name in adding and rarity.is_rare(name, _RARE):
            idf = rarity.idf(name)
            for pair in product(adding[name], users):
                sums[pair] += idf
    return _of_pairs(sums)


def _mentions(
    items: Sequence[Traits], having: Mapping[str, list[int]], rarity: Rarity, most: int
) -> dict[Pair, float]:
    """Return how rare the names of files are that other items have in their changed lines."""
    named = _having(item.stems for item in items)
    found: dict[Pair, float] = {}
    for word in having:
        stem = word.lower()
        if stem in named:
            idf = rarity.idf(stem)
            for pair in product(named[stem][:most], having[word]):
                found[pair] = max(found.get(pair, 0.0), idf)
    return _of_pairs(found)


def _of_pairs(directed: Mapping[Pair, float]) -> dict[Pair, float]:
    """Return the greater of both directions; an item with itself is no pair."""
    found: dict[Pair, float] = {}
    for (first, second), value in directed.items():
        if first != second:
            pair = (first, second) if first < second else (second, first)
            found[pair] = max(found.get(pair, 0.0), value)
    return found
