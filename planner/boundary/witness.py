"""The witness: the cheapest path that two patterns hold and no exclusion does.

An A* search over the automata, by the costs of the contract (docs/algebra.md has an example). A
state is dropped when a cheaper one is at the same place and the exclusions can do less to it.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import chain
from typing import Final, NamedTuple

from planner.boundary import budget
from planner.boundary.automaton import COST, FIRST, ROW, SLASH, Exclusion, Exclusions, walk
from planner.boundary.pattern import Pattern, is_wild

LIMIT: Final = 5_000  # states per question; not seconds, so that all machines answer the same
_BITS_A_STATE: Final = 4_096  # a state of longer patterns counts as several, for its memory
_STATES_A_SEARCH: Final = 2  # what it takes to begin one
_EXCLUSIONS_A_STATE: Final = 8  # to follow so many takes as long again, which the run pays for
_BYTES_A_STATE: Final = 256  # so does a long run of forced bytes

_LETTERS: Final = b"xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORDER: Final = _LETTERS + bytes(byte for byte in range(256) if byte not in _LETTERS)
_RANK: Final = bytes(_ORDER.index(byte) for byte in range(256))


class Key(NamedTuple):
    """A path as witnesses sort: by cost, then in the order x, a-z, 0-9, A-Z, the rest."""

    cost: int
    ranks: bytes

    @property
    def path(self) -> bytes:
        """The path itself."""
        return self.ranks.translate(_ORDER)


ANY: Final = Key(sys.maxsize, b"")
"""More than the key of any path."""

# The place in a segment: a small automaton that rejects `.`, `..` and `.git` (in any case), which
# are not names of files. 0: nothing yet, 1: `.`, 2: `..`, 3: `.g`, 4: `.gi`, 5: `.git`, 6: others.
_START: Final = 0
_PLAIN: Final = 6
_NAMES: Final = (b".", b".gG", b"", b"iI", b"tT", b"", b"")  # by place: bytes in `_STEPS`
_STEPS: Final[tuple[dict[int, int], ...]] = (
    {ord("."): 1},
    {ord("."): 2, ord("g"): 3, ord("G"): 3},
    {},
    {ord("i"): 4, ord("I"): 4},
    {ord("t"): 5, ord("T"): 5},
    {},
    {},
)
_MAY_END: Final = (False, False, False, True, True, False, True)
_CHEAPEST: Final = tuple(
    sorted(_ORDER.replace(b"/", b"").replace(b"\0", b""), key=costs.__getitem__) for costs in COST
)  # bytes of a name, by cost and rank: within a segment, and at its start


class Answer(NamedTuple):
    """The key of the cheapest path, and how many states it took to find; None: over the limit.

    A key without a path says what any path costs at least, which is more than was asked for.
    """

    key: Key | None
    states: int


# A path so far: (cost, ranks, at_one, at_other, place, bits): what the whole path costs at least
# (until it is queued: what it costs so far), its bytes as ranks, its positions in the two patterns
# and in the segment, and the bits of the exclusions. States sort by cost, then ranks, as witnesses
# do. Not a NamedTuple: creating those would take a third of the time of a search.
_State = tuple[int, bytes, int, int, int, int]


def cheapest_path(
    one: Pattern,
    other: Pattern,
    exclusions: Sequence[Exclusion] = (),
    *,
    limit: int = LIMIT,
    most: Key = ANY,
) -> Answer:
    """Find the cheapest path that both patterns hold and no exclusion does.

    Args:
        limit: how many states the search may take, if the run has as many left.
        most: the key of the last path that is of interest.
    """
    weight = 1 + len(exclusions) // _EXCLUSIONS_A_STATE
    answer = _Search(one, other, exclusions).run(min(limit, budget.left() // weight), most)
    budget.take(answer.states * weight + _STATES_A_SEARCH)
    return answer


class _Search:
    """A* over states; `place` limits it to paths that can exist."""

    def __init__(self, one: Pattern, other: Pattern, exclusions: Sequence[Exclusion]) -> None:
        self._one = walk(one)
        self._other = walk(other)
        self._exclusions = Exclusions(exclusions)
        size = len(self._one.atoms) + len(self._other.atoms) + self._exclusions.size
        self._charge = 1 + size // _BITS_A_STATE
        self._heap: list[_State] = []
        # By place in patterns and segment: the exclusion bits of the states expanded there.
        self._fronts: dict[tuple[int, int, int], list[int]] = {}
        self._tried: dict[tuple[int, int, int, int], list[int]] = {}
        self._spent = 0

    def run(self, limit: int, most: Key) -> Answer:
        self._push((0, b"", 0, 0, _START, self._exclusions.start))
        while self._heap and self._heap[0][:2] <= most:  # (cost, ranks), as a key
            state = heappop(self._heap)
            cost, ranks, at_one, at_other, place, bits = state
            # Exceptions are inverted, so that a subset of the bits is never worse. States come
            # cheapest first, so all that one with a superset of bits can reach costs more.
            exclusion_bits = bits ^ self._exclusions.exception_bits
            front = self._fronts.setdefault((at_one, at_other, place), [])
            if _is_dominated(front, exclusion_bits):
                continue
            front.append(exclusion_bits)
            self._spent += self._charge
            if self._spent > limit:
                return Answer(None, self._spent)
            if (
                _MAY_END[place]
                and self._one.accepts[at_one]
                and self._other.accepts[at_other]
                and not self._exclusions.hold(bits)
            ):
                return Answer(Key(cost, ranks), self._spent)
            for byte in self._bytes(state):
                self._expand(state, byte)
        return Answer(Key(self._heap[0][0], b"") if self._heap else ANY, self._spent)

    def _bytes(self, state: _State) -> list[int]:
        """List the bytes worth trying: the best one of those that lead to the same state."""
        _, _, at_one, at_other, place, bits = state
        forced = max(self._one.forced[at_one], self._other.forced[at_other])
        if forced >= 0:
            return [forced]
        key = (self._one.named[at_one], self._other.named[at_other], place, bits)
        if key not in self._tried:
            self._tried[key] = self._worth_trying(*key)
        return self._tried[key]

    def _worth_trying(self, one: int, other: int, place: int, bits: int) -> list[int]:
        """Return the named bytes, the cheapest that nothing names, and the slash."""
        named = {one, other, *self._exclusions.distinct_bytes(bits)} - {-1}
        worthwhile = sorted(named)
        for byte in _CHEAPEST[place == _START]:
            if byte not in named:
                worthwhile.append(byte)
                if byte not in _NAMES[place]:
                    break
        return [*worthwhile, SLASH]

    def _expand(self, state: _State, byte: int) -> None:
        cost, ranks, at_one, at_other, place, bits = state
        if byte == SLASH and not _MAY_END[place]:
            return
        first = place == _START
        step = byte + FIRST if first else byte
        ones = self._one.steps[at_one * ROW + step]
        others = self._other.steps[at_other * ROW + step]
        if not ones or not others:
            return
        if bits:
            bits = self._exclusions.known_step(bits, byte)
            if self._exclusions.are_sealed(bits):
                return
        cost += COST[first][byte] - self._least(at_one, at_other, first)
        ranks += _RANK[byte : byte + 1]
        place = _START if byte == SLASH else _STEPS[place].get(byte, _PLAIN)
        for at_one in ones:
            for at_other in others:
                self._push((cost, ranks, at_one, at_other, place, bits))

    def _push(self, state: _State) -> None:
        """Queue the state that this one leads to by forced bytes; its cost is the cost so far."""
        _, _, at_one, at_other, _, _ = state
        if self._one.forced[at_one] >= 0 or self._other.forced[at_other] >= 0:
            onward = self._follow_forced(state)
            if onward is None:
                return
            state = onward
        cost, ranks, at_one, at_other, place, bits = state
        front = self._fronts.get((at_one, at_other, place))
        if not front or not _is_dominated(front, bits ^ self._exclusions.exception_bits):
            cost += self._least(at_one, at_other, place == _START)
            heappush(self._heap, (cost, ranks, at_one, at_other, place, bits))

    def _follow_forced(self, state: _State) -> _State | None:
        cost, ranks, at_one, at_other, place, bits = state
        run = bytearray()
        while True:
            byte = max(self._one.forced[at_one], self._other.forced[at_other])
            if byte < 0:
                break
            first = place == _START
            step = byte + FIRST if first else byte
            ones = self._one.steps[at_one * ROW + step]
            others = self._other.steps[at_other * ROW + step]
            if not ones or not others or (byte == SLASH and not _MAY_END[place]):
                return None
            if len(ones) + len(others) > 2:
                break
            (at_one,), (at_other,) = ones, others
            if bits:
                bits = self._exclusions.step(bits, byte)
                if self._exclusions.are_sealed(bits):
                    return None
            cost += COST[first][byte]
            run.append(_RANK[byte])
            place = _START if byte == SLASH else _STEPS[place].get(byte, _PLAIN)
        self._spent += len(run) // _BYTES_A_STATE
        return (cost, ranks + bytes(run), at_one, at_other, place, bits)

    def _least(self, at_one: int, at_other: int, first: bool) -> int:
        one, other = self._one.least[first][at_one], self._other.least[first][at_other]
        return one if one > other else other  # half the time of max()


def _is_dominated(front: list[int], exclusion_bits: int) -> bool:
    for fewer in front:  # noqa: SIM110 - a generator costs more than what it goes over
        if fewer | exclusion_bits == exclusion_bits:
            return True
    return False


class OverLimit(NamedTuple):
    """The limit of states was reached; `pattern` is the exclusion with the most wildcards."""

    pattern: Pattern | None


def cheapest_outside(
    includes: tuple[Pattern, Pattern],
    exclusions_at: Callable[[bytes], Iterable[Exclusion]],
    *,
    exclusions: Iterable[Exclusion] = (),
    most: Key = ANY,
) -> Key | OverLimit | None:
    """Find the cheapest path that both patterns hold and no exclusion does; None: there is none.

    An exclusion is brought in only once it holds the cheapest path found without it.

    Args:
        exclusions_at: lists the exclusions that hold a path.
        exclusions: those to bring in from the start.
        most: the key of the last path that is of interest.
    """
    known = dict.fromkeys(exclusions)
    left = LIMIT
    while True:
        key, states = cheapest_path(*includes, tuple(known), limit=left, most=most)
        left -= states
        if key is None:
            return OverLimit(_wildest(known))
        if not key.ranks:
            return None
        new = dict.fromkeys(exclusions_at(key.path))
        if not new:
            return key
        known |= new


def _wildest(exclusions: Iterable[Exclusion]) -> Pattern | None:
    reaches = [reach for each in exclusions for reach in (each.reach, *each.exceptions)]
    return max(
        (reach.pattern for reach in reaches),
        key=lambda pattern: sum(map(is_wild, chain(*pattern.segments))),
        default=None,
    )
