"""What breaks in a branch that lacks the rest of a big change: by names, module and file names."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related
from planner.paths import path_bytes
from planner.rules import BROKEN_PREFIX
from planner.slicing.change import Change
from planner.slicing.order.edges import Because
from planner.slicing.split.dividing.layout import Layout

_MOST_NAMES: Final = 3  # that are told; the rest is counted


def needs(change: Change, layout: Layout) -> Iterator[tuple[int, int, Because]]:
    """Yield what must come before what, as slices: the earlier, the later, and why.

    A definition that moved is in both at once.
    """
    for edge in change.edges:
        because = edge.because
        places = (because.defined, because.used)
        slices = [layout.slices(path_bytes(place.path), because) for place in places]
        for defining, using in product(*slices):
            is_removed = because.kind == "removes"
            yield *((using, defining) if is_removed else (defining, using)), because


def is_broken(before: int, after: int, because: Because, below: Sequence[set[int]]) -> bool:
    """Whether a branch lacks what it needs.

    Args:
        below: for each branch those that it contains, itself included.
    """
    return before != after if because.kind == "moves" else before not in below[after]


class _Broken(NamedTuple):
    """The names of one slice that another one needs, and where."""

    before: int
    after: int
    because: list[Because]


def broken(
    change: Change, layout: Layout, ids: Sequence[str], below: Sequence[set[int]]
) -> Iterator[Diagnostic]:
    """Yield a finding for each two slices of which one lacks what it needs of the other.

    Args:
        ids: the id of each slice.
        below: for each slice those that its branch contains, its own included.
    """
    found: dict[tuple[int, int, bool], _Broken] = {}
    for before, after, because in needs(change, layout):
        if is_broken(before, after, because, below):
            key = (before, after, because.kind == "moves")
            found.setdefault(key, _Broken(before, after, [])).because.append(because)
    for one in found.values():
        yield _finding(one, ids, below)


def _finding(one: _Broken, ids: Sequence[str], below: Sequence[set[int]]) -> Diagnostic:
    first = one.because[0]
    before, after = ids[one.before], ids[one.after]
    names = list(dict.fromkeys(because.name for because in one.because))
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    listed = ", ".join(map(repr, names[:_MOST_NAMES])) + more
    if first.kind == "moves":
        place, other = first.used, first.defined
        message = f"{listed} moves from the slice {before!r} to {after!r}: between them it is " + (
            "nowhere" if one.before in below[one.after] else "defined twice"
        )
        hint, said = "put both files into one slice", "it was defined here"
    elif first.kind == "removes":
        place, other = first.defined, first.used
        message = f"the slice {after!r} removes {listed}, which is still used without {before!r}"
        hint, said = _hint(one, ids, below), "still used here"
    else:
        place, other = first.used, first.defined
        message = f"the slice {after!r} uses {listed}, which only the slice {before!r} adds"
        hint, said = _hint(one, ids, below), "added here"
    return BROKEN_PREFIX.at(
        Location(place.path, place.line),
        message,
        hint,
        related=(Related(Location(other.path, other.line), said),),
        slices=[before, after],
        names=names,
    )


def _hint(one: _Broken, ids: Sequence[str], below: Sequence[set[int]]) -> str:
    before, after = ids[one.before], ids[one.after]
    if one.after in below[one.before]:
        return f"{before!r} is stacked on {after!r}: let {after!r} come later, or move a path"
    return f"let it wait, in the plan's slice {after!r}: depends_on: [{before}], stacked: true"
