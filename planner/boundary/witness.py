"""The cheapest path that patterns hold and holes do not: the witness, by the contract's costs.

A* over the automata; a state is dropped when a cheaper one stands at the same place with
less to fear from the holes.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple

from planner.boundary.automaton import COST, FIRST, ROW, SLASH, Field, Hole, walk
from planner.boundary.pattern import Pattern

LIMIT: Final = 5_000  # states a question may need; counted, so that every machine says the same
_BITS_A_STATE: Final = 4_096  # a state of longer patterns counts as several, for its memory
_BYTES_A_STATE: Final = 256  # so does a long run of bytes without a choice

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

# Where in a segment a path stands, as far as `.`, `..` and `.git` (in any case) are concerned.
_START: Final = 0
_PLAIN: Final = 6
_NAMES: Final = (b".", b".gG", b"", b"iI", b"tT", b"", b"")  # bytes with a step of their own
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
    """The cheapest path, or None; unless `is_proved`, more states were needed than allowed.

    A key without a path is what any path costs at least, which is more than was allowed.
    """

    key: Key | None
    is_proved: bool
    states: int


# A path so far: what the whole of it will cost at least, its ranks, where in the two patterns, the
# segment and the holes it stands. A bare tuple: making named ones takes a third of the search.
_State = tuple[int, bytes, int, int, int, int]


def cheapest_path(
    one: Pattern,
    other: Pattern,
    holes: Sequence[Hole] = (),
    *,
    limit: int = LIMIT,
    most: Key = ANY,
) -> Answer:
    """Find the cheapest path that both patterns hold and that lies in none of the holes.

    Args:
        one: what must hold the path.
        other: what must hold it as well.
        holes: what must not hold it.
        limit: how many states the search may need.
        most: the key of the last path that is of interest.
    """
    return _Search(one, other, holes).run(limit, most)


def least_cost(pattern: Pattern) -> int:
    """What any path that the pattern holds costs at least; found without a search."""
    return walk(pattern).least[True][0]


class _Search:
    """A* over states, the paths that exist as one more thing to keep to."""

    def __init__(self, one: Pattern, other: Pattern, holes: Sequence[Hole]) -> None:
        self._one = walk(one)
        self._other = walk(other)
        self._field = Field(holes)
        size = len(self._one.atoms) + len(self._other.atoms) + self._field.size
        self._charge = 1 + size // _BITS_A_STATE
        self._heap: list[_State] = []
        self._fronts: dict[tuple[int, int, int], list[int]] = {}
        self._worth: dict[tuple[int, int, int, int], list[int]] = {}
        self._spent = 0

    def run(self, limit: int, most: Key) -> Answer:
        self._push((0, b"", 0, 0, _START, self._field.start))
        while self._heap and self._heap[0][:2] <= most:
            state = heappop(self._heap)
            cost, ranks, one, other, place, bits = state
            # Cheaper states come first, so what one with less to fear can reach is better too.
            fear = bits ^ self._field.better
            front = self._fronts.setdefault((one, other, place), [])
            if _is_dominated(front, fear):
                continue
            front.append(fear)
            self._spent += self._charge
            if self._spent > limit:
                return Answer(None, is_proved=False, states=self._spent)
            if (
                _MAY_END[place]
                and self._one.accepts[one]
                and self._other.accepts[other]
                and not self._field.holds(bits)
            ):
                return Answer(Key(cost, ranks), is_proved=True, states=self._spent)
            for byte in self._bytes(state):
                self._expand(state, byte)
        beyond = Key(self._heap[0][0], b"") if self._heap else None
        return Answer(beyond, is_proved=True, states=self._spent)

    def _bytes(self, state: _State) -> list[int]:
        """The bytes worth trying: one of those that lead to the same state is enough."""
        _, _, one, other, place, bits = state
        forced = max(self._one.forced[one], self._other.forced[other])
        if forced >= 0:
            return [forced]
        here, beside = self._one.named[one], self._other.named[other]
        key = (here, beside, place, bits)
        known = self._worth.get(key)
        if known is None:
            known = self._worth[key] = _worth({here, beside, *self._field.named(bits)}, place)
        return known

    def _expand(self, state: _State, byte: int) -> None:
        cost, ranks, one, other, place, bits = state
        if byte == SLASH and not _MAY_END[place]:
            return
        first = place == _START
        key = byte + FIRST if first else byte
        ones = self._one.steps[one * ROW + key]
        others = self._other.steps[other * ROW + key]
        if not ones or not others:
            return
        if bits:
            bits = self._field.known_step(bits, byte)
            if self._field.is_sealed(bits):
                return
        cost += COST[first][byte] - self._least(one, other, first)
        ranks += _RANK[byte : byte + 1]
        place = _START if byte == SLASH else _STEPS[place].get(byte, _PLAIN)
        for one in ones:
            for other in others:
                self._push((cost, ranks, one, other, place, bits))

    def _push(self, state: _State) -> None:
        """Queue the state that it leads to without a choice; here its cost is that of the path."""
        if self._one.forced[state[2]] >= 0 or self._other.forced[state[3]] >= 0:
            onward = self._onward(state)
            if onward is None:
                return
            state = onward
        cost, ranks, one, other, place, bits = state
        front = self._fronts.get((one, other, place))
        if not front or not _is_dominated(front, bits ^ self._field.better):
            cost += self._least(one, other, place == _START)
            heappush(self._heap, (cost, ranks, one, other, place, bits))

    def _onward(self, state: _State) -> _State | None:
        cost, ranks, one, other, place, bits = state
        run = bytearray()
        while True:
            byte = max(self._one.forced[one], self._other.forced[other])
            if byte < 0:
                break
            first = place == _START
            key = byte + FIRST if first else byte
            ones, others = self._one.steps[one * ROW + key], self._other.steps[other * ROW + key]
            if not ones or not others or (byte == SLASH and not _MAY_END[place]):
                return None
            if len(ones) + len(others) > 2:
                break
            (one,), (other,) = ones, others
            if bits:
                bits = self._field.step(bits, byte)
                if self._field.is_sealed(bits):
                    return None
            cost += COST[first][byte]
            run.append(_RANK[byte])
            place = _START if byte == SLASH else _STEPS[place].get(byte, _PLAIN)
        self._spent += len(run) // _BYTES_A_STATE
        return (cost, ranks + bytes(run), one, other, place, bits)

    def _least(self, one: int, other: int, first: bool) -> int:
        here, beside = self._one.least[first][one], self._other.least[first][other]
        return here if here > beside else beside


def _is_dominated(front: list[int], fear: int) -> bool:
    for less in front:  # noqa: SIM110 - a generator costs more than what it goes over
        if less | fear == fear:
            return True
    return False


def _worth(named: set[int], place: int) -> list[int]:
    found = sorted(named - {-1})
    for byte in _CHEAPEST[place == _START]:
        if byte not in named:
            found.append(byte)
            if byte not in _NAMES[place]:
                break
    return [*found, SLASH]


class Beyond(NamedTuple):
    """More states were needed than allowed; and the pattern with the most wildcards among holes."""

    pattern: Pattern | None


def outside(
    includes: tuple[Pattern, Pattern],
    holes_at: Callable[[bytes], Iterable[Hole]],
    *,
    holes: Iterable[Hole] = (),
    most: Key = ANY,
) -> Key | Beyond | None:
    """Find the cheapest path that both patterns hold, outside all holes; None: there is none.

    A hole is brought in only when it holds the cheapest path found without it.

    Args:
        includes: what must hold the path.
        holes_at: the holes that a path lies in.
        holes: those to bring in at once.
        most: the key of the last path that is of interest.
    """
    known = dict.fromkeys(holes)
    left = LIMIT
    while True:
        answer = cheapest_path(*includes, tuple(known), limit=left, most=most)
        left -= answer.states
        if not answer.is_proved:
            return Beyond(_wildest(known))
        if answer.key is None or not answer.key.ranks:
            return None
        fresh = dict.fromkeys(holes_at(answer.key.path))
        if not fresh:
            return answer.key
        known |= fresh


def _wildest(holes: Iterable[Hole]) -> Pattern | None:
    reaches = [reach for hole in holes for reach in (hole.reach, *hole.but)]
    return max((reach.pattern for reach in reaches), key=_wildcards, default=None)


def _wildcards(pattern: Pattern) -> int:
    return sum(atom > 255 for segment in pattern.segments for atom in segment)
