"""A report as workflow commands of GitHub Actions, which shows them beside the changed files.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from planner.diagnostic import Diagnostic, Severity
from planner.formats.placed import problems
from planner.formats.text import printable, related_line, visible
from planner.report import Report

_MOST: Final = 10  # of a kind in a step: GitHub drops the rest without a word
_LONGEST: Final = 3_000  # GitHub cuts a message at 4,096 characters, escapes included
_COMMANDS: Final[dict[Severity, str]] = {"error": "error", "warning": "warning", "note": "notice"}


def report(answer: Report) -> Iterator[str]:
    """Yield an annotation for each finding, and one for why an answer is not known."""
    every = [one for _, one in problems(answer)]
    totals = Counter(one.severity for one in every)
    shown: Counter[Severity] = Counter()
    for one in every:
        shown[one.severity] += 1
        if shown[one.severity] <= _MOST:
            left = totals[one.severity] - _MOST if shown[one.severity] == _MOST else 0
            yield _annotation(one, left)


def _annotation(one: Diagnostic, left: int) -> str:
    """The command for a finding.

    Args:
        left: how many more of its kind are not shown; this one says so.
    """
    place = one.location
    # The list is trimmed: a path that ends with a space must not be the last property.
    named = {"file": place.path, "line": place.line, "col": place.column, "title": one.rule}
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in named.items() if value)
    lines = [one.message, *map(related_line, one.related), f"hint: {one.hint}" if one.hint else ""]
    message = _cut("\n".join(visible(line) for line in lines if line))
    more = f"\nand {left:,} more" if left else ""
    return f"::{_COMMANDS[one.severity]} {listed}::{_data(message + more)}\n"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _data(text: str) -> str:
    """Escape a message as GitHub's toolkit does: packages/core/src/command.ts."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property; a line break must stay one, or the path would be another file's."""
    parts = re.split("([\r\n])", text)
    shown = "".join(part if part in "\r\n" else printable(part) for part in parts)
    return _data(shown).replace(":", "%3A").replace(",", "%2C")
