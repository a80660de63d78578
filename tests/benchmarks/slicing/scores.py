"""How well two ways to group the same items agree."""

from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb


def rand(given: Sequence[Hashable], answer: Sequence[Hashable]) -> float:
    """Return the adjusted Rand index (Hubert & Arabie 1985): 1 for the same, 0 for chance."""
    both = sum(comb(count, 2) for count in Counter(zip(given, answer, strict=True)).values())
    ours, theirs = (
        sum(comb(count, 2) for count in Counter(one).values()) for one in (given, answer)
    )
    pairs = comb(len(given), 2)
    expected = ours * theirs / pairs if pairs else 0.0
    most = (ours + theirs) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def accuracy(given: Sequence[Hashable], answer: Sequence[Hashable]) -> float:
    """Return the share of items that are right when groups are matched in the best way."""
    wanted = sorted(set(answer), key=repr)  # at most five
    counts = Counter(zip(answer, given, strict=True))
    best = {0: 0}  # by the answer's groups that are matched, as a mask
    for group in sorted(set(given), key=repr):
        for mask, right in list(best.items()):
            for number, one in enumerate(wanted):
                if not mask >> number & 1:
                    key = mask | 1 << number
                    best[key] = max(best.get(key, 0), right + counts[one, group])
    return max(best.values()) / len(given)
