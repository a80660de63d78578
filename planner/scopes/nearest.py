"""The entry of a scope that is nearest to a path."""

from collections.abc import Sequence
from typing import Any, Final

from planner.boundary.pattern import literal_path
from planner.plan.model import Entry

_ENTRY: Final = b"/"  # no name contains a slash, but a damaged index has an empty one


class Nearest:
    """Entries by the names that their patterns start with, as a tree of folders.

    To compare a path with each entry takes seconds for thousands of both.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._root: dict[bytes, Any] = {}
        for entry in reversed(entries):  # so that the first of equals stays
            folder = self._root
            folder[_ENTRY] = entry
            for segment in entry.pattern.segments:
                name = literal_path((segment,))
                if name is None:
                    break
                folder = folder.setdefault(name, {})
                folder[_ENTRY] = entry

    def entry(self, path: bytes) -> Entry | None:
        """Return the entry that shares most leading names with the path; of equals the first.

        None where there are no entries.
        """
        folder = self._root
        for name in path.split(b"/"):
            if name not in folder:
                break
            folder = folder[name]
        found: Entry | None = folder.get(_ENTRY)
        return found
