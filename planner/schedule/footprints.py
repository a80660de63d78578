"""What each task may touch, and where two of them can meet."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from planner.boundary.language import Term, Unproved, overlap
from planner.boundary.matching import PatternSet
from planner.boundary.meeting import pairs, sides
from planner.boundary.pattern import Pattern
from planner.paths import path_text
from planner.plan.model import Chosen, Plan, Slice, patterns
from planner.schedule.order import Network
from planner.scopes.fence import Fence
from planner.scopes.sets import held

_MOST_QUESTIONS: Final = 5_000  # to the algebra, of one plan; counted, as everywhere

_Common = frozenset[int]  # entries of `shared` that name both slices


class _Place:
    """A pattern that a task may touch; for one that declares no files, one of its slice."""

    def __init__(self, term: Term) -> None:
        self.term = term
        self.literal = _path(term.include)  # the one path that it names

    @cached_property
    def _sets(self) -> tuple[PatternSet, PatternSet, PatternSet]:
        include, exclude, without = self.term
        return PatternSet([include]), PatternSet(exclude, below=True), PatternSet(without)

    def has(self, path: bytes) -> bool:
        """Whether the place holds the path."""
        if path == self.literal and not self.term.exclude:
            return True
        holds, *lacks = self._sets
        return holds.first(path) is not None and all(each.first(path) is None for each in lacks)


class Footprints:
    """What each open task may touch: the patterns once each, and who touches which.

    Only patterns whose literal text agrees are looked at, and only for tasks that nothing else
    keeps apart; where one of two is a plain path the other is simply asked whether it holds it.
    What cannot be decided within the limits of the algebra counts as a meeting.
    """

    def __init__(self, plan: Plan, found: Network) -> None:
        self._plan = plan
        self._fence = Fence([plan])
        self._places: list[_Place] = []
        self._holders: list[int] = []
        self._of: list[list[int]] = []
        self._members: list[int] = []  # by task: the tasks of its slice
        self._classes: dict[_Common, int] = {}  # tasks whose slices the same entries name
        self._class_of: list[_Common] = []
        self._known: dict[tuple[int, int, _Common | None], str | None] = {}
        self._shared: dict[_Common, tuple[tuple[Pattern, ...], PatternSet]] = {}
        self._questions = 0
        self.declared: set[int] = set()
        self._numbers: dict[tuple[str, int], int] = {}
        for at, slice_ in enumerate(found.slices):
            self._add_slice(at, slice_)
        self._declaring = sum(1 << node for node in self.declared)
        self._meets = self._meetings()

    def _add_slice(self, at: int, slice_: Slice) -> None:
        first = len(self._of)
        members = ((1 << len(slice_.tasks)) - 1) << first
        common = frozenset(
            number for number, entry in enumerate(self._plan.shared) if slice_.id in entry.slices
        )
        self._classes[common] = self._classes.get(common, 0) | members
        scope: list[int] | None = None
        terms: Sequence[Term]
        for node, task in enumerate(slice_.tasks, first):
            self._members.append(members)
            self._class_of.append(common)
            if task.files:
                self.declared.add(node)
                terms = [Term(pattern) for pattern in patterns(task.files)]
                places = [self._place(term, -1) for term in terms if slice_.is_open]
            elif scope is None:
                terms = held(self._fence, Chosen(self._plan, slice_)) if slice_.is_open else ()
                places = scope = [self._place(term, at) for term in terms]
            else:
                places = scope
            self._of.append(list(dict.fromkeys(places)))
            for place in self._of[-1]:
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
        """The places in groups that cannot meet each other, since their paths begin differently."""
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
        """The other tasks of its slice of which nothing is known beside it."""
        fellows = others & self._members[node]
        return fellows & ~self._declaring if node in self.declared else fellows

    def clashes(self, node: int, others: int) -> Iterator[tuple[str, int]]:
        """The other tasks whose files can meet the task's, each once, with the path they share."""
        for place in self._of[node]:
            for beside in self._meets[place]:
                for group, common in self._groups(node, others & self._holders[beside]):
                    path = self._meet(place, beside, common)
                    if path is not None:
                        others &= ~group
                        yield path, group

    def _groups(self, node: int, others: int) -> Iterator[tuple[int, _Common | None]]:
        """The tasks by what is shared with them: nothing within a slice (None)."""
        fellows = others & self._members[node]
        if fellows and node in self.declared and fellows & self._declaring:
            yield fellows & self._declaring, None
        others &= ~fellows
        for common, members in self._classes.items() if others else ():
            if others & members:
                yield others & members, common & self._class_of[node]

    def _meet(self, one: int, other: int, common: _Common | None) -> str | None:
        key = (min(one, other), max(one, other), common)
        if key not in self._known:
            self._known[key] = self._ask(*key)
        return self._known[key]

    def _ask(self, one: int, other: int, common: _Common | None) -> str | None:
        """The path to name when two places can meet in one that is not shared, else None."""
        a, b = self._places[one], self._places[other]
        shared, shares = self._sharing(common)
        literal = b.literal if a.literal is None else a.literal
        if literal is not None:
            meets = a.has(literal) and b.has(literal) and shares.first(literal) is None
            return path_text(literal) if meets else None
        self._questions += 1
        if self._questions > _MOST_QUESTIONS:
            return a.term.include.text
        verdict = overlap((a.term,), (b.term,), without=shared)
        if verdict is None:
            return None
        if isinstance(verdict, Unproved) or a.term.include.text == b.term.include.text:
            return a.term.include.text
        return path_text(verdict.path)

    def _sharing(self, common: _Common | None) -> tuple[tuple[Pattern, ...], PatternSet]:
        """What two slices that those entries name may both touch; None: two tasks of one slice."""
        if common is None:
            return (), PatternSet(())
        if common not in self._shared:
            entries = [
                entry
                for number, entry in enumerate(self._plan.shared)
                if not entry.slices or number in common
            ]
            shared = tuple(patterns([*entries, *self._plan.generated]))
            self._shared[common] = shared, PatternSet(shared)
        return self._shared[common]


def _path(pattern: Pattern) -> bytes | None:
    return None if pattern.is_folder else pattern.literal
