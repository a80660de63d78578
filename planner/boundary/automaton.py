"""Patterns as automata: those that must hold a path, and the holes that must not.

What must hold the path is walked as it stands, one position in each pattern. Only the holes are
made deterministic, all positions of all of them as the bits of one integer.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.boundary.pattern import ANY, DEEP, STAR, Pattern

SLASH: Final = ord("/")
# Atoms beside those of patterns. `DEEP` here takes the slash after it along.
_REST: Final = 259  # the start of a segment, whatever follows
_ALL: Final = 260  # held, whatever follows
_END: Final = 261  # held if the path ends here
_BELOW: Final = 262  # held if the path ends here or goes on below

FIRST: Final = 256  # added to a byte at the start of a segment
ROW: Final = 512
_KEPT: Final = 8_192  # patterns laid out
_OTHER: Final = 263  # stands for a byte that no position names


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
    """The pattern as one row of atoms, the last of which tells how it ends."""
    atoms: list[int] = []
    for segment in pattern.segments:
        if segment != (DEEP,):
            atoms += [*segment, SLASH]
        elif not atoms or atoms[-1] != DEEP:
            atoms.append(DEEP)
    if atoms[-1] == DEEP:
        return (*atoms[:-1], _REST, _ALL)
    if pattern.is_folder:
        return (*atoms, _REST, _ALL)
    return (*atoms[:-1], _BELOW, _ALL) if below else (*atoms[:-1], _END)


class _Steps(dict[int, tuple[int, ...]]):
    """The positions that a position leads to, by `ROW` * position + byte (+ `FIRST`)."""

    def __init__(self, atoms: tuple[int, ...]) -> None:
        self._atoms = atoms

    def __missing__(self, key: int) -> tuple[int, ...]:
        at, step = divmod(key, ROW)
        found = self[key] = self._find(at, step % FIRST, first=step >= FIRST)
        return found

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
    """The positions of a pattern that must hold the path; a star is left without a step.

    By position: `forced` is the only byte that it takes, `named` one on which it takes a step of
    its own (-1: none), `least` what a path must still cost, `accepts` whether one may end there.
    """

    def __init__(self, pattern: Pattern) -> None:
        self.atoms = atoms = _atoms(pattern, below=False)
        self.steps = _Steps(atoms)
        self.forced = [atom if atom < 256 else -1 for atom in atoms]
        self.named = [self._named(at) for at in range(len(atoms))]
        self.accepts = [
            atom in (_END, _ALL) or (atom == STAR and after == _END)
            for atom, after in zip(atoms, (*atoms[1:], _END), strict=True)
        ]
        self.least = self._least()

    def _least(self) -> tuple[list[int], list[int]]:
        """What a path must still cost: within a segment, and at its start."""
        within = [0] * len(self.atoms)
        start = [0] * len(self.atoms)
        for at in range(len(self.atoms) - 1, -1, -1):
            atom = self.atoms[at]
            if atom < 256:
                after = start if atom == SLASH else within
                within[at] = COST[False][atom] + after[at + 1]
                start[at] = COST[True][atom] + after[at + 1]
            elif atom == DEEP:
                start[at] = start[at + 1]
                within[at] = COST[False][SLASH] + start[at]
            elif atom == STAR:
                within[at] = within[at + 1]
                start[at] = within[at] + (self.atoms[at + 1] in (SLASH, _END))
            elif atom in (ANY, _REST):
                within[at] = start[at] = 1 + within[at + 1]
        return within, start

    def _named(self, at: int) -> int:
        while self.atoms[at] in (DEEP, STAR):
            at += 1
        return -1 if self.forced[at] == SLASH else self.forced[at]


_walks: dict[str, Walk] = {}


def walk(pattern: Pattern) -> Walk:
    """The pattern, laid out to be walked; the last few thousand are kept."""
    known = _walks.get(pattern.text)
    if known is None:
        if len(_walks) >= _KEPT:
            _walks.clear()
        known = _walks[pattern.text] = Walk(pattern)
    return known


class Reach(NamedTuple):
    """What a pattern holds; `below`: and everything below that."""

    pattern: Pattern
    below: bool = False


class Hole(NamedTuple):
    """What is taken away: what `reach` holds, `but` what one of these holds."""

    reach: Reach
    but: tuple[Reach, ...] = ()


class _Part(NamedTuple):
    """The bits of a hole that has exceptions: its own and theirs, and where each is decided."""

    bits: int
    held: int
    sealed: int
    but_bits: int
    but_held: int
    but_sealed: int


class Field:
    """The holes, all positions of all of them as the bits of one integer.

    A later star of a segment can do all that an earlier position of that segment can, and a later
    `**` all that any earlier one can. Those bits are set as well (saturated), which makes states
    comparable: fewer bits of holes, and more bits of what is excepted from them, is never worse.
    """

    def __init__(self, holes: Sequence[Hole]) -> None:
        self.size = 0
        self._literal: dict[int, int] = {SLASH: 0, _OTHER: 0}
        self._any = self._star = self._deep = self._all = 0
        self._fill: dict[int, int] = {}
        self._parts: list[_Part] = []
        self.better = 0  # the bits of exceptions
        self._held = self._sealed = self._first = 0
        for reach, but in holes:
            bits, held, sealed = self._add(reach)
            if not but:
                self._held |= held
                self._sealed |= sealed
                continue
            rows = [self._add(each) for each in but]
            but_bits, but_held, but_sealed = (_union(row) for row in zip(*rows, strict=True))
            self._parts.append(_Part(bits, held, sealed, but_bits, but_held, but_sealed))
            self.better |= but_bits
        self._steps: dict[tuple[int, int], int] = {}
        self._named: dict[int, set[int]] = {}
        self.start = self._settled(self._first)

    def _add(self, reach: Reach) -> tuple[int, int, int]:
        """Lay out one pattern: all its bits, where it holds the path, where it does for good."""
        base = segment = bit = 1 << self.size
        atoms = _atoms(reach.pattern, below=reach.below)
        self.size += len(atoms)
        self._first |= base
        for atom in atoms:
            if atom == STAR:
                self._star |= bit
                self._fill[bit] = 2 * bit - segment
            elif atom == DEEP:
                self._deep |= bit
                self._fill[bit] = 2 * bit - base
                segment = 2 * bit
            elif atom == _ALL:
                self._all |= bit
                self._fill[bit] = 2 * bit - base
            elif atom in (ANY, _REST):
                self._any |= bit
            elif atom != _END:
                byte = SLASH if atom == _BELOW else atom
                self._literal[byte] = self._literal.get(byte, 0) | bit
                segment = 2 * bit if atom == SLASH else segment
            bit *= 2
        sealed = bit // 2 if atoms[-1] == _ALL else 0
        return bit - base, sealed | (bit // 4 if atoms[-2] == _BELOW else bit // 2), sealed

    def _settled(self, bits: int) -> int:
        """Add what a freshly entered position can step over, and saturate."""
        bits |= (bits & self._deep) << 1
        return self._saturated(bits)

    def _saturated(self, bits: int) -> int:
        bits |= (bits & self._star) << 1
        filling = bits & (self._star | self._deep | self._all)
        while filling:
            top = 1 << (filling.bit_length() - 1)
            fill = self._fill[top]
            bits |= fill
            filling &= ~fill
        for part in self._parts:
            if not bits & part.bits or bits & part.but_sealed:
                bits = bits & ~part.bits | part.but_bits
        return bits

    def step(self, bits: int, byte: int) -> int:
        """The bits after a byte."""
        if byte == SLASH:
            moved = (bits & self._literal[SLASH]) << 1
            return self._settled(moved | bits & (self._deep | self._all))
        moved = (bits & (self._any | self._literal.get(byte, 0))) << 1
        return self._saturated(moved | bits & (self._star | self._deep | self._all))

    def known_step(self, bits: int, byte: int) -> int:
        """As `step`, for bits that many states have in common."""
        key = (bits, byte)
        known = self._steps.get(key)
        if known is None:
            known = self._steps[key] = self.step(bits, byte)
        return known

    def named(self, bits: int) -> set[int]:
        """The bytes that lead elsewhere than a byte that no hole names."""
        known = self._named.get(bits)
        if known is None:
            other = self.known_step(bits, _OTHER)
            known = self._named[bits] = {
                byte
                for byte, named in self._literal.items()
                if byte != SLASH and bits & named and self.known_step(bits, byte) != other
            }
        return known

    def holds(self, bits: int) -> bool:
        """Whether a path that ends here lies in a hole."""
        return bool(bits & self._held) or any(
            bits & part.held and not bits & part.but_held for part in self._parts
        )

    def is_sealed(self, bits: int) -> bool:
        """Whether every path that goes on from here lies in a hole."""
        return bool(bits & self._sealed) or any(
            bits & part.sealed and not bits & part.but_bits for part in self._parts
        )


def _union(masks: Sequence[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
