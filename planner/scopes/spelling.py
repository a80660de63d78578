"""How the pattern of a single path, or of a whole folder, is written."""

import re

from planner.boundary.pattern import Pattern, parse
from planner.characters import IGNORED, NOT_SHOWN
from planner.paths import path_bytes, path_text


def spelled(path: bytes, *, by_name: bool = False) -> str | None:
    """Return the pattern that holds a path, or all below a folder with its slash.

    None for one that no pattern can spell: with characters that are not shown, or not UTF-8. What
    looks like braces or an extended glob is spelled with a `?` in its place, but not `by_name`.
    """
    try:
        text = _escaped(path.decode())
    except UnicodeDecodeError:
        return None
    return _first(text) if by_name else _first(text, _covered(text))


def covering(path: bytes) -> str | None:
    """Return the pattern of a path, with a `?` for each byte that no pattern can spell.

    None where even that is not a pattern.
    """
    text = _escaped(path_text(path))
    text = re.sub(f"[{NOT_SHOWN}{IGNORED}]", lambda one: "?" * len(path_bytes(one[0])), text)
    return _first(text, _covered(text))


def _escaped(text: str) -> str:
    return re.sub(r"([*?\[\]\\])|^([!:])", r"\\\g<0>", text)


def _covered(text: str) -> str:
    return re.sub(r"[{(]", "?", text)


def _first(*texts: str) -> str | None:
    return next((one for one in texts if isinstance(parse(one), Pattern)), None)
