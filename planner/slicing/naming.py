"""Names slices: by the commit that one is made of, else by the words that set it apart."""

import math
import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from planner.paths import path_text
from planner.repository.activity import OwnCommit
from planner.slicing.change import Change
from planner.slicing.grouping.words import path_words

_WORD: Final = re.compile(r"[a-z][a-z0-9]{2,23}")
_OF_PATHS: Final = 2.0  # a word of a path says more to people than one of a line
_MOST_WORDS: Final = 2
_LONGEST_ID: Final = 48
MECHANICAL: Final = ("mechanical", "Rename files and change their mode or format")


class Named(NamedTuple):
    """The id of a slice, and its title."""

    id: str
    title: str


def named(
    change: Change,
    groups: Sequence[Sequence[int]],
    mechanical: int,
    commits: Iterable[OwnCommit],
    taken: Iterable[str],
) -> list[Named]:
    """Name each group of items.

    Args:
        mechanical: the group of what only moves or changes its mode or format; -1 for none.
        commits: the branch's own; one whose files are a group's gives it its title.
        taken: ids that other slices have.
    """
    weights = [_weights(change, members) for members in groups]
    groups_of = Counter(word for one in weights for word in one)
    subjects = _subjects(change, groups, tuple(commits))
    used, tried = set(taken), Counter[str]()
    names = []
    for number, one in enumerate(weights):
        words = _best(one, groups_of, len(groups))
        if number == mechanical:
            first, title = MECHANICAL
        elif number in subjects:
            first, title = _slug(subjects[number]) or "-".join(words), subjects[number]
        else:
            words = words or [_slug(_stem(change.items[groups[number][0]].name)) or "slice"]
            first, title = "-".join(words), " ".join(words).capitalize()
        name = _free(first or "slice", used, tried)
        used.add(name)
        names.append(Named(name, title))
    return names


def _weights(change: Change, members: Sequence[int]) -> Mapping[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for item in members:
        traits, extensions = change.items[item].traits, change.items[item].extensions
        places = frozenset().union(
            *(path_words(path_text(path)) for path in change.items[item].paths)
        )
        for word, number in traits.words.items():
            if _WORD.fullmatch(word) and word not in extensions:
                factor = _OF_PATHS if word in places else 1.0
                weights[word] += factor * math.log(1 + number) * change.rarity.idf(word)
    return weights


def _best(weights: Mapping[str, float], groups_of: Mapping[str, int], groups: int) -> list[str]:
    """The words that set a group apart, the first of several that are as good."""
    ranked = sorted(
        weights, key=lambda word: (-weights[word] * math.log(1 + groups / groups_of[word]), word)
    )
    chosen: list[str] = []
    for word in ranked:
        if len(chosen) == _MOST_WORDS:
            break
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return chosen


def _subjects(
    change: Change, groups: Sequence[Sequence[int]], commits: Sequence[OwnCommit]
) -> dict[int, str]:
    """The subject of the commit that made most of a group, and little else."""
    changing: dict[bytes, list[int]] = defaultdict(list)
    for at, commit in enumerate(commits):
        for path in commit.paths:
            changing[path].append(at)
    found = {}
    for number, members in enumerate(groups):
        paths = {path for item in members for path in change.items[item].paths}
        shared = Counter(at for path in paths for at in changing.get(path, ()))
        for at, both in sorted(shared.items()):
            is_own = 2 * both > len(paths) and 4 * both >= 3 * len(commits[at].paths)
            if is_own and commits[at].subject.strip():
                found[number] = commits[at].subject.strip()
                break
    return found


def _slug(subject: str) -> str:
    """The first words of a subject as an id, without a type such as `feat(api):`."""
    text = re.sub(r"^[a-z]+(\([^)]*\))?!?:\s*", "", subject.lower())
    words = re.findall(r"[a-z0-9]+", re.sub(r"\(?[#!]\d+\)?$", "", text))
    slug = "-".join(words[:4])[:_LONGEST_ID].strip("-")
    return slug if re.match(r"[a-z]", slug) else ""


def _stem(path: bytes) -> str:
    return posixpath.splitext(posixpath.basename(path_text(path)))[0]


def _free(name: str, used: set[str], tried: Counter[str]) -> str:
    """Return a name that is not used, with the first number that has not been tried."""
    name = name[:_LONGEST_ID].strip("-")
    while True:
        tried[name] += 1
        free = name if tried[name] == 1 else f"{name}-{tried[name]}"
        if free not in used:
            return free
