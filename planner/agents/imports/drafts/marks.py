"""Which tasks are marked as parallel, but are not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from planner.agents.imports.found import Found, Item, id_of
from planner.boundary.language import Term, Unproved, overlap
from planner.boundary.pattern import Pattern, parse
from planner.diagnostic import Diagnostic, Location, Related
from planner.graph import reachable, shortest
from planner.paths import path_text
from planner.rules import FALSE_PARALLEL

_MOST_TOLD: Final = 10  # tasks beside which one cannot run
_MOST_ASKED: Final = 8_000  # pairs of patterns with a wildcard or a folder


def false_marks(found: Found) -> Iterator[Diagnostic]:
    """Report each task that is marked, and that another marked task of its group keeps from it.

    Either may touch a path in common, or one waits for the other. Only what is declared counts as
    waiting: that a list has an order is what the mark denies.
    """
    items = [item for group in found.groups for item in group.items]
    places = {id_of(item.id): at for at, item in reversed(list(enumerate(items)))}
    waits = [[places[id_of(n.id)] for n in item.needs if id_of(n.id) in places] for item in items]
    before = reachable(waits)
    for group in found.groups:
        marked = [item for item in group.items if item.mark is not None]
        asked = _Asked(marked)
        for at, item in enumerate(marked):
            reasons = []
            for number, other in enumerate(marked[:at]):
                path = asked.common(number, at)
                mine, theirs = places[id_of(item.id)], places[id_of(other.id)]
                if before[mine] >> theirs & 1 or before[theirs] >> mine & 1:
                    ends = (mine, theirs) if before[mine] >> theirs & 1 else (theirs, mine)
                    way = shortest(waits, *ends, range(len(items)))
                    reasons.append((other, _waiting([items[one].id for one in way]), path))
                elif path:
                    reasons.append((other, f"both touch {path}", path))
            if reasons and item.mark:
                yield _false(item, item.mark, reasons)


def _waiting(ids: Sequence[str]) -> str:
    return ", which waits for ".join([f"{ids[0]} waits for {ids[1]}", *ids[2:]])


_Reason = tuple[Item, str, str]


def _false(item: Item, mark: Location, reasons: Sequence[_Reason]) -> Diagnostic:
    first, why, path = reasons[0]
    more = f" and {len(reasons) - 1} more" if len(reasons) > 1 else ""
    message = f"{item.id} is marked as parallel, but cannot run beside {first.id}{more}: {why}"
    hint = "remove the mark, or the dependency"
    if path:
        hint = "remove the mark, or let only one of them touch the path"
    details: dict[str, Any] = {"witness": path} if path else {}
    related = tuple(Related(other.mark or other.place, said) for other, said in _told(reasons))
    ids = [item.id, first.id]
    return FALSE_PARALLEL.at(mark, message, hint, related=related, tasks=ids, **details)


def _told(reasons: Sequence[_Reason]) -> Iterator[tuple[Item, str]]:
    for other, why, _ in reasons[:_MOST_TOLD]:
        yield other, f"{other.id} is marked as well; {why}"


class _Asked:
    """Where the tasks of a group may touch a common path, each question asked once."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._patterns: list[list[Pattern]] = []
        for item in items:
            read = [parse(path.text) for path in item.paths]
            self._patterns.append([one for one in read if isinstance(one, Pattern)])
        self._plain: list[Mapping[bytes, None]] = [
            dict.fromkeys(one.path for one in every if one.path is not None)
            for every in self._patterns
        ]
        self._wild = [[one for one in every if one.path is None] for every in self._patterns]
        self._left = _MOST_ASKED

    def common(self, one: int, other: int) -> str:
        """A path that both may touch, the first that the later names; or empty."""
        for path in self._plain[other]:
            if path in self._plain[one]:
                return path_text(path)
        if not (self._wild[one] or self._wild[other]):
            return ""
        self._left -= len(self._patterns[one]) * len(self._patterns[other])
        if self._left < 0:
            return ""
        terms = (tuple(Term(each) for each in self._patterns[at]) for at in (one, other))
        found = overlap(*terms)
        return "" if found is None or isinstance(found, Unproved) else path_text(found.path)
