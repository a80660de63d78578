"""A pattern of the boundary language: what may be written, and what it means.

The language is git's pathspec with glob magic, a little narrower (docs/reference/patterns.md).
Paths and patterns are bytes from the repository's root, because git's are.
"""

import re
from typing import Final, NamedTuple

from planner.characters import CONTROLS, DIRECTIONS, LAYOUT, LINE_SEPARATORS, SURROGATES

ANY: Final = 256  # `?`: one byte that is no slash
STAR: Final = 257  # `*`: any text without a slash
DEEP: Final = 258  # `**` as a whole segment: any number of segments

Segment = tuple[int, ...]
"""The atoms of one segment: a byte, `ANY` or `STAR`; or just `(DEEP,)`."""


class Pattern(NamedTuple):
    """A pattern that the language accepts.

    `src/a.py` is one path; `src/api/` (`is_folder`) everything below that folder; a pattern
    with a wildcard what it matches.
    """

    text: str
    segments: tuple[Segment, ...]
    is_folder: bool

    @property
    def is_wildcard(self) -> bool:
        """Whether it holds a `*`, `?` or `**`."""
        return any(atom > 255 for segment in self.segments for atom in segment)

    @property
    def literal(self) -> bytes | None:
        """The path or folder it names, escapes taken away; None for a wildcard pattern."""
        if self.is_wildcard:
            return None
        return b"/".join(map(bytes, self.segments))

    @property
    def prefix(self) -> bytes:
        """The folder that its leading literal segments name, with its slash; may be empty.

        Whatever the pattern holds lies below that folder.
        """
        last = len(self.segments) - (not self.is_folder)
        names = []
        for segment in self.segments[:last]:
            if any(atom > 255 for atom in segment):
                break
            names.append(bytes(segment) + b"/")
        return b"".join(names)


class Refusal(NamedTuple):
    """Why a text is no pattern, and what to write instead."""

    message: str
    hint: str


_SPECIAL: Final = re.compile(r"\\(?s:.)?|[*?\[]")
_ESCAPABLE: Final = frozenset("*?[]\\!:")
_MOST_SPELLED_OUT: Final = 8  # a hint is read by people


def parse(text: str) -> Pattern | Refusal:
    """Read a pattern, or say why it is none and what to write instead."""
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
        written = text[:-1] if segments[-1] == (DEEP,) else f"{text}**"
        return Refusal(
            f"the pattern {_paste(text)} ends in a slash after a wildcard, where git finds nothing",
            f"write {_paste(written)}",
        )
    return pattern


def _paste(text: str) -> str:
    """The text as YAML takes it: in single quotes, where a backslash is a backslash."""
    return "'" + text.replace("'", "''") + "'"


def _refused_whole(text: str) -> Refusal | None:
    if not text:
        return Refusal("a pattern is empty", "name a path, a folder with a closing slash, or '**'")
    if not text.isprintable():
        unseen = re.search(_UNSEEN, text)
        if unseen:
            return Refusal(
                f"a pattern holds the invisible character U+{ord(unseen[0][0]):04X}",
                f"write {_paste(re.sub(_UNSEEN, '*', text))}",
            )
    if "{" in text:
        for braces in re.finditer(r"\{([^{}]*+)\}", text):
            if "," in braces[1] or ".." in braces[1]:
                return _braces(text, braces)
    return _refused_start(text)


# Zero-width characters are missing here: names in Persian and of emoji contain joiners.
_UNSEEN: Final = f"[{LAYOUT}{CONTROLS}{DIRECTIONS}{LINE_SEPARATORS}{SURROGATES}]++"


