"""What each task may touch, and where two of them can meet."""

from collections.abc import Iterator
from functools import cache, cached_property
from typing import Final

from planner.boundary.language import Term, Unproved, overlap
from planner.boundary.matching import PatternSet
from planner.boundary.meeting import pairs, sides
from planner.paths import path_text
from planner.plan.model import Chosen, Plan, Slice, patterns
from planner.schedule.order import Network
from planner.scopes.fence import Fence
from planner.scopes.sets import held
from planner.scopes.sharing import Sharing

_MOST_QUESTIONS: Final = 5_000  # to the algebra, per plan; not seconds, as in the algebra

_Common = frozenset[int]  # the entries of `shared` that name both slices


class _Place:
    """A pattern that a task may touch; without declared files, one that its slice holds."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.path = term.include.path  # the one path that it names

    @cached_property
    def _sets(self) -> tuple[PatternSet, PatternSet, PatternSet]:
        include, exclude, without = self.term
        return PatternSet([include]), PatternSet(exclude, below=True), PatternSet(without)

    def has(self, path: bytes) -> bool:
        """Return whether the place holds the path."""
        if path == self.path and not self.term.exclude:
            return True
        include, *excludes = self._sets
        return include.first(path) is not None and all(e.first(path) is None for e in excludes)


class Footprints:
    """What each open task may touch: each pattern once, and the tasks that may touch it.

    Only patterns whose literal text agrees are compared, and only for tasks that nothing else
    keeps apart; if one of two is a plain path, no search is needed. What could not be decided
    within the limit counts as a meeting.
    """

    def __init__(self, plan: Plan, network: Network) -> None:
        self._plan = plan
        self._fence = Fence([plan])
        self._places: list[_Place] = []
        self._holders: list[int] = []
        self._places_of: list[list[int]] = []  # by task
        self._members: list[int] = []  # by task: the mask of the tasks of its slice
        self._sharing = Sharing(plan)
        self._entries: list[_Common] = []  # by task: the entries that name its slice
        self._named_by: dict[_Common, int] = {}  # by entries: the tasks whose slices they name
        self._meet = cache(self._ask)
        self._questions = 0
        self.declared: set[int] = set()
        self._numbers: dict[tuple[str, int], int] = {}
        for at, slice_ in enumerate(network.slices):
            self._add_slice(at, slice_)
        self._declaring = sum(1 << node for node in self.declared)
        self._meets = self._meetings()

    def _add_slice(self, at: int, slice_: Slice) -> None:
        first = len(self._places_of)
        members = ((1 << len(slice_.tasks)) - 1) << first
        entries = self._sharing.entries(slice_.id)
        self._named_by[entries] = self._named_by.get(entries, 0) | members
        scope: list[int] | None = None
        for node, task in enumerate(slice_.tasks, first):
            self._members.append(members)
            self._entries.append(entries)
            if task.files:
                self.declared.add(node)
                files = patterns(task.files) if slice_.is_open else ()
                places = [self._place(Term(pattern), -1) for pattern in files]
            elif scope is None:
                terms = held(self._fence, Chosen(self._plan, slice_)) if slice_.is_open else ()
                places = scope = [self._place(term, at) for term in terms]
            else:
                places = scope
            self._places_of.append(list(dict.fromkeys(places)))
            for place in self._places_of[-1]:
                self._holders[place] |= 1 << node

    def _place(self, term: Term, scope: int) -> int:
        number = self._numbers.setdefault((term.include.text, scope), len(self._places))
        if number == len(self._places):
            self._places.append(_Place(term))
            self._holders.append(0)
        return number

    def _meetings(self) -> list[list[int]]:
        meets = [[place] for place in range(len(self._places))]
        for group in self._by_lead():
            for one, other in pairs([self._places[place].term.include for place in group]):
                meets[group[one]].append(group[other])
                meets[group[other]].append(group[one])
        return meets

    def _by_lead(self) -> Iterator[list[int]]:
        """Yield the places in groups whose paths start differently, so that groups cannot meet."""
        # For 2,000 tasks this is five times faster than pairs() over all places.
        leads = sorted((sides(each.term.include).lead, at) for at, each in enumerate(self._places))
        group: list[int] = []
        root = b""
        for lead, place in leads:
            if group and not lead.startswith(root):
                yield sorted(group)
                group = []
            root = root if group else lead
            group.append(place)
        yield sorted(group)

    def undeclared(self, node: int, others: int) -> int:
        """Return the others of its slice that it is kept apart from because files are missing."""
        peers = others & self._members[node]
        return peers & ~self._declaring if node in self.declared else peers

    def clashes(self, node: int, others: int) -> Iterator[tuple[str, int]]:
        """Yield the others whose files can meet the task's, each once, with the path they share."""
        for place in self._places_of[node]:
            for met in self._meets[place]:
                for group, common in self._groups(node, others & self._holders[met]):
                    path = self._meet(min(place, met), max(place, met), common)
                    if path is not None:
                        others &= ~group
                        yield path, group

    def _groups(self, node: int, others: int) -> Iterator[tuple[int, _Common | None]]:
        """Yield the others in groups by what is shared with them; None: the task's own slice."""
        peers = others & self._members[node]
        if node in self.declared and peers & self._declaring:
            yield peers & self._declaring, None
        others &= ~peers
        for entries, members in self._named_by.items() if others else ():
            if others & members:
                yield others & members, entries & self._entries[node]

    def _ask(self, one: int, other: int, common: _Common | None) -> str | None:
        """Return what to report if two places can meet in a path that is not shared, else None."""
        a, b = self._places[one], self._places[other]
        shared = () if common is None else self._sharing.patterns(common)
        path = b.path if a.path is None else a.path
        if path is not None:
            meets = a.has(path) and b.has(path) and PatternSet(shared).first(path) is None
            return path_text(path) if meets else None
        self._questions += 1
        if self._questions > _MOST_QUESTIONS:
            return a.term.include.text
        verdict = overlap((a.term,), (b.term,), without=shared)
        if verdict is None:
            return None
        if isinstance(verdict, Unproved) or a.term.include.text == b.term.include.text:
            return a.term.include.text
        return path_text(verdict.path)
