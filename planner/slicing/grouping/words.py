"""The words of lines and paths, and how rare each is in a repository."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Final

_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{2,99}")
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHORTEST: Final = 3  # characters of a part that counts
_KEYWORDS: Final = frozenset(
    [
        "abstract",
        "and",
        "any",
        "are",
        "args",
        "array",
        "assert",
        "async",
        "await",
        "auto",
        "bool",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "char",
        "class",
        "const",
        "constexpr",
        "continue",
        "crate",
        "def",
        "default",
        "defer",
        "del",
        "delete",
        "dict",
        "double",
        "elif",
        "else",
        "enum",
        "except",
        "export",
        "extends",
        "extern",
        "false",
        "final",
        "finally",
        "float",
        "for",
        "from",
        "func",
        "function",
        "global",
        "goto",
        "has",
        "if",
        "impl",
        "implements",
        "import",
        "include",
        "inline",
        "instanceof",
        "int",
        "interface",
        "into",
        "is",
        "lambda",
        "let",
        "list",
        "long",
        "loop",
        "map",
        "match",
        "mod",
        "module",
        "move",
        "mut",
        "namespace",
        "new",
        "nil",
        "none",
        "nonlocal",
        "not",
        "null",
        "number",
        "object",
        "operator",
        "or",
        "override",
        "package",
        "pass",
        "private",
        "protected",
        "pub",
        "public",
        "raise",
        "range",
        "ref",
        "require",
        "return",
        "self",
        "short",
        "signed",
        "sizeof",
        "static",
        "str",
        "string",
        "struct",
        "super",
        "switch",
        "template",
        "this",
        "throw",
        "throws",
        "trait",
        "true",
        "try",
        "type",
        "typedef",
        "typeof",
        "typename",
        "undefined",
        "union",
        "unsafe",
        "unsigned",
        "use",
        "using",
        "var",
        "vec",
        "virtual",
        "void",
        "volatile",
        "where",
        "while",
        "with",
        "yield",
        "the",
        "that",
        "and",
    ]
)  # fmt: skip
_PLACES: Final = frozenset(  # words of paths that say where, not what
    [
        "test",
        "tests",
        "src",
        "lib",
        "doc",
        "docs",
        "spec",
        "specs",
        "main",
        "init",
        "index",
        "packages",
        "crates",
        "internal",
        "pkg",
    ]
)  # fmt: skip


def identifiers(text: str) -> Counter[str]:
    """Count the identifiers of a text, as they are written; keywords are left out."""
    found = Counter(_IDENTIFIER.findall(text))
    for word in _KEYWORDS & found.keys():
        del found[word]
    return found


class Text:
    """A text whose identifiers are read once, when they are first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> frozenset[str]:
        """Its identifiers."""
        return frozenset(identifiers(self.text))


def with_parts(found: Mapping[str, int]) -> Counter[str]:
    """Return identifiers with the parts of `camelCase` and `snake_case` ones, in lower case."""
    words = Counter(dict(found))
    for word, count in found.items():
        for part in parts(word):
            if part != word:
                words[part] += count
    return words


@cache
def parts(word: str) -> tuple[str, ...]:
    """Split a name into its words, in lower case; short ones and keywords are left out."""
    lower = (part.lower() for part in _PARTS.findall(word))
    return tuple(part for part in lower if len(part) >= _SHORTEST and part not in _KEYWORDS)


def path_words(path: str) -> frozenset[str]:
    """Return the words of a path, without those that say of any project where a file lies."""
    return frozenset(parts(path)) - _PLACES


class Rarity:
    """How rare words are in a repository, by a sample of its files."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        self._files = 0
        for text in texts:
            self._files += 1
            self._counts.update(with_parts(identifiers(text)).keys())
        self._by_count = [self._of(count) for count in range(self._files + 1)]

    def _of(self, count: int) -> float:
        return math.log((self._files + 1) / (count + 1))

    def idf(self, word: str) -> float:
        """Return the inverse document frequency of a word: 0 for one that every file has."""
        return self._by_count[self._counts[word]]

    def is_rare(self, word: str, share: float, files: int = 0) -> bool:
        """Whether at most that share of the files has a word, or no more than some files."""
        return self._counts[word] <= max(share * self._files, files)
