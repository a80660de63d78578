"""The algebra of boundaries: overlap, containment and difference, each with its cheapest witness.

What is taken away is brought in only when it holds the cheapest path found without it: most of
what a plan excludes never has to be looked at, and what is found in the end is exact.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from planner.boundary.automaton import Hole, Reach
from planner.boundary.matching import PatternSet
from planner.boundary.meeting import Pool, pairs, sides
from planner.boundary.pattern import DEEP, Pattern
from planner.boundary.witness import ANY, Answer, Beyond, Key, cheapest_path, least_cost, outside


class Term(NamedTuple):
    """The paths that `include` holds, less what is taken away.

    `exclude` takes away what its patterns hold and everything below that, `without` exactly what
    its patterns hold (shared paths, plan files).
    """

    include: Pattern
    exclude: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()


PathSet = tuple[Term, ...]
"""The paths that at least one of the terms holds."""


class Witness(NamedTuple):
    """The cheapest path that shows it, and the indices of the terms (-1: there is none)."""

    path: bytes
    one: int
    other: int


class Unproved(NamedTuple):
    """A question that needs more than `witness.LIMIT` states.

    `exclude` is the pattern with the most wildcards among those whose taking away was followed.
    """

    one: int
    other: int
    exclude: Pattern | None


Verdict = Witness | Unproved | None
_Terms = tuple[int, int]
_Candidate = tuple[int, _Terms]
_Question = tuple[int, int, frozenset[int], frozenset[int], Key]
_EVERYTHING: Final = Pattern("**", ((DEEP,),), is_folder=False)


def overlap(one: PathSet, other: PathSet, *, without: tuple[Pattern, ...] = ()) -> Verdict:
    """The cheapest path in both sets that `without` does not hold; None: proved disjoint.

    Where one pair of terms has a witness it is given, even if another pair is unproved.
    """
    found = overlaps(
        (one, other), is_ordered=lambda _one, _other: False, shared=lambda _one, _other: without
    )
    return found[0][2] if found else None


def cheapest(term: Term) -> bytes | Unproved | None:
    """The cheapest path of the term; None: proved empty."""
    found = difference((term,), ())
    return found.path if isinstance(found, Witness) else found


def difference(one: PathSet, other: PathSet) -> Verdict:
    """The cheapest path of `one` that `other` lacks; None: proved contained."""
    rest = _Rest(other)

    def settle(terms: _Terms, most: Key) -> Key | Beyond | None:
        term = one[terms[0]]
        includes = (term.include, _EVERYTHING)
        return outside(includes, lambda path: rest.holes(term, path), most=most)

    return _best([(least_cost(term.include), (at, -1)) for at, term in enumerate(one)], settle)


def overlaps(
    sets: Sequence[PathSet],
    *,
    is_ordered: Callable[[int, int], bool],
    shared: Callable[[int, int], tuple[Pattern, ...]],
) -> list[tuple[int, int, Witness | Unproved]]:
    """All pairs of sets (i < j) that are neither ordered nor disjoint, in order, and what shows it.

    Args:
        sets: any number of sets; only pairs whose literal text agrees cost anything.
        is_ordered: whether the two need not be disjoint.
        shared: what the two may both hold; asked only for sets that may meet.
    """
    ground = _Ground(sets)
    met = ground.meetings()
    asked = [owners for owners in sorted(met) if not is_ordered(*owners)]
    allowed = [ground.without.add(shared(*owners)) for owners in asked]
    found: list[tuple[int, int, Witness | Unproved]] = []
    for owners, free in zip(asked, allowed, strict=True):
        verdict = ground.verdict(owners, met[owners], free)
        if verdict is not None:
            found.append((*owners, verdict))
    return found


def _best(
    candidates: Iterable[_Candidate], settle: Callable[[_Terms, Key], Key | Beyond | None]
) -> Verdict:
    """Settle the candidates, the least cost first, until none can have a cheaper path.

    Args:
        candidates: what a path of each costs at least, and its terms.
        settle: finds the cheapest path of two terms, up to the one with this key.
    """
    best: tuple[Key, _Terms] | None = None
    unproved: Unproved | None = None
    most = ANY
    for least, terms in sorted(candidates):
        if least > most.cost:
            break
        found = settle(terms, most)
        if isinstance(found, Beyond):
            unproved = unproved or Unproved(*terms, found.pattern)
        elif found is not None and (best is None or (found, terms) < best):
            best = found, terms
            most = found
    return Witness(best[0].path, *best[1]) if best else unproved


class _Rest:
    """What a set lacks: the other side of a difference."""

    def __init__(self, terms: PathSet) -> None:
        self._terms = terms
        self._includes = PatternSet([term.include for term in terms])
        self._sets: dict[tuple[int, bool], tuple[tuple[Pattern, ...], PatternSet]] = {}

    def holes(self, term: Term, path: bytes) -> Iterable[Hole]:
        """Why the path is none of the term's that the set lacks: every hole that it lies in."""
        for index in self._set(term.exclude, below=True).every(path):
            yield Hole(Reach(term.exclude[index], below=True))
        for index in self._set(term.without).every(path):
            yield Hole(Reach(term.without[index]))
        for index in self._includes.every(path):
            other = self._terms[index]
            if (
                self._set(other.exclude, below=True).first(path) is None
                and self._set(other.without).first(path) is None
            ):
                yield Hole(Reach(other.include), self._exceptions(other, term))

    def _set(self, patterns: tuple[Pattern, ...], *, below: bool = False) -> PatternSet:
        key = (id(patterns), below)  # the patterns are kept, so the id stays theirs
        if key not in self._sets:
            self._sets[key] = (patterns, PatternSet(patterns, below=below))
        return self._sets[key][1]

    def _exceptions(self, other: Term, term: Term) -> tuple[Reach, ...]:
        """What the other term takes away, as far as this one has it in the first place."""
        gone = {pattern.text for pattern in term.exclude}
        gone_exactly = gone | {pattern.text for pattern in term.without}
        reaches = [Reach(each, below=True) for each in other.exclude if each.text not in gone]
        reaches += [Reach(each) for each in other.without if each.text not in gone_exactly]
        return tuple(
            reach
            for reach in dict.fromkeys(reaches)
            if _may_reach(reach, term.include) and _may_reach(reach, other.include)
        )


