"""The problems of one plan file, collected while it is read."""

from collections.abc import Iterable
from typing import Final

from planner.diagnostic import Diagnostic, Location, Related
from planner.plan.document.nodes import Node
from planner.rules import TOO_MANY_MISTAKES, Rule

MOST_DIAGNOSTICS: Final = 10_000
_MOST_SEARCHES: Final = 500  # each takes about a millisecond
_LONGEST_WORD: Final = 100


class Problems:
    """The diagnostics of one file, in the order in which they were found."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.diagnostics: list[Diagnostic] = []
        self._searches = _MOST_SEARCHES

    def report(
        self, node: Node, rule: Rule, message: str, hint: str = "", *related: Related
    ) -> None:
        """Add an error at the node; after `MOST_DIAGNOSTICS` only that there are more."""
        place = self.place(node)
        if len(self.diagnostics) < MOST_DIAGNOSTICS:
            self.diagnostics.append(rule.at(place, message, hint, related=related))
        elif len(self.diagnostics) == MOST_DIAGNOSTICS:
            message = f"the plan has more than {MOST_DIAGNOSTICS} errors"
            more = TOO_MANY_MISTAKES.at(place, message, "fix the listed ones first")
            self.diagnostics.append(more)

    def place(self, node: Node) -> Location:
        """Return the place of a node in the file."""
        return Location(self.path, node.line, node.column)

    def nearest(self, word: str, known: Iterable[str]) -> str:
        """Return a hint that names the nearest known word; none after many searches."""
        self._searches -= 1
        is_affordable = self._searches >= 0 and len(word) <= _LONGEST_WORD
        return nearest(word, known) if is_affordable else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word; empty when none is near."""
    import difflib  # noqa: PLC0415 - only where something is misspelled

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
