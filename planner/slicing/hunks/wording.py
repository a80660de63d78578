"""Hunks as people and programs read them."""

from collections.abc import Mapping, Sequence

from planner.repository.lines import Hunk


def lines(hunks: Sequence[Hunk]) -> str:
    """Return the lines of hunks in the file as it is, such as `3-8, 40`.

    Where a hunk only removes lines, it is the line that is now in their place.
    """
    return ", ".join(map(_span, hunks))


def keys(hunks: Sequence[Hunk]) -> list[Mapping[str, int]]:
    """Return hunks for JSON: the first line as it is and as it was, from 1, and how many."""
    return [
        {
            "line": hunk.new + 1,
            "added": hunk.added,
            "old_line": hunk.old + 1,
            "removed": hunk.removed,
        }
        for hunk in hunks
    ]


def _span(hunk: Hunk) -> str:
    first, last = hunk.new + 1, hunk.new + hunk.added
    return f"{first}-{last}" if first < last else f"{first}"
