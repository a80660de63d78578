"""A pattern of the boundary language: what may be written, and what it means.

The language is git's pathspec with glob magic, slightly narrower (docs/reference/patterns.md).
Paths and patterns are bytes, as in git, relative to the repository root.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.characters import (
    CONTROLS,
    DIRECTIONS,
    IGNORED,
    LAYOUT,
    LINE_SEPARATORS,
    SURROGATES,
    ZERO_WIDTH,
)

# Wildcard atoms lie above every byte.
ANY: Final = 256  # `?`: one byte other than a slash
STAR: Final = 257  # `*`: any text without a slash
DEEP: Final = 258  # `**` as a whole segment: any number of segments

Segment = tuple[int, ...]
"""The atoms of one segment: a byte, `ANY` or `STAR`; or just `(DEEP,)`."""


def is_wild(atom: int) -> bool:
    """Return whether the atom is a wildcard; all others are bytes."""
    return atom > 255


def has_signs(text: str) -> bool:
    """Return whether a text has signs of the language: `*`, `?` or a backslash."""
    return not _SIGNS.isdisjoint(text)


_SIGNS: Final = frozenset("*?\\")


def literal_path(segments: Sequence[Segment]) -> bytes | None:
    """Return the path that the segments spell, escapes removed; None if one has a wildcard."""
    for segment in segments:
        if max(segment, default=0) > 255:  # is_wild, too hot to call
            return None
    return b"/".join(map(bytes, segments))


class Pattern(NamedTuple):
    """A pattern that the language accepts.

    `src/a.py` holds one path; `src/api/` (`is_folder`) everything below that folder; a pattern
    with a wildcard exactly what it matches.
    """

    text: str
    segments: tuple[Segment, ...]
    is_folder: bool

    @property
    def is_wildcard(self) -> bool:
        """Whether it contains a `*`, `?` or `**`."""
        return self.literal is None

    @property
    def is_literal(self) -> bool:
        """Whether it names one path and holds nothing else."""
        return self.path is not None

    @property
    def literal(self) -> bytes | None:
        """The path or folder that it names, escapes removed; None for a wildcard pattern."""
        return literal_path(self.segments)

    @property
    def path(self) -> bytes | None:
        """The one path that it names; None for a folder or a wildcard pattern."""
        return None if self.is_folder else self.literal

    @property
    def folder(self) -> bytes | None:
        """The folder of which it holds everything, as `src/` and `src/**` do; `**`: empty."""
        if self.is_folder:
            return self.literal
        *names, last = self.segments
        return literal_path(names) if last == (DEEP,) else None

    @property
    def prefix(self) -> bytes:
        """The folder that its leading literal segments name, with its slash; may be empty.

        Everything that the pattern holds is below that folder.
        """
        prefix = b""
        for segment in self.segments[: len(self.segments) - (not self.is_folder)]:
            name = literal_path((segment,))
            if name is None:
                break
            prefix += name + b"/"
        return prefix


def literally(path: bytes) -> Pattern:
    """Return the pattern that names a path, whatever characters are in it."""
    text = re.sub(r"[*?\[\]\\!:]", r"\\\g<0>", path.decode("utf-8", "surrogateescape"))
    return Pattern(text, tuple(map(tuple, path.split(b"/"))), is_folder=False)


class Refusal(NamedTuple):
    """Why a text is not a pattern, and what to write instead."""

    message: str
    hint: str


_SPECIAL: Final = re.compile(r"\\(?s:.)?|[*?\[]")
_ESCAPABLE: Final = frozenset("*?[]\\!:")
_MOST_SPELLED_OUT: Final = 8  # a hint is read by people
_RELATIVE: Final = "patterns are relative to the repository root"


def parse(text: str) -> Pattern | Refusal:
    """Read a pattern, or return why the text is not one and what to write instead."""
    refusal = _refused_whole(text)
    if refusal is not None:
        return refusal
    is_folder = text.endswith("/")
    segments: list[Segment] = []
    for name in text.removesuffix("/").split("/"):
        segment = _segment(name, text)
        if isinstance(segment, Refusal):
            return segment
        segments.append(segment)
    pattern = Pattern(text, tuple(segments), is_folder)
    if is_folder and pattern.is_wildcard:
        problem = "ends with '/' after a wildcard, which git never matches"
        return _refusal(text, problem, text[:-1] if segments[-1] == (DEEP,) else f"{text}**")
    return pattern


def _refusal(text: str, problem: str, instead: str) -> Refusal:
    return Refusal(f"the pattern {_paste(text)} {problem}", f"write {_paste(instead)}")


def _paste(text: str) -> str:
    """Quote the text for YAML: in single quotes, where a backslash is a backslash."""
    return "'" + text.replace("'", "''") + "'"


def _refused_whole(text: str) -> Refusal | None:
    if not text:
        return Refusal("a pattern is empty", "write a path, a folder that ends with '/', or '**'")
    unseen = None if text.isascii() and text.isprintable() else re.search(_UNSEEN, text)
    if unseen:
        return Refusal(
            f"a pattern contains the invisible character U+{ord(unseen[0][0]):04X} "
            f"at position {unseen.start() + 1}",
            f"remove it, or write {_paste(re.sub(_UNSEEN, '*', text))}",
        )
    if "{" in text:
        for braces in re.finditer(r"\{([^{}]*+)\}", text):
            if "," in braces[1] or ".." in braces[1]:
                return _braces(text, braces)
    extended = _EXTENDED.search(text) if "(" in text else None
    if extended:
        problem = f"contains {_paste(extended[0])}, an extended glob, which git does not expand"
        name = re.sub(r"^!", r"\\!", text.replace("(", "?"))
        return Refusal(
            f"the pattern {_paste(text)} {problem}",
            "write an entry for each path that it stands for; "
            f"to match exactly that name write {_paste(name)}",
        )
    return _refused_start(text)


# bash(1), extglob. A name such as `(auth)` or `copy (1)` is not one, nor is `*(1).txt`.
_EXTENDED: Final = re.compile(r"[@!]\([^()/]*\)|[+?*]\([^()/|]*\|[^()/]*\)")
_UNSEEN: Final = (
    f"[{LAYOUT}{CONTROLS}{DIRECTIONS}{LINE_SEPARATORS}{ZERO_WIDTH}{IGNORED}{SURROGATES}]++"
)


def _braces(text: str, braces: re.Match[str]) -> Refusal:
    message = f"the pattern {_paste(text)} contains braces, which git does not expand"
    parts = braces[1].split(",") if "," in braces[1] else ["*"]
    before, after = text[: braces.start()], text[braces.end() :]
    each = [_paste(before + part + after) for part in parts if before + part + after]
    if len(each) > _MOST_SPELLED_OUT:
        return Refusal(message, f"write one entry for each; the first is {each[0]}")
    hint = f"write {', '.join(each) or _paste('*')}"
    return Refusal(message, hint + (" as separate entries" if len(each) > 1 else ""))


def _refused_start(text: str) -> Refusal | None:
    if text.startswith(("/", "./")):
        plain = re.sub(r"^(?:\.?/)++", "", text)
        return _refusal(text, f"must not start with '/' or './'; {_RELATIVE}", plain or "**")
    if text[0] == "!":
        escaped = f"to match a name that starts with '!' write {_paste(chr(92) + text)}"
        return Refusal(
            f"the pattern {_paste(text)} starts with '!', but patterns cannot be negated",
            f"list {_paste(text[1:])} under 'exclude'; {escaped}" if text[1:] else escaped,
        )
    if text[0] == ":":
        return _refusal(text, "starts with ':', which git reads as pathspec magic", f"\\{text}")
    if "//" in text:
        return _refusal(text, "contains an empty segment", re.sub("/+", "/", text))
    return None


def _segment(name: str, text: str) -> Segment | Refusal:
    """Read one segment of `text` into atoms."""
    if name == "**":
        return (DEEP,)
    if name in {".", ".."}:
        return _refused_dots(name, text)
    if name.lower() == ".git":
        segment = f"the segment {name!r}, which git never tracks"
        return Refusal(f"the pattern {_paste(text)} contains {segment}", "remove it")
    return _atoms(name, text) if _SPECIAL.search(name) else tuple(name.encode())


def _atoms(name: str, text: str) -> Segment | Refusal:
    """Read a segment with wildcards or escapes."""
    atoms: list[int] = []
    start = 0
    for special in _SPECIAL.finditer(name):
        atoms += name[start : special.start()].encode()
        start = special.end()
        sign = special[0]
        if sign == "*":
            if atoms and atoms[-1] == STAR:
                return _misplaced_stars(text)
            atoms.append(STAR)
        elif sign == "?":
            atoms.append(ANY)
        elif sign == "[":
            return Refusal(
                f"the pattern {_paste(text)} contains '[', but there are no character classes",
                f"to match the brackets themselves write {_paste(_escaped_brackets(text))}",
            )
        elif sign[1:] in _ESCAPABLE:
            atoms.append(ord(sign[1]))
        else:
            return _misplaced_backslash(sign[1:], text)
    return (*atoms, *name[start:].encode())


def _refused_dots(name: str, text: str) -> Refusal:
    kept: list[str] = []
    for other in text.split("/"):
        if other == "..":
            del kept[-1:]
        elif other != ".":
            kept.append(other)
    problem = f"contains the segment {name!r}; {_RELATIVE}"
    return _refusal(text, problem, "/".join(kept) or "**")


def _misplaced_stars(text: str) -> Refusal:
    names = []
    for name in text.split("/"):
        # Two stars before a name are meant to reach into folders.
        reaching = re.sub(r"^\*{2,}(?=[^*])", "**/*", name)
        head, slash, rest = reaching.rpartition("/")
        stars = re.sub(r"(\\.)|\*{2,}", lambda run: run[1] or "*", rest)
        names.append("**" if re.fullmatch(r"\*{2,}", name) else head + slash + stars)
    problem = "has '**' as part of a segment; it must be a whole one"
    return _refusal(text, problem, "/".join(names))


def _misplaced_backslash(escaped: str, text: str) -> Refusal:
    before = f"'{escaped}'" if escaped else "a slash or its end"
    separated = re.sub(r"(\\[*?\[\]\\!:])|\\", lambda match: match[1] or "/", text)
    return Refusal(
        f"the pattern {_paste(text)} has a backslash before {before}",
        f"use '/' as the separator: write "
        f"{_paste(re.sub('/+', '/', separated).lstrip('/') or '**')}",
    )


def _escaped_brackets(text: str) -> str:
    return re.sub(r"(\\.)|[\[\]]", lambda match: match[1] or f"\\{match[0]}", text)