def _braces(text: str, braces: re.Match[str]) -> Refusal:
    message = f"the pattern {_paste(text)} holds braces, which git does not expand"
    parts = braces[1].split(",") if "," in braces[1] else ["*"]
    before, after = text[: braces.start()], text[braces.end() :]
    each = [_paste(before + part + after) for part in parts if before + part + after]
    if len(each) > _MOST_SPELLED_OUT:
        return Refusal(message, f"write an entry of its own for each; the first is {each[0]}")
    hint = f"write {', '.join(each) or _paste('*')}"
    return Refusal(message, hint + (", each an entry of its own" if len(each) > 1 else ""))


def _refused_start(text: str) -> Refusal | None:
    if text.startswith(("/", "./")):
        plain = re.sub(r"^(?:\.?/)++", "", text)
        return Refusal(
            f"the pattern {_paste(text)} starts at no name; it is counted from the root already",
            f"write {_paste(plain or '**')}",
        )
    if text[0] == "!":
        escaped = f"the name that it spells is written {_paste(chr(92) + text)}"
        return Refusal(
            f"the pattern {_paste(text)} starts with '!', which negates nothing here",
            f"list {_paste(text[1:])} under 'exclude'; {escaped}" if text[1:] else escaped,
        )
    if text[0] == ":":
        return Refusal(
            f"the pattern {_paste(text)} starts with ':', git's sign for pathspec magic",
            f"write {_paste(chr(92) + text)}",
        )
    if "//" in text:
        return Refusal(
            f"the pattern {_paste(text)} holds an empty segment",
            f"write {_paste(re.sub('/+', '/', text))}",
        )
    return None


def _segment(name: str, text: str) -> Segment | Refusal:
    """The atoms of one segment of `text`."""
    if name == "**":
        return (DEEP,)
    if name in {".", ".."}:
        return _no_name(name, text)
    if name.lower() == ".git":
        message = f"the pattern {_paste(text)} holds the segment {name!r}, which git never tracks"
        return Refusal(message, "remove it")
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
                f"the pattern {_paste(text)} holds '[', but there are no character classes",
                f"for the name that it spells write {_paste(_escaped_brackets(text))}",
            )
        elif sign[1:] in _ESCAPABLE:
            atoms.append(ord(sign[1]))
        else:
            return _misplaced_backslash(sign[1:], text)
    return (*atoms, *name[start:].encode())


def _no_name(name: str, text: str) -> Refusal:
    kept: list[str] = []
    for other in text.split("/"):
        if other == "..":
            del kept[-1:]
        elif other != ".":
            kept.append(other)
    return Refusal(
        f"the pattern {_paste(text)} holds the segment {name!r}, but is counted from the root",
        f"write {_paste('/'.join(kept) or '**')}",
    )


def _misplaced_stars(text: str) -> Refusal:
    names = []
    for name in text.split("/"):
        # A pair of stars in front of a name is meant to reach into folders.
        reaching = re.sub(r"^\*{2,}(?=[^*])", "**/*", name)
        head, slash, rest = reaching.rpartition("/")
        stars = re.sub(r"(\\.)|\*{2,}", lambda run: run[1] or "*", rest)
        names.append("**" if re.fullmatch(r"\*{2,}", name) else head + slash + stars)
    return Refusal(
        f"the pattern {_paste(text)} has '**' as a part of a segment",
        f"write {_paste('/'.join(names))}",
    )


def _misplaced_backslash(escaped: str, text: str) -> Refusal:
    before = f"'{escaped}'" if escaped else "its end or a slash"
    parted = re.sub(r"(\\[*?\[\]\\!:])|\\", lambda sign: sign[1] or "/", text)
    return Refusal(
        f"the pattern {_paste(text)} has a backslash before {before}",
        f"folders are parted by '/': write {_paste(re.sub('/+', '/', parted).lstrip('/') or '**')}",
    )


def _escaped_brackets(text: str) -> str:
    return re.sub(r"(\\.)|[\[\]]", lambda sign: sign[1] or f"\\{sign[0]}", text)


