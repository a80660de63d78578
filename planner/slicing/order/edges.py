"""What must come before what: a name, a module or a file that one file adds and another uses.

Only what the change itself adds or removes puts two files in order. That one imports another, where
both were there before, says nothing: it agrees with what people did in half of the cases.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from planner.slicing.grouping.words import Rarity
from planner.slicing.order.sources import Place, Source, is_at

Kind = Literal["defines", "module", "removes", "moves", "hunks"]

_RARE: Final = 0.02  # of the files: a name that more of them have is not that of one file
_FEW: Final = 4  # files of a small repository in which a name may be all the same
_SHORTEST: Final = 4  # characters of a name that moved
_MOST_FILES: Final = 3  # that define a name: one that more define says nothing


class Because(NamedTuple):
    """Why a file comes before another.

    Attributes:
        kind: what the earlier one does; of `removes`, what the later one does. Of `hunks`, both
            have hunks of one file, which is the name; `defined` and `used` are the first of each.
        defined: where the name is defined, or was; the first line of a module.
        used: where it is used, or was.
    """

    kind: Kind
    name: str
    defined: Place
    used: Place

    @property
    def text(self) -> str:
        """It as a sentence, with both places."""
        if self.kind == "module":
            return f"{self.used} imports {self.name}, which is new"
        if self.kind == "removes" and self.name == self.defined.path:
            return f"{self.used} no longer imports {self.name}, which is removed"
        if self.kind == "removes":
            return f"{self.used} no longer uses {self.name}, which {self.defined} removes"
        if self.kind == "hunks":
            return f"both have hunks of {self.name}"
        if self.kind == "moves":
            return f"{self.name} moves from {self.defined} to {self.used}"
        return f"{self.used} uses {self.name}, new in {self.defined}"


class Edge(NamedTuple):
    """Two sources, by their numbers, of which the first must come before the second."""

    before: int
    after: int
    because: Because


def edges(sources: Sequence[Source], rarity: Rarity) -> list[Edge]:
    """Return what must come before what, in the order of the sources.

    What is removed goes after what stops using it: the same with the time reversed.
    """
    back = _needed(_mirrored(sources), rarity)
    gone = (Edge(one.after, one.before, one.because._replace(kind="removes")) for one in back)
    first: dict[object, Edge] = {}  # one place of each name is enough
    for one in sorted([*_needed(sources, rarity), *gone]):
        first.setdefault((one.before, one.after, one.because.kind, one.because.name), one)
    return list(first.values())


def moves(sources: Sequence[Source], rarity: Rarity) -> list[Edge]:
    """Return the pairs of sources between which a definition moved."""
    dropped, defined = _defining(_mirrored(sources)), _defining(sources)
    found = []
    for name in sorted(dropped.keys() & defined.keys()):
        (old, *more), (new, *others) = dropped[name], defined[name]
        if more or others or old == new or len(name) < _SHORTEST or not _is_own(name, rarity):
            continue
        before, after = sources[old].old, sources[new].new
        is_member = before.definitions[name].is_member or after.definitions[name].is_member
        if sources[old].language is sources[new].language and not is_member:
            places = before.defined(name), after.defined(name)
            found.append(Edge(old, new, Because("moves", name, *places)))
    return found


def _mirrored(sources: Sequence[Source]) -> list[Source]:
    return [source.mirrored for source in sources]


def _is_own(name: str, rarity: Rarity) -> bool:
    return rarity.is_rare(name, _RARE, files=_FEW)


def _defining(sources: Sequence[Source]) -> Mapping[str, list[int]]:
    """The sources that newly define each name."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, source in enumerate(sources):
        for name in source.defines:
            found[name].append(number)
    return found


def _needed(sources: Sequence[Source], rarity: Rarity) -> Iterator[Edge]:
    """What one file newly defines or is, before what takes it up."""
    yield from _names(sources, rarity)
    yield from _passed_on(sources)
    yield from _modules(sources)


def _names(sources: Sequence[Source], rarity: Rarity) -> Iterator[Edge]:
    """A name that one file newly defines, in the added lines of another."""
    defined = _defining(sources)
    for after, source in enumerate(sources):
        for name in sorted(source.takes_up & defined.keys()):
            likely = [
                one
                for one in defined[name]
                if one != after and sources[one].language is source.language
            ]
            is_rare = len(likely) <= _MOST_FILES and _is_own(name, rarity)
            for before in likely:
                if source.uses(name, sources[before], is_rare=is_rare):
                    places = sources[before].new.defined(name), source.new.used(name)
                    yield Edge(before, after, Because("defines", name, *places))


def _passed_on(sources: Sequence[Source]) -> Iterator[Edge]:
    """A name that one file newly imports, and another one imports from there."""
    passing: dict[str, dict[int, Place]] = defaultdict(dict)
    for number, source in enumerate(sources):
        for name, place in source.passes_on.items():
            passing[name][number] = place
    for after, source in enumerate(sources):
        for name, one in source.imports_anew:
            for before, place in passing.get(name, {}).items():
                if before != after and is_at(place.path, one.paths):
                    used = Place(source.new.path, one.line)
                    yield Edge(before, after, Because("defines", name, place, used))


def _modules(sources: Sequence[Source]) -> Iterator[Edge]:
    """A file that was added, and is imported."""
    added = _Paths((n, one.new.path) for n, one in enumerate(sources) if one.is_added)
    for after, source in enumerate(sources):
        old = {path for one in source.old.imports for path in one.paths}
        for one in source.new.imports:
            for path in (path for path in one.paths if path not in old):
                for before in added.find(path, after):
                    module = sources[before].new.path
                    places = Place(module, 1), Place(source.new.path, one.line)
                    yield Edge(before, after, Because("module", module, *places))


class _Paths:
    """Paths of sources, found by a whole path or by how it ends."""

    def __init__(self, paths: Iterator[tuple[int, str]]) -> None:
        self._whole: dict[str, int] = {}
        self._ends: dict[str, list[int]] = defaultdict(list)
        for number, path in paths:
            self._whole[path] = number
            at = len(path)
            while at > 0:
                at = path.rfind("/", 0, at)
                self._ends[f"/{path[at + 1 :]}"].append(number)

    def find(self, path: str, user: int) -> list[int]:
        """Return the sources with that path, or the only one whose path ends so."""
        if not path.startswith("/"):
            found = [self._whole[path]] if path in self._whole else []
        else:
            ending = self._ends.get(path, [])
            found = ending if len(ending) == 1 else []
        return [one for one in found if one != user]
