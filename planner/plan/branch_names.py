"""Which names git accepts for a branch (git-check-ref-format(1))."""

import re
from typing import Final

_REFUSED: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def why_invalid_branch(name: str) -> str:
    """Return why git does not accept a name for a branch; empty if it does."""
    if not name:
        return "it is empty"
    refused = _REFUSED.search(name)
    if refused:
        return f"it contains '{refused[0]}'"
    if name.startswith(("/", "-")):
        return f"it starts with {name[0]!r}"
    if name.endswith(("/", ".")):
        return f"it ends with {name[-1]!r}"
    for part in name.split("/"):
        if part.startswith("."):
            return f"{part!r} starts with '.'"
        if part.endswith(".lock"):
            return f"{part!r} ends with '.lock'"
    return "the name is reserved" if name == "HEAD" else ""
