"""The tracked files of a repository in few lines: the folders that matter most, with their content.

Names are other people's text: one that is not plain is quoted, so that it stays on its line.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from planner.formats.text import visible
from planner.paths import path_text
from planner.plan.document.scalars import in_quotes

_PLAIN: Final = re.compile(r"[\w./](?:[\w./@+~()\[\]=,-]*[\w./)\]=+~-])?", re.ASCII)
_LONGEST_LINE: Final = 600  # bytes
_MOST_TRIED: Final = 400  # folders: more are never shown


def named(path: bytes) -> str:
    """Return a path on one line, as YAML writes it; in quotes where it is not a plain word."""
    text = path_text(path)
    return text if _PLAIN.fullmatch(text) else visible(in_quotes(text))


def size(text: str) -> int:
    """Return how many bytes a text has."""
    return len(text.encode("utf-8", "backslashreplace"))


def joined(items: Sequence[str], most: int) -> str:
    """Return as many items as fit into a number of bytes, and how many more there are."""
    left = most - len(", and 1,000,000 more")
    shown = 0
    for item in items:
        left -= size(item) + 2
        if left < 0:
            break
        shown += 1
    rest = f"{len(items) - shown:,} more" if shown < len(items) else ""
    return ", ".join([*items[:shown], *([f"and {rest}" if shown else rest] if rest else [])])


def outline(paths: Sequence[bytes], often: Mapping[bytes, int], most: int) -> tuple[str, ...]:
    """Return lines that show a tree, each a folder with what is in it, in path order.

    The root comes first, then the folders below which most was changed, as far as there is space.

    Args:
        often: how often paths were changed lately.
        most: in bytes, with a line feed for each line.
    """
    folders = _Folders(paths, often)
    lines: dict[bytes, str] = {}
    waiting = [folders.rank(b"")]
    for _ in range(_MOST_TRIED):
        if not waiting:
            break
        *_, folder = heapq.heappop(waiting)
        line = folders.line(folder, min(_LONGEST_LINE, most))
        if size(line) + 1 > most:
            continue
        most -= size(line) + 1
        lines[folder] = line
        for inner in folders.inner[folder]:
            heapq.heappush(waiting, folders.rank(inner))
    return tuple(lines[folder] for folder in sorted(lines))


class _Folders:
    """The folders of a tree; each is named by its path with a closing slash, the root is empty."""

    def __init__(self, paths: Iterable[bytes], often: Mapping[bytes, int]) -> None:
        self.inner: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._files: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._counts: Counter[bytes] = Counter()
        self._changes: Counter[bytes] = Counter()
        self._often = often
        for path in paths:
            self._files[path[: path.rfind(b"/") + 1]].append(path)
        for folder, files in list(self._files.items()):
            changes = sum(often.get(path, 0) for path in files)
            for above in _ways(folder):
                if above and not self._counts[above]:
                    self.inner[above[: above.rfind(b"/", 0, -1) + 1]].append(above)
                self._counts[above] += len(files)
                self._changes[above] += changes

    def rank(self, folder: bytes) -> tuple[int, int, bytes]:
        """Return what puts the folder that matters most first."""
        return -self._changes[folder], -self._counts[folder], folder

    def line(self, folder: bytes, most: int) -> str:
        """Return a line with what is in a folder, cut if it has more bytes."""
        inner = sorted(self.inner[folder], key=self.rank)
        files = sorted(self._files[folder], key=lambda path: (-self._often.get(path, 0), path))
        at = len(folder)
        items = [f"{named(one[at:])} ({self._counts[one]:,})" for one in inner]
        items += [named(path[at:]) for path in files]
        head = f"- {named(folder) if folder else 'the root'}: "
        return head + joined(items, most - size(head))


def _ways(folder: bytes) -> Iterator[bytes]:
    """The folder, and those that it is in, up to the root."""
    while folder:
        yield folder
        folder = folder[: folder.rfind(b"/", 0, -1) + 1]
    yield b""
