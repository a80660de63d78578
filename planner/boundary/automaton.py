"""Patterns as automata: the two that must hold a path, and the exclusions that must not.

The two includes are walked as nondeterministic automata, one position in each at a time. Only the
exclusions are made deterministic: all positions of all of them are the bits of one integer.
"""

from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Final, NamedTuple

from planner.boundary.pattern import ANY, DEEP, STAR, Pattern, is_wild

SLASH: Final = ord("/")
# Atoms in addition to those of patterns. Here `DEEP` includes the slash after it.
_REST: Final = 259  # the first byte of a segment, after which anything may follow
_ALL: Final = 260  # held, whatever follows
_END: Final = 261  # held if the path ends here
_BELOW: Final = 262  # held if the path ends here or continues below
_OTHER: Final = 263  # not an atom: any byte that no position names

# A step is looked up by one integer, `ROW * position + byte`, plus `FIRST` at the start of a
# segment, where a `**` may be left: a tuple as key would take twice the time.
FIRST: Final = 256
ROW: Final = 512


def _costs(first: bool) -> tuple[int, ...]:
    def cost(byte: int) -> int:
        character = chr(byte)
        if character in ".-":
            return 9 if first else 1
        if not 32 <= byte < 127:
            return 60
        if character.islower() or character.isdigit() or character == "_":
            return 1
        return 2 if character.isupper() or character == "/" else 6

    return tuple(map(cost, range(256)))


COST: Final = (_costs(first=False), _costs(first=True))
"""What a byte costs in a witness: within a segment, and at its start."""


def _atoms(pattern: Pattern, *, below: bool) -> tuple[int, ...]:
    """Return the pattern as one row of atoms; the last ones say how a path may end."""
    atoms: list[int] = []
    for segment in pattern.segments:
        if segment != (DEEP,):
            atoms += [*segment, SLASH]
        elif not atoms or atoms[-1] != DEEP:  # `**/**` holds what `**` holds
            atoms.append(DEEP)
    if atoms[-1] == DEEP:
        return (*atoms[:-1], _REST, _ALL)
    if pattern.is_folder:
        return (*atoms, _REST, _ALL)
    return (*atoms[:-1], _BELOW, _ALL) if below else (*atoms[:-1], _END)


class _Steps(dict[int, tuple[int, ...]]):
    """The positions that a position leads to, by `ROW * position + byte` (+ `FIRST`)."""

    def __init__(self, atoms: tuple[int, ...]) -> None:
        self._atoms = atoms

    def __missing__(self, key: int) -> tuple[int, ...]:
        at, step = divmod(key, ROW)
        positions = self[key] = self._find(at, step % FIRST, first=step >= FIRST)
        return positions

    def _find(self, at: int, byte: int, *, first: bool) -> tuple[int, ...]:
        atom = self._atoms[at]
        if atom == byte:
            return (at + 1,)
        if atom == _ALL or (atom == DEEP and not first):
            return (at,)
        if atom == DEEP:
            return (at, *self._find(at + 1, byte, first=True))
        if atom == STAR:
            onward = self._find(at + 1, byte, first=first)
            return onward if byte == SLASH else (at, *onward)
        return (at + 1,) if atom in (ANY, _REST) and byte != SLASH else ()


class Walk:
    """The positions of an include; a star may be left without consuming a byte.

    By position: `forced` is the only byte that it takes (-1: it takes several), `named` the byte
    on which it takes a step of its own (-1: none), `least` the least that the rest of a path
    costs, `accepts` whether a path may end there.
    """

    def __init__(self, pattern: Pattern) -> None:
        self.atoms = atoms = _atoms(pattern, below=False)
        self.steps = _Steps(atoms)
        self.forced = [-1 if is_wild(atom) else atom for atom in atoms]
        self.named = [self._named(at) for at in range(len(atoms))]
        self.accepts = [
            atom in (_END, _ALL) or (atom == STAR and after == _END)
            for atom, after in zip(atoms, (*atoms[1:], _END), strict=True)
        ]
        self.least = self._least()

    def _least(self) -> tuple[list[int], list[int]]:
        """Return the least that the rest of a path costs: within a segment, and at its start."""
        within = [0] * len(self.atoms)
        start = [0] * len(self.atoms)
        for at in range(len(self.atoms) - 1, -1, -1):
            atom = self.atoms[at]
            if not is_wild(atom):
                after = start if atom == SLASH else within
                within[at] = COST[False][atom] + after[at + 1]
                start[at] = COST[True][atom] + after[at + 1]
            elif atom == DEEP:
                start[at] = start[at + 1]
                within[at] = COST[False][SLASH] + start[at]
            elif atom == STAR:
                within[at] = within[at + 1]
                # A segment that is one star is not empty.
                start[at] = within[at] + (self.atoms[at + 1] in (SLASH, _END))
            elif atom in (ANY, _REST):
                within[at] = start[at] = 1 + within[at + 1]
        return within, start

    def _named(self, at: int) -> int:
        while self.atoms[at] in (DEEP, STAR):
            at += 1
        return -1 if self.forced[at] == SLASH else self.forced[at]


@lru_cache(maxsize=8_192)
def walk(pattern: Pattern) -> Walk:
    """Return the positions of the pattern; the last few thousand are kept."""
    return Walk(pattern)


def least_cost(pattern: Pattern) -> int:
    """Return what any path of the pattern costs at least; no search is needed."""
    return walk(pattern).least[True][0]


