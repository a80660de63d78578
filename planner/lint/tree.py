"""The tracked paths of a repository, and which patterns match them."""

import difflib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, literal_path, parse
from planner.branch.run import Run
from planner.repository import changes

_MOST_COMPARED: Final = 2000  # names per search: difflib takes 10 us each
_MOST_SEARCHES: Final = 50
_LEAST_RATIO: Final = 0.65  # of similar names, as difflib measures it: 0.67 for 'apo' and 'api'


class Tree:
    """The tracked paths of a repository.

    Args:
        paths: all of them.
        is_folder: tells whether a path is a folder in the trusted commit.
    """

    def __init__(self, paths: Iterable[bytes], is_folder: Callable[[bytes], bool]) -> None:
        self._sorted = sorted(paths)
        self._searches = 0
        self.is_folder = is_folder

    @cached_property
    def folders(self) -> Sequence[bytes]:
        """The folders of the tree, sorted."""
        folders: set[bytes] = set()
        for path in self._sorted:
            folder = path.rpartition(b"/")[0]
            while folder and folder not in folders:
                folders.add(folder)
                folder = folder.rpartition(b"/")[0]
        return sorted(folders)

    def matched(self, patterns: Iterable[Pattern]) -> frozenset[Pattern]:
        """Return the patterns that hold a tracked path."""
        return _matched(patterns, self._sorted)

    def matched_folders(self, patterns: Iterable[Pattern]) -> frozenset[Pattern]:
        """Return the patterns that match the path of a folder."""
        return _matched(patterns, self.folders)

    def nearest(self, pattern: Pattern) -> str:
        """Return the tracked path or folder most like a pattern, as a pattern; "" if none is near.

        The same name in another folder is preferred to a similar name in the same folder. After
        `_MOST_SEARCHES` calls the result is always "", because each search takes a while.
        """
        self._searches += 1
        if self._searches > _MOST_SEARCHES:
            return ""
        last = literal_path(pattern.segments[-1:])
        elsewhere = self._named.get(last) if last is not None else None
        return _most_similar(pattern.text, elsewhere) if elsewhere else self._find_similar(pattern)

    @cached_property
    def _named(self) -> Mapping[bytes, list[bytes]]:
        """The paths, and the folders with a closing slash, by their last name."""
        named: dict[bytes, list[bytes]] = {}
        for path in (*self._sorted, *(folder + b"/" for folder in self.folders)):
            named.setdefault(path.removesuffix(b"/").rpartition(b"/")[2], []).append(path)
        return named

    def _find_similar(self, pattern: Pattern) -> str:
        """Return a path that differs from the pattern in one similar name; "" if there is none."""
        folder = b""
        for at, segment in enumerate(pattern.segments):
            name = literal_path((segment,))
            if name is None:
                break
            inner = folder + name + b"/"
            if _starts(self._sorted, inner):
                folder = inner
                continue
            names = {
                each.decode("utf-8", "replace").rstrip("/"): each for each in self._list(folder)
            }
            near = difflib.get_close_matches(name.decode(), names, 1, _LEAST_RATIO)
            if not near:
                break
            path = folder + names[near[0]]
            rest = b"/".join(literal_path((part,)) or b"*" for part in pattern.segments[at + 1 :])
            return _as_pattern(path + rest if _contains(self._sorted, path + rest) else path)
        return ""

    def _list(self, folder: bytes) -> Iterator[bytes]:
        """Iterate over the first names in a folder, those of folders with a closing slash."""
        at = bisect_left(self._sorted, folder)
        for _ in range(_MOST_COMPARED):
            if at == len(self._sorted) or not self._sorted[at].startswith(folder):
                return
            name, slash, _ = self._sorted[at][len(folder) :].partition(b"/")
            yield name + slash
            # Skip all paths in this folder: '0' is the byte after '/'.
            at = bisect_left(self._sorted, folder + name + b"0", at + 1) if slash else at + 1


def tree_of(run: Run) -> Tree:
    """Return the tracked paths of a repository; folders are those of the trusted commit.

    Raises:
        GitError: git failed.
    """
    tip = run.trusted_tip

    def is_folder(path: bytes) -> bool:
        entry = run.objects.oid(tip.commit.encode() + b":" + path) if tip else None
        return entry is not None and entry[1] == "tree"

    return Tree(changes.list_tracked(run.repository), is_folder)


def _starts(paths: Sequence[bytes], prefix: bytes) -> bool:
    at = bisect_left(paths, prefix)
    return at < len(paths) and paths[at].startswith(prefix)


def _contains(paths: Sequence[bytes], path: bytes) -> bool:
    at = bisect_left(paths, path)
    return at < len(paths) and paths[at] == path


def _matched(patterns: Iterable[Pattern], paths: Sequence[bytes]) -> frozenset[Pattern]:
    matched: set[Pattern] = set()
    wild: list[Pattern] = []
    for pattern in dict.fromkeys(patterns):
        literal = pattern.literal
        if literal is None:
            wild.append(pattern)
        elif _starts(paths, literal + b"/") if pattern.is_folder else _contains(paths, literal):
            matched.add(pattern)
    return frozenset(matched | _matched_wild(wild, paths))


def _matched_wild(wild: list[Pattern], paths: Sequence[bytes]) -> set[Pattern]:
    """Return the patterns that match a path; each path is tried once."""
    matched: set[Pattern] = set()
    waiting, hits = PatternSet(wild), set[int]()
    for start, end in _ranges(wild, paths):
        for path in paths[start:end]:
            hits.update(waiting.every(path))
            if hits and len(hits) * 2 >= len(wild):
                # Drop patterns that have matched, or each further path is tried on all of them.
                matched.update(wild[at] for at in hits)
                wild = [pattern for at, pattern in enumerate(wild) if at not in hits]
                if not wild:
                    return matched
                waiting, hits = PatternSet(wild), set()
    return matched | {wild[at] for at in hits}


def _ranges(wild: Iterable[Pattern], paths: Sequence[bytes]) -> list[tuple[int, int]]:
    """Return the ranges of sorted paths below the literal prefixes of patterns, without overlap."""
    ranges: list[tuple[int, int]] = []
    for prefix in sorted({pattern.prefix for pattern in wild}):
        # A prefix ends with '/', and '0' is the byte after that.
        end = bisect_left(paths, prefix[:-1] + b"0") if prefix else len(paths)
        start = bisect_left(paths, prefix)
        if not ranges or end > ranges[-1][1]:
            ranges.append((start, end))
    return ranges


def _most_similar(text: str, paths: list[bytes]) -> str:
    matcher = difflib.SequenceMatcher(b=text)

    def ratio(path: bytes) -> float:
        matcher.set_seq1(path.decode("utf-8", "replace"))
        return matcher.ratio()

    return _as_pattern(max(paths[:_MOST_COMPARED], key=ratio))


def _as_pattern(path: bytes) -> str:
    """Return the pattern for a path; "" for a path that no pattern can express."""
    try:
        text = re.sub(r"([*?\[\]\\])|^([!:])", r"\\\g<0>", path.decode())
    except UnicodeDecodeError:
        return ""
    return text if isinstance(parse(text), Pattern) else ""
