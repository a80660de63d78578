"""A pattern translated: into a regular expression, and into pathspecs for git."""

import re
from collections.abc import Iterable
from typing import TypeVar

from planner.boundary.pattern import ANY, DEEP, STAR, Pattern, Segment

Item = TypeVar("Item")


def expression(pattern: Pattern, *, below: bool = False) -> bytes:
    """Return a regular expression for `fullmatch` that decides the pattern in linear time.

    Wildcards compile to atomic groups: the leftmost match of the text after a star is as good
    as any later one, so nothing is tried twice. A plain translation needs minutes for six stars
    and a name of 200 bytes.

    Args:
        below: also match everything below what the pattern holds, as an `exclude` does.
    """
    segments = [*pattern.segments, (DEEP,)] if pattern.is_folder else pattern.segments
    # The runs between two `**`: each is matched as far left as it can, the last one at the end.
    *runs, last = _split(segments, (DEEP,))
    start = b"".join(_anywhere(_names(run), at) for at, run in enumerate(runs))
    if not last:  # the pattern ends with `**`
        return start + rb"(?s:.+)"
    end = rb"(?![^/])" if below else rb"\Z"
    tail = rb"(?s:/.*)?" if below else b""
    return start + _anywhere(_names(last).removesuffix(b"/") + end, len(runs)) + tail


def _anywhere(run: bytes, index: int) -> bytes:
    """Let all runs but the first match in any folder."""
    return rb"(?>(?:[^/]+/)*?" + run + b")" if index and run else run


def _names(run: list[Segment]) -> bytes:
    return b"".join(_name(segment) + b"/" for segment in run)


def _name(segment: Segment) -> bytes:
    """Translate one segment; what follows it must be `/` or the end."""
    first, *rest = map(_chunk, _split(segment, STAR))
    if not rest:
        return first
    *middle, last = rest
    inner = b"".join(rb"(?>[^/]*?" + chunk + b")" for chunk in middle if chunk)
    if not last:
        # A star alone must not match the empty name.
        return first + inner + (rb"[^/]*+" if first or inner else rb"[^/]++")
    return first + inner + rb"(?>[^/]*" + last + rb"(?![^/]))"


def _chunk(atoms: list[int]) -> bytes:
    return b"[^/]".join(re.escape(bytes(text)) for text in _split(atoms, ANY))


def _split(items: Iterable[Item], separator: Item) -> list[list[Item]]:
    """Split at each occurrence of the separator, as `bytes.split` does."""
    parts: list[list[Item]] = [[]]
    for item in items:
        if item == separator:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def pathspecs(pattern: Pattern, *, below: bool = False) -> tuple[str, ...]:
    """Return the pathspecs with which `git ls-files` lists what the pattern holds.

    git tries each pathspec as a literal name first, folder rule included; a backslash (or a
    bracket, if there is no letter to escape) prevents that. The answers agree for every path
    except one that spells such a pathspec, backslash included.
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
    # Only stars: a segment that is one star has a first byte.
    return re.sub(r"(?<!\*)\*(?!\*)", "[!/]*", text, count=1)