def _may_reach(reach: Reach, pattern: Pattern) -> bool:
    seen, here = sides(reach.pattern), sides(pattern)
    if not reach.below:
        return seen.agree(here)
    lead, start = seen.lead.rstrip(b"\0"), here.lead.rstrip(b"\0")
    return lead.startswith(start) or start.startswith(lead)


class _Laid(NamedTuple):
    """A term among many: whose it is, and the numbers of its pattern and of what it takes away."""

    owner: int
    at: int
    include: int
    exclude: frozenset[int]
    without: frozenset[int]


class _Ground:
    """Many sets, laid out by the patterns that they have in common."""

    def __init__(self, sets: Sequence[PathSet]) -> None:
        self.without = Pool(below=False)
        self._excludes = Pool(below=True)
        self._includes = Pool(below=False)
        self._terms = [
            [self._laid(owner, at, term) for at, term in enumerate(terms)]
            for owner, terms in enumerate(sets)
        ]
        self._meetings: dict[tuple[int, int], Answer] = {}
        self._known: dict[_Question, Key | Beyond | None] = {}

    def _laid(self, owner: int, at: int, term: Term) -> _Laid:
        return _Laid(
            owner,
            at,
            self._includes.number(term.include),
            self._excludes.add(term.exclude),
            self.without.add(term.without),
        )

    def meetings(self) -> dict[tuple[int, int], list[_Candidate]]:
        """The sets that may meet, with the terms that do and what a path of theirs costs at least.

        Told by the literal text of their patterns, and by what plainly takes all of it away.
        """
        patterns = self._includes.patterns
        users: list[list[_Laid]] = [[] for _ in patterns]
        for terms in self._terms:
            for laid in terms:
                users[laid.include].append(laid)
        covers = self._excludes.covers(patterns)
        found: dict[tuple[int, int], list[_Candidate]] = {}
        same = [(at, at) for at, here in enumerate(users) if here[0].owner != here[-1].owner]
        for at, beside in same + pairs(patterns):
            least = max(least_cost(patterns[at]), least_cost(patterns[beside]))
            for one, other in _strangers(users[at], users[beside], covers[at] | covers[beside]):
                here = found.setdefault((one.owner, other.owner), [])
                here.append((least, (one.at, other.at)))
        return found

    def verdict(
        self, owners: tuple[int, int], candidates: list[_Candidate], allowed: frozenset[int]
    ) -> Verdict:
        """Whether the two sets overlap, from where their patterns may meet."""

        def settle(terms: _Terms, most: Key) -> Key | Beyond | None:
            one, other = (self._terms[owner][at] for owner, at in zip(owners, terms, strict=True))
            return self._settle(one, other, allowed, most)

        return _best(candidates, settle)

    def _settle(
        self, one: _Laid, other: _Laid, allowed: frozenset[int], most: Key
    ) -> Key | Beyond | None:
        first, last = sorted((one.include, other.include))
        meeting = self._meeting(first, last, most)
        key = meeting.key
        if meeting.is_proved and (key is None or not key.ranks or key > most):
            return None
        excludes = one.exclude | other.exclude
        without = one.without | other.without | allowed

        def holes_at(path: bytes) -> list[Hole]:
            below = sorted(self._excludes.holding(path) & excludes)
            exactly = sorted(self.without.holding(path) & without)
            holes = [Hole(Reach(self._excludes.patterns[at], below=True)) for at in below]
            return holes + [Hole(Reach(self.without.patterns[at])) for at in exactly]

        holes = holes_at(key.path) if key else []
        if key and not holes:
            return key
        question = (first, last, excludes, without, most)
        if question not in self._known:
            includes = (self._includes.patterns[first], self._includes.patterns[last])
            self._known[question] = outside(includes, holes_at, holes=holes, most=most)
        return self._known[question]

    def _meeting(self, one: int, other: int, most: Key) -> Answer:
        """Where two patterns meet if nothing is taken away, as far as that is of interest."""
        known = self._meetings.get((one, other))
        if known is None or (known.key and not known.key.ranks and known.key <= most):
            patterns = self._includes.patterns
            known = cheapest_path(patterns[one], patterns[other], most=most)
            self._meetings[one, other] = known
        return known


def _strangers(
    ones: list[_Laid], others: list[_Laid], cover: frozenset[int]
) -> list[tuple[_Laid, _Laid]]:
    """Every two of different owners, in their order, that do not plainly lose what they share."""
    found = []
    for one in ones:
        if cover and cover & one.exclude:
            continue
        for other in others:
            if cover and cover & other.exclude:
                continue
            if one.owner < other.owner:
                found.append((one, other))
            elif one.owner > other.owner and ones is not others:
                found.append((other, one))
    return found
