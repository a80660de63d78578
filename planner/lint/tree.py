"""The tracked tree that the patterns of a plan are held against."""

import difflib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern

_MOST_NEAR = 2000  # names that a nearest one is looked for among: difflib takes 10 us each


class Tree:
    """The tracked paths of a repository.

    Args:
        paths: all of them.
        is_folder: whether a path is a folder in the trusted commit.
    """

    def __init__(self, paths: Sequence[bytes], is_folder: Callable[[bytes], bool]) -> None:
        self._sorted = sorted(paths)
        self._paths = frozenset(paths)
        self._folders: frozenset[bytes] | None = None
        self.is_folder = is_folder

    @property
    def folders(self) -> frozenset[bytes]:
        """Every folder of the tree."""
        if self._folders is None:
            found: set[bytes] = set()
            for path in self._sorted:
                folder = path.rpartition(b"/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition(b"/")[0]
            self._folders = frozenset(found)
        return self._folders

    def matches(self, pattern: Pattern) -> bool:
        """Whether some tracked path is held by the pattern."""
        literal = pattern.literal
        if literal is not None and not pattern.is_folder:
            return literal in self._paths
        below = self._below(pattern.prefix)
        if pattern.is_folder:
            return next(below, None) is not None
        holds = PatternSet([pattern])
        return any(holds.first(path) is not None for path in below)

    def matches_folder(self, pattern: Pattern) -> bool:
        """Whether some folder is held by the pattern, read as a path."""
        holds = PatternSet([pattern])
        return any(holds.first(folder) is not None for folder in self.folders)

    def _below(self, prefix: bytes) -> Iterator[bytes]:
        at = bisect_left(self._sorted, prefix)
        while at < len(self._sorted) and self._sorted[at].startswith(prefix):
            yield self._sorted[at]
            at += 1

    def nearest(self, pattern: Pattern) -> str:
        """The tracked path that looks most like what the pattern names; empty when none does.

        The same name elsewhere comes first, then a like name in the same folder.
        """
        name = pattern.text.rstrip("/").rpartition("/")[2]
        raw = name.encode()
        elsewhere = [path for path in self._sorted if path.endswith(b"/" + raw) or path == raw]
        if elsewhere:
            return _best(pattern.text, elsewhere)
        folder = pattern.prefix
        while folder and folder[:-1] not in self.folders:
            folder = folder[:-1].rpartition(b"/")[0]
            folder += b"/" if folder else b""
        siblings = []
        for path in self._below(folder):
            rest = path[len(folder) :]
            siblings.append(folder + rest.split(b"/", 1)[0])
            if len(siblings) >= _MOST_NEAR:
                break
        return _best(pattern.text, list(dict.fromkeys(siblings)))


def _best(text: str, paths: list[bytes]) -> str:
    known = [path.decode("utf-8", "replace") for path in paths[:_MOST_NEAR]]
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
    return near[0] if near else ""