class Reach(NamedTuple):
    """The paths that a pattern holds; with `below`, everything below them too."""

    pattern: Pattern
    below: bool = False


class Exclusion(NamedTuple):
    """Paths that are taken away: those of `reach`, except those of any of `exceptions`."""

    reach: Reach
    exceptions: tuple[Reach, ...] = ()


class _Masks(NamedTuple):
    """The bits of a pattern: all, those on which a path is held, and those on which it stays so."""

    all: int
    held: int
    sealed: int


class Exclusions:
    """All positions of all exclusions as the bits of one integer.

    A later star of a segment can do all that an earlier position of that segment can, and a later
    `**` all that any earlier position can. Those earlier bits are set as well (saturated), which
    makes states comparable: fewer bits of exclusions, and more bits of their exceptions, are
    never worse.
    """

    def __init__(self, exclusions: Sequence[Exclusion]) -> None:
        self.size = 0
        self._named_by: dict[int, int] = {SLASH: 0, _OTHER: 0}  # by byte: the bits that name it
        self._any = self._star = self._deep = self._all = 0  # the bits of those atoms
        self._implied: dict[int, int] = {}  # by star bit: the bits that it makes redundant
        self._excepted: list[tuple[_Masks, _Masks]] = []  # with exceptions: own bits, and theirs
        self.exception_bits = 0
        self._held = self._sealed = self._first = 0
        for reach, exceptions in exclusions:
            masks = self._add(reach)
            if not exceptions:
                self._held |= masks.held
                self._sealed |= masks.sealed
                continue
            rows = zip(*map(self._add, exceptions), strict=True)
            excepted = _Masks(*(reduce(or_, row) for row in rows))
            self._excepted.append((masks, excepted))
            self.exception_bits |= excepted.all
        # Not functools.cache: to make one costs as much as a short search.
        self._steps: dict[tuple[int, int], int] = {}
        self._distinct: dict[int, set[int]] = {}
        self.start = self._enter(self._first)

    def _add(self, reach: Reach) -> _Masks:
        """Assign the next bits to the positions of one pattern."""
        base = segment = bit = 1 << self.size
        atoms = _atoms(reach.pattern, below=reach.below)
        self.size += len(atoms)
        self._first |= base
        for atom in atoms:
            if atom == STAR:
                self._star |= bit
                self._implied[bit] = 2 * bit - segment
            elif atom == DEEP:
                self._deep |= bit
                self._implied[bit] = 2 * bit - base
                segment = 2 * bit
            elif atom == _ALL:
                self._all |= bit
                self._implied[bit] = 2 * bit - base
            elif atom in (ANY, _REST):
                self._any |= bit
            elif atom != _END:
                byte = SLASH if atom == _BELOW else atom
                self._named_by[byte] = self._named_by.get(byte, 0) | bit
                segment = 2 * bit if atom == SLASH else segment
            bit *= 2
        # `bit` is now one past the last position: half of it is the last, a quarter the one before.
        sealed = bit // 2 if atoms[-1] == _ALL else 0
        held = sealed | (bit // 4 if atoms[-2] == _BELOW else bit // 2)
        return _Masks(bit - base, held, sealed)

    def _enter(self, bits: int) -> int:
        """Add, at the start of a segment, the positions after each `**`, and saturate."""
        bits |= (bits & self._deep) << 1
        return self._saturate(bits)

    def _saturate(self, bits: int) -> int:
        bits |= (bits & self._star) << 1
        stars = bits & (self._star | self._deep | self._all)
        while stars:
            implied = self._implied[1 << (stars.bit_length() - 1)]
            bits |= implied
            stars &= ~implied
        for own, exceptions in self._excepted:
            # Decided for good, one way or the other: all such states become one.
            if not bits & own.all or bits & exceptions.sealed:
                bits = bits & ~own.all | exceptions.all
        return bits

    def step(self, bits: int, byte: int) -> int:
        """Return the bits after a byte."""
        if byte == SLASH:
            moved = (bits & self._named_by[SLASH]) << 1
            return self._enter(moved | bits & (self._deep | self._all))
        moved = (bits & (self._any | self._named_by.get(byte, 0))) << 1
        return self._saturate(moved | bits & (self._star | self._deep | self._all))

    def known_step(self, bits: int, byte: int) -> int:
        """Return the same as `step`, and remember it: for bits that many states have."""
        key = (bits, byte)
        if key not in self._steps:
            self._steps[key] = self.step(bits, byte)
        return self._steps[key]

    def distinct_bytes(self, bits: int) -> set[int]:
        """Return the bytes that lead elsewhere than a byte that no exclusion names."""
        if bits not in self._distinct:
            other = self.known_step(bits, _OTHER)
            self._distinct[bits] = {
                byte
                for byte, naming in self._named_by.items()
                if byte != SLASH and bits & naming and self.known_step(bits, byte) != other
            }
        return self._distinct[bits]

    def hold(self, bits: int) -> bool:
        """Return whether a path that ends here is excluded."""
        return bool(bits & self._held) or any(
            bits & own.held and not bits & exceptions.held for own, exceptions in self._excepted
        )

    def are_sealed(self, bits: int) -> bool:
        """Return whether every path that continues from here is excluded."""
        return bool(bits & self._sealed) or any(
            bits & own.sealed and not bits & exceptions.all for own, exceptions in self._excepted
        )
