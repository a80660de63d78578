"""How the pattern of a single path, or of a whole folder, is written."""

import re

from planner.boundary.pattern import Pattern, parse


def spelled(path: bytes, *, by_name: bool = False) -> str | None:
    """Return the pattern that holds a path, or all below a folder with its slash.

    None for one that no pattern can spell: with characters that are not shown, or not UTF-8. What
    looks like braces or an extended glob is spelled with a `?` in its place, but not `by_name`.
    """
    try:
        text = re.sub(r"([*?\[\]\\])|^([!:])", r"\\\g<0>", path.decode())
    except UnicodeDecodeError:
        return None
    patterns = (text, *([] if by_name else [re.sub(r"[{(]", "?", text)]))
    return next((one for one in patterns if isinstance(parse(one), Pattern)), None)