def expression(pattern: Pattern, *, below: bool = False) -> bytes:
    r"""A regular expression for `fullmatch` that holds what the pattern holds, in linear time.

    Wildcards compile to atomic groups: the leftmost place where what follows a star can stand
    is as good as any later one, so nothing is ever tried twice. A plain translation needs
    minutes for six stars and a name of 200 bytes.

    Args:
        below: also hold everything below what the pattern holds, as an `exclude` does.
    """
    segments = [*pattern.segments, (DEEP,)] if pattern.is_folder else list(pattern.segments)
    open_ended = segments[-1] == (DEEP,)
    if open_ended:
        segments.pop()
    # The runs between one `**` and the next: each is found leftmost, the last one at the end.
    runs: list[list[Segment]] = [[]]
    for segment in segments:
        if segment == (DEEP,):
            runs.append([])
        else:
            runs[-1].append(segment)
    if open_ended:
        return b"".join(map(_run, range(len(runs)), runs)) + rb"(?s:.+)"
    *before, last = runs.pop()
    end = rb"(?![^/])" if below else rb"\Z"
    close = _names(before) + _name(last) + end
    if runs:
        close = rb"(?>(?:[^/]+/)*?" + close + b")"
    tail = rb"(?s:/.*)?" if below else b""
    return b"".join(map(_run, range(len(runs)), runs)) + close + tail


def _run(index: int, run: list[Segment]) -> bytes:
    """The expression of one run; only the first one stands at the start of the path."""
    if index == 0 or not run:
        return _names(run)
    return rb"(?>(?:[^/]+/)*?" + _names(run) + b")"


def _names(run: list[Segment]) -> bytes:
    return b"".join(_name(segment) + b"/" for segment in run)


def _name(segment: Segment) -> bytes:
    """A regular expression for one segment; what follows it must be `/` or the end."""
    first, *rest = map(_chunk, parted(segment, STAR))
    if not rest:
        return first
    *middle, last = rest
    found = b"".join(rb"(?>[^/]*?" + chunk + b")" for chunk in middle if chunk)
    if not last:
        # A star alone must not match the empty name.
        return first + found + (rb"[^/]*+" if first or found else rb"[^/]++")
    return first + found + rb"(?>[^/]*" + last + rb"(?![^/]))"


def _chunk(atoms: Segment) -> bytes:
    return b"[^/]".join(re.escape(bytes(text)) for text in parted(atoms, ANY))


def parted(segment: Segment, wildcard: int) -> list[Segment]:
    """What stands before, between and behind the places of a wildcard in a segment."""
    parts = []
    start = 0
    for _ in range(segment.count(wildcard)):
        end = segment.index(wildcard, start)
        parts.append(segment[start:end])
        start = end + 1
    return [*parts, segment[start:]]


def pathspecs(pattern: Pattern, *, below: bool = False) -> tuple[str, ...]:
    """The pattern as pathspecs with which `git ls-files` gives the same answer.

    git tries each pathspec as a literal name first, folder rule included; a backslash (or, where
    there is no letter to put it before, a bracket) turns that trial off. The answers agree for
    every path but one that spells such a pathspec, backslash and all.
    """
    body = pattern.text.removesuffix("/")
    literal = pattern.literal
    if pattern.is_folder:
        return (f":(top,glob){_no_literal(body)}/**",)
    if literal is not None and below:
        return (f":(top,literal){literal.decode()}",)
    whole = f":(top,glob){_no_literal(body)}"
    if below and pattern.segments[-1] != (DEEP,):
        return (whole, f"{whole}/**")
    return (whole,)


def _no_literal(text: str) -> str:
    if "\\" in text:
        return text
    at = re.search(r"[^*?/]", text)
    if at:
        return f"{text[: at.start()]}\\{text[at.start() :]}"
    if "?" in text:
        return text.replace("?", "[!/]", 1)
    # Stars alone: a segment that is one star has a first byte.
    return re.sub(r"(?<!\*)\*(?!\*)", "[!/]*", text, count=1)
