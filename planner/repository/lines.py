"""The lines that a branch added to its files and removed from them."""

import contextlib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from planner.repository.changes import unquote
from planner.repository.git import Repository

_HUNK: Final = re.compile(rb"^@@ -([0-9]+)(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@", re.MULTILINE)


class LineChange(NamedTuple):
    """The lines of a file that were added, and those that were removed.

    A line that was changed is both. Lines count from 1: the former in the file as it is now, the
    latter in the file as it was.
    """

    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()


def line_changes(repository: Repository, base: str) -> dict[str, LineChange]:
    """Return by path the lines that differ between a commit and the work tree.

    Untracked files do not count. Files whose name is not UTF-8 are skipped: no report has them.
    """
    # --text: with an attribute (`*.py -diff`) a file would count as binary, without lines.
    printed = repository.run(
        "diff", "--text", "--unified=0", "--inter-hunk-context=0", "--no-renames", "--no-ext-diff",
        "--no-textconv", "--no-color", "--ignore-submodules=all", "-O/dev/null", "--no-relative",
        "--src-prefix=a/", "--dst-prefix=b/", base, "--",
    )  # fmt: skip
    changes: dict[str, LineChange] = {}
    for part in re.split(rb"^diff --git ", printed, flags=re.MULTILINE)[1:]:
        header = part.split(b"\n@@", 1)[0]
        # git quotes a name only where it must. There is no line of code before the first hunk.
        names = re.findall(rb'^(?:---|\+\+\+) (?:[ab]/(.*?)|"[ab]/(.*)")\t?$', header, re.MULTILINE)
        # Only the mode changed; or a symbolic link, which has a target and no lines.
        if not names or re.search(rb"^(?:new file mode|index \S+) 120000$", header, re.MULTILINE):
            continue
        plain, quoted = names[-1]
        hunks = [list(map(_span, hunk[::2], hunk[1::2])) for hunk in _HUNK.findall(part)]
        change = LineChange(_all(new for _, new in hunks), _all(old for old, _ in hunks))
        with contextlib.suppress(UnicodeDecodeError):
            changes[(plain or unquote(quoted)).decode()] = change
    return changes


def _span(start: bytes, count: bytes) -> range:
    return range(int(start), int(start) + int(count or 1))


def _all(spans: Iterable[range]) -> frozenset[int]:
    return frozenset(number for span in spans for number in span)
