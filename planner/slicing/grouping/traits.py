"""What is known of one changed item before it is compared with others."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from planner.slicing.grouping.words import Text, identifiers, path_words, with_parts

_TEST: Final = re.compile(
    r"^tests?[_-]|[_.-](test|tests|spec|unittest)$|(?<=[a-z0-9])(Test|Tests|Spec)$"
)
_EXTENSION: Final = re.compile(r"(?<=.)\.[A-Za-z0-9]+$")
_OF_NO_ONE: Final = frozenset(["__init__", "index", "readme", "conftest", "main", "mod", "lib"])


class Difference:
    """Two versions of a text, and the lines that only one of them has, wherever they are.

    Attributes:
        added: the lines that only the new version has.
        removed: those that only the old one has.
    """

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = Text(old), Text(new)
        before, after = Counter(old.split("\n")), Counter(new.split("\n"))
        self.added = list((after - before).elements())
        self.removed = list((before - after).elements())


class Traits:
    """What is known of an item.

    Attributes:
        changed: the identifiers of the lines that were added or removed, with how often.
        fresh: the identifiers of added lines that the old text does not have.
        removed: those of removed lines with their parts, with how often.
        growth: the share of the changed lines that were added; half where there are none.
        is_new: whether the change adds it.
        is_source: whether any of the files is neither a test, nor for people, nor configuration.
        is_document: whether all of the files are for people.
        words: those of `changed` with their parts, and the words of the paths.
        edited: the words of which there are more or fewer now, with how many.
        stems: the names of the files without what marks a test, in lower case.
    """

    def __init__(self, paths: Iterable[str], texts: Difference) -> None:
        added, removed = (identifiers("\n".join(one)) for one in (texts.added, texts.removed))
        paths = tuple(paths)
        self.changed = added + removed
        self.removed = with_parts(removed)
        self.growth = _share(len(texts.added), len(texts.removed))
        self.is_new = bool(texts.new.text) and not texts.old.text
        self.is_source = any(map(is_source, paths))
        self.is_document = all(map(is_document, paths))
        self.fresh = frozenset(added) - texts.old.words if added else frozenset()
        self.words = with_parts(self.changed)
        self.words.update(frozenset().union(*map(path_words, paths)))
        self.edited = with_parts(_difference(added, removed))
        self.stems = frozenset(map(stem, paths)) - _OF_NO_ONE


def _share(added: int, removed: int) -> float:
    return added / (added + removed) if added or removed else 0.5


def _difference(added: Mapping[str, int], removed: Mapping[str, int]) -> Counter[str]:
    counts = {word: abs(added.get(word, 0) - removed.get(word, 0)) for word in {**added, **removed}}
    return Counter({word: count for word, count in counts.items() if count})


def stem(path: str) -> str:
    """Return the name of a file without its extension and what marks a test, in lower case."""
    name = path.rpartition("/")[2]
    return _TEST.sub("", _EXTENSION.sub("", name)).lower()


def is_test(path: str) -> bool:
    """Whether a file is a test, by its name or by a folder that it is in."""
    folder, _, name = path.rpartition("/")
    return bool(_TEST.search(_EXTENSION.sub("", name)) or _TESTS.search(f"/{folder}/"))


_TESTS: Final = re.compile(r"/(tests?|__tests__|specs?|testing)/")


def is_document(path: str) -> bool:
    """Whether a file is written for people."""
    return bool(_DOCUMENT.search(path)) and not is_test(path)


_DOCUMENT: Final = re.compile(r"\.(md|mdx|rst|adoc|txt|html)$|(^|/)docs/")


def is_source(path: str) -> bool:
    """Whether a file is neither a test, nor for people, nor configuration."""
    return not (is_test(path) or is_document(path) or _CONFIGURATION.search(path))


_CONFIGURATION: Final = re.compile(
    r"\.(toml|ya?ml|cfg|ini|json|lock|mod|sum|gradle|xml|in|properties)$"
    r"|(^|/)(Makefile|Dockerfile|\.[a-z]+)$"
)
