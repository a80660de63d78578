"""Hunks as people and programs read them."""

from collections.abc import Mapping, Sequence
from typing import Final

from planner.repository.lines import Hunk

_MOST: Final = 8


def lines(hunks: Sequence[Hunk]) -> str:
    """Return the lines of hunks in the file as it is, such as `lines 3-8, 40`; at most eight.

    Where a hunk only removes lines, it is the line that is now in their place.
    """
    shown = ", ".join(map(_span, hunks[:_MOST]))
    more = f" and {len(hunks) - _MOST} more" if len(hunks) > _MOST else ""
    is_one = len(hunks) == 1 and hunks[0].added <= 1
    return f"{'line' if is_one else 'lines'} {shown}{more}"


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
