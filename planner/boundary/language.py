"""The algebra of boundaries: overlap, containment and difference, each with its cheapest witness.

An exclusion is brought in only once it holds the cheapest path found without it: most of what a
plan excludes is never looked at, and the answer is still exact. docs/algebra.md has an example.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import product
from typing import Final, NamedTuple

from planner.boundary import budget
from planner.boundary.automaton import Exclusion, Reach, least_cost
from planner.boundary.matching import PatternSet
from planner.boundary.meeting import Pool, pairs, sides
from planner.boundary.pattern import DEEP, Pattern
from planner.boundary.witness import ANY, Key, OverLimit, cheapest_outside, cheapest_path


class Term(NamedTuple):
    """The paths that `include` holds, less what is taken away.

    `exclude` takes away what its patterns hold and everything below, `without` exactly what its
    patterns hold (shared paths, plan files).
    """

    include: Pattern
    exclude: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()


PathSet = tuple[Term, ...]
"""The paths that at least one of the terms holds."""


class Witness(NamedTuple):
    """The cheapest path that shows it, and the indices of the terms that hold it (-1: none)."""

    path: bytes
    one: int
    other: int


class Unproved(NamedTuple):
    """A question that could not be decided within `witness.LIMIT` states, or those of the run.

    `exclude` is the pattern with the most wildcards among the exclusions that were brought in.
    `is_last`: the questions after this one were not asked at all.
    """

    one: int
    other: int
    exclude: Pattern | None
    is_last: bool = False


Verdict = Witness | Unproved | None
_Terms = tuple[int, int]  # their indices
_Candidate = tuple[int, _Terms]  # what a path of both terms costs at least
_Decide = Callable[[_Terms, Key], Key | OverLimit | None]
_Question = tuple[int, int, "_Numbers", Key]
_EVERYTHING: Final = Pattern("**", ((DEEP,),), is_folder=False)


def overlap(one: PathSet, other: PathSet, *, without: tuple[Pattern, ...] = ()) -> Verdict:
    """Find the cheapest path in both sets that `without` does not hold; None: proved disjoint.

    A witness of one pair of terms is returned even if another pair is unproved.
    """
    verdicts = overlaps(
        (one, other), is_ordered=lambda _one, _other: False, shared=lambda _one, _other: without
    )
    return verdicts[0][2] if verdicts else None


def cheapest(term: Term) -> bytes | Unproved | None:
    """Find the cheapest path of the term; None: proved empty."""
    verdict = difference((term,), ())
    return verdict.path if isinstance(verdict, Witness) else verdict


def difference(one: PathSet, other: PathSet) -> Verdict:
    """Find the cheapest path of `one` that is not in `other`; None: proved contained."""
    budget.take((len(one) + len(other)) // _TERMS_A_STATE)
    if not budget.left():
        return Unproved(0, -1, None)
    subtracted = _Subtracted(one, other)

    def decide(terms: _Terms, most: Key) -> Key | OverLimit | None:
        term = one[terms[0]]
        includes = (term.include, _EVERYTHING)
        return cheapest_outside(includes, partial(subtracted.exclusions, term), most=most)

    return _cheapest([(least_cost(term.include), (at, -1)) for at, term in enumerate(one)], decide)


def overlaps(
    sets: Sequence[PathSet],
    *,
    is_ordered: Callable[[int, int], bool],
    shared: Callable[[int, int], tuple[Pattern, ...]],
) -> list[tuple[int, int, Witness | Unproved]]:
    """List all pairs of sets (i < j) that are neither ordered nor disjoint, in order, with why.

    Args:
        sets: any number of sets; only pairs whose literal text agrees cost anything. Where the
            states of the run do not suffice, the last verdict is unproved and says `is_last`.
        is_ordered: whether the two need not be disjoint.
        shared: what both may hold; called only for sets that may meet.
    """
    index = _Index(sets)
    meeting, cut = index.meetings(is_ordered)
    asked = sorted(meeting)
    # All before the first question: a pattern added to a pool resets what the pool knows.
    allowed = [index.taken.without.add(shared(*owners)) for owners in asked]
    verdicts: list[tuple[int, int, Witness | Unproved]] = []
    for owners, free in zip(asked, allowed, strict=True):
        if not budget.left():
            return [*verdicts, (*owners, Unproved(*meeting[owners][0][1], None, is_last=True))]
        verdict = _cheapest(meeting[owners], partial(index.decide, owners, free))
        if verdict is not None:
            budget.take(_STATES_A_VERDICT)
            verdicts.append((*owners, verdict))
    if cut:
        one, other = sorted(cut)
        unproved = Unproved(one.at, other.at, None, is_last=True)
        verdicts.append((one.owner, other.owner, unproved))
    return verdicts


_TERMS_A_STATE: Final = 16  # to index so many takes as long as one state of a search
_PAIRS_A_STATE: Final = 8  # to list so many does, too
_STATES_A_VERDICT: Final = 10  # to tell one
_MOST_CANDIDATES: Final = 500_000  # of terms that may meet


def _cheapest(candidates: Iterable[_Candidate], decide: _Decide) -> Verdict:
    """Decide the candidates, the least cost first, until none can have a cheaper path.

    `decide` finds the cheapest path of two terms, up to the one with the given key.
    """
    best: tuple[Key, _Terms] | None = None
    unproved: Unproved | None = None
    most = ANY
    for least, terms in sorted(candidates):
        if least > most.cost:
            break
        answer = decide(terms, most)
        if isinstance(answer, OverLimit):
            unproved = unproved or Unproved(*terms, answer.pattern)
        elif answer is not None and (best is None or (answer, terms) < best):
            best = answer, terms
            most = answer
    return Witness(best[0].path, *best[1]) if best else unproved


class _Numbers(NamedTuple):
    """The patterns that a term takes away, by their numbers in the pools of `_Taken`."""

    exclude: frozenset[int]
    without: frozenset[int]


class _Taken:
    """All patterns that some terms take away, by number."""

    def __init__(self) -> None:
        self.exclude = Pool(below=True)
        self.without = Pool(below=False)

    def add(self, term: Term) -> _Numbers:
        """Return the numbers of the patterns that the term takes away."""
        return _Numbers(self.exclude.add(term.exclude), self.without.add(term.without))

    def holding(self, numbers: _Numbers, path: bytes) -> list[Exclusion]:
        """List those of these patterns that hold the path."""
        exclude, without = numbers
        # To ask a pool is not free: the first time it makes a set of its patterns.
        below = self.exclude.holding(path) & exclude if exclude else ()
        exactly = self.without.holding(path) & without if without else ()
        return [
            *(Exclusion(Reach(self.exclude.patterns[at], below=True)) for at in sorted(below)),
            *(Exclusion(Reach(self.without.patterns[at])) for at in sorted(exactly)),
        ]


class _Subtracted:
    """The set that a difference takes away from another, as exclusions."""

    def __init__(self, one: PathSet, other: PathSet) -> None:
        self._terms = other
        self._includes = PatternSet([term.include for term in other])
        self._taken = _Taken()
        for term in (*one, *other):
            self._taken.add(term)

    def exclusions(self, term: Term, path: bytes) -> Iterable[Exclusion]:
        """Yield every exclusion that holds the path: of the term itself, and of this set."""
        yield from self._taken.holding(self._taken.add(term), path)
        for index in self._includes.every(path):
            other = self._terms[index]
            if not self._taken.holding(self._taken.add(other), path):
                yield Exclusion(Reach(other.include), self._exceptions(other, term))

    def _exceptions(self, other: Term, term: Term) -> tuple[Reach, ...]:
        """Return what the other term takes away, unless this one takes it away as well."""
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
    one, other = sides(reach.pattern), sides(pattern)
    if not reach.below:
        return one.agree(other)
    lead, start = one.lead.rstrip(b"\0"), other.lead.rstrip(b"\0")
    return lead.startswith(start) or start.startswith(lead)


class _IndexedTerm(NamedTuple):
    """A term of one of many sets: the set and its place there, and its patterns by number."""

    owner: int
    at: int
    include: int
    taken: _Numbers


class _Index:
    """Many sets, indexed by the patterns that they have in common."""

    def __init__(self, sets: Sequence[PathSet]) -> None:
        self.taken = _Taken()
        self._includes = Pool(below=False)
        self._terms = [
            [
                _IndexedTerm(owner, at, self._includes.number(term.include), self.taken.add(term))
                for at, term in enumerate(terms)
            ]
            for owner, terms in enumerate(sets)
        ]
        self._meetings: dict[tuple[int, int], Key | None] = {}
        self._known: dict[_Question, Key | OverLimit | None] = {}

    def meetings(
        self, is_ordered: Callable[[int, int], bool]
    ) -> tuple[dict[tuple[int, int], list[_Candidate]], tuple[_IndexedTerm, _IndexedTerm] | None]:
        """Return the sets that may meet, with the terms whose literal text agrees, up to a limit.

        Terms of which an exclude obviously takes away everything are left out, and so are pairs
        of sets that are ordered. With the terms at which the limit was reached, if it was.
        """
        patterns = self._includes.patterns
        users: list[list[_IndexedTerm]] = [[] for _ in patterns]
        for terms in self._terms:
            for term in terms:
                users[term.include].append(term)
        covers = self.taken.exclude.covers(patterns)
        meeting: dict[tuple[int, int], list[_Candidate]] = {}
        same = [(at, at) for at, terms in enumerate(users) if terms[0].owner != terms[-1].owner]
        agreeing = same + pairs(patterns, most=_MOST_CANDIDATES)
        budget.take(len(agreeing) // _PAIRS_A_STATE)
        count = 0
        for first, last in agreeing:
            least = max(least_cost(patterns[first]), least_cost(patterns[last]))
            cover = covers[first] | covers[last]
            for one, other in _cross_owner_pairs(users[first], users[last], cover):
                if is_ordered(one.owner, other.owner):
                    continue
                candidates = meeting.setdefault((one.owner, other.owner), [])
                candidates.append((least, (one.at, other.at)))
                count += 1
            if count >= _MOST_CANDIDATES:
                return meeting, (users[first][0], users[last][-1])
        if len(agreeing) < _MOST_CANDIDATES:
            return meeting, None
        first, last = agreeing[-1]
        return meeting, (users[first][0], users[last][-1])

    def decide(
        self, owners: tuple[int, int], allowed: frozenset[int], terms: _Terms, most: Key
    ) -> Key | OverLimit | None:
        """Find the cheapest path, up to this key, of a term of each of two sets."""
        one, other = (self._terms[owner][at] for owner, at in zip(owners, terms, strict=True))
        first, last = sorted((one.include, other.include))
        key = self._meeting(first, last, most)
        if key and (not key.ranks or key > most):
            return None
        without = one.taken.without | other.taken.without | allowed
        taken = _Numbers(one.taken.exclude | other.taken.exclude, without)
        exclusions = self.taken.holding(taken, key.path) if key else []
        if key and not exclusions:
            return key
        question = (first, last, taken, most)
        if question not in self._known:
            self._known[question] = cheapest_outside(
                (self._includes.patterns[first], self._includes.patterns[last]),
                partial(self.taken.holding, taken),
                exclusions=exclusions,
                most=most,
            )
        return self._known[question]

    def _meeting(self, one: int, other: int, most: Key) -> Key | None:
        """Return where two patterns meet before anything is taken away; None: over the limit.

        Without a path, a key says what any path costs at least; it is more than `most`.
        """
        known = self._meetings.get((one, other), Key(0, b""))
        if known and not known.ranks and known < most:
            patterns = self._includes.patterns
            known = cheapest_path(patterns[one], patterns[other], most=most).key
            self._meetings[one, other] = known
        return known


def _cross_owner_pairs(
    ones: list[_IndexedTerm], others: list[_IndexedTerm], cover: frozenset[int]
) -> list[tuple[_IndexedTerm, _IndexedTerm]]:
    """List all pairs of different owners, in their order, that no exclude of `cover` empties."""
    crossing = []
    for one, other in product(ones, others):
        if not (cover.isdisjoint(one.taken.exclude) and cover.isdisjoint(other.taken.exclude)):
            continue
        if one.owner < other.owner:
            crossing.append((one, other))
        elif one.owner > other.owner and ones is not others:
            crossing.append((other, one))
    return crossing
