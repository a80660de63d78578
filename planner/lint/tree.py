"""The tracked tree that the patterns of a plan are held against."""

import difflib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, literal_path, parse

_MOST_NEAR: Final = 2000  # names that a near one is looked for among: difflib takes 10 us each
_MOST_SUGGESTED: Final = 50  # times in a run that one is looked for
_LIKE: Final = 0.65  # what two names have in common at least: 'apo' and 'api' do


class Tree:
    """The tracked paths of a repository.

    Args:
        paths: all of them.
        is_folder: whether a path is a folder in the trusted commit.
    """

    def __init__(self, paths: Iterable[bytes], is_folder: Callable[[bytes], bool]) -> None:
        self._sorted = sorted(paths)
        self._folders: list[bytes] | None = None
        self._names: dict[bytes, list[bytes]] | None = None
        self._suggested = 0
        self.is_folder = is_folder

    @property
    def folders(self) -> Sequence[bytes]:
        """Every folder of the tree, sorted."""
        if self._folders is None:
            found: set[bytes] = set()
            for path in self._sorted:
                folder = path.rpartition(b"/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition(b"/")[0]
            self._folders = sorted(found)
        return self._folders

    def matched(self, patterns: Iterable[Pattern]) -> frozenset[Pattern]:
        """Those of the patterns that hold a tracked path."""
        return _matched(patterns, self._sorted)

    def matched_folders(self, patterns: Iterable[Pattern]) -> frozenset[Pattern]:
        """Those of the patterns that hold a folder, read as a path."""
        return _matched(patterns, self.folders)

    def nearest(self, pattern: Pattern) -> str:
        """A tracked path or folder that may be meant, as a pattern; empty when none is near.

        The same name elsewhere comes first, then a like name in the same folder. Only the first
        of many questions are answered: each takes a while.
        """
        self._suggested += 1
        if self._suggested > _MOST_SUGGESTED:
            return ""
        last = literal_path(pattern.segments[-1:])
        elsewhere = self._named(last) if last is not None else []
        if elsewhere:
            return _most_like(pattern.text, elsewhere)
        return self._like(pattern)

    def _named(self, name: bytes) -> list[bytes]:
        """The paths and folders (with a closing slash) of a name."""
        if self._names is None:
            self._names = {}
            for path in (*self._sorted, *(folder + b"/" for folder in self.folders)):
                own = path.removesuffix(b"/").rpartition(b"/")[2]
                self._names.setdefault(own, []).append(path)
        return self._names.get(name, [])

    def _like(self, pattern: Pattern) -> str:
        """The path that is there as far as the pattern is, and then has a name much like its."""
        folder = b""
        for at, segment in enumerate(pattern.segments):
            name = literal_path((segment,))
            if name is None:
                break
            inner = folder + name + b"/"
            if _starts(self._sorted, inner):
                folder = inner
                continue
            shown = {sibling.decode("utf-8", "replace"): sibling for sibling in self._in(folder)}
            near = difflib.get_close_matches(
                name.decode(), [key.rstrip("/") for key in shown], 1, _LIKE
            )
            if not near:
                break
            found = folder + (shown.get(near[0]) or shown[near[0] + "/"])
            rest = b"/".join(literal_path((part,)) or b"*" for part in pattern.segments[at + 1 :])
            whole = found + rest
            return _as_pattern(whole) if _holds(self._sorted, whole) else _as_pattern(found)
        return ""

    def _in(self, folder: bytes) -> list[bytes]:
        """What lies in a folder, folders with a closing slash."""
        found: dict[bytes, None] = {}
        at = bisect_left(self._sorted, folder)
        while at < len(self._sorted) and self._sorted[at].startswith(folder):
            name, slash, _ = self._sorted[at][len(folder) :].partition(b"/")
            found[name + slash] = None
            if len(found) >= _MOST_NEAR:
                break
            # On to what is not below this name: 0 is the byte behind the slash.
            at = bisect_left(self._sorted, folder + name + b"0", at + 1) if slash else at + 1
        return list(found)


def _starts(paths: Sequence[bytes], prefix: bytes) -> bool:
    at = bisect_left(paths, prefix)
    return at < len(paths) and paths[at].startswith(prefix)


def _holds(paths: Sequence[bytes], path: bytes) -> bool:
    at = bisect_left(paths, path)
    return at < len(paths) and paths[at] == path


def _matched(patterns: Iterable[Pattern], paths: Sequence[bytes]) -> frozenset[Pattern]:
    found: set[Pattern] = set()
    wild: list[Pattern] = []
    for pattern in dict.fromkeys(patterns):
        literal = pattern.literal
        if literal is None:
            wild.append(pattern)
        elif _starts(paths, literal + b"/") if pattern.is_folder else _holds(paths, literal):
            found.add(pattern)
    return frozenset(found | _matched_wild(wild, paths))


def _matched_wild(wild: list[Pattern], paths: Sequence[bytes]) -> set[Pattern]:
    """One look at each path that lies below where a pattern starts."""
    found: set[Pattern] = set()
    waiting, hit = PatternSet(wild), set[int]()
    for start, end in _ranges(wild, paths):
        for path in paths[start:end]:
            hit.update(waiting.every(path))
            if hit and len(hit) * 2 >= len(wild):
                # What was found is not asked for again: each path would be tried on all of it.
                found.update(wild[at] for at in hit)
                wild = [pattern for at, pattern in enumerate(wild) if at not in hit]
                if not wild:
                    return found
                waiting, hit = PatternSet(wild), set()
    return found | {wild[at] for at in hit}


def _ranges(wild: Iterable[Pattern], paths: Sequence[bytes]) -> list[tuple[int, int]]:
    """The parts of the sorted paths that lie below the patterns' literal folders, each once."""
    found: list[tuple[int, int]] = []
    for prefix in sorted({pattern.prefix for pattern in wild}):
        # A prefix ends in a slash: 0 is the byte behind it.
        end = bisect_left(paths, prefix[:-1] + b"0") if prefix else len(paths)
        start = bisect_left(paths, prefix)
        if not found or end > found[-1][1]:
            found.append((start, end))
    return found


def _most_like(text: str, paths: list[bytes]) -> str:
    matcher = difflib.SequenceMatcher(b=text)

    def likeness(path: bytes) -> float:
        matcher.set_seq1(path.decode("utf-8", "replace"))
        return matcher.ratio()

    return _as_pattern(max(paths[:_MOST_NEAR], key=likeness))


def _as_pattern(path: bytes) -> str:
    """The pattern that names the path; empty for one that no pattern can spell."""
    try:
        text = re.sub(r"([*?\[\]\\])|^([!:])", r"\\\g<0>", path.decode())
    except UnicodeDecodeError:
        return ""
    return text if isinstance(parse(text), Pattern) else ""
