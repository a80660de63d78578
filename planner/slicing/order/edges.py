"""What must come before what: a name, a module or a file that one file adds and another uses.

Only what the change itself adds or removes puts two files in order. That one imports another, where
both were there before, says nothing: it agrees with what people did in half of the cases.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from planner.slicing.grouping.words import Rarity
from planner.slicing.order.sources import Place, Source

Kind = Literal["defines", "module", "removes", "moves"]

_RARE: Final = 0.02  # of the files: a name that more of them have is not that of one file
_FEW: Final = 4  # files of a small repository in which a name may be all the same
_SHORTEST: Final = 4  # characters of a name that moved
_MOST_FILES: Final = 3  # that define a name: one that more define says nothing


class Because(NamedTuple):
    """Why a file comes before another.

    Attributes:
        kind: what the earlier one does; of `removes`, what the later one does.
        defined: where the name is defined, or was; the first line of a module.
        used: where it is used, or was.
    """

    kind: Kind
    name: str
    defined: Place
    used: Place


class Edge(NamedTuple):
    """Two sources, by their numbers, of which the first must come before the second."""

    before: int
    after: int
    because: Because


def edges(sources: Sequence[Source], rarity: Rarity) -> list[Edge]:
    """Return what must come before what, in the order of the sources."""
    found = [*_defined(sources, rarity), *_removed(sources, rarity), *_modules(sources)]
    first: dict[object, Edge] = {}  # one place of each name is enough
    for one in sorted(found):
        first.setdefault((one.before, one.after, one.because.kind, one.because.name), one)
    return list(first.values())


def moves(sources: Sequence[Source], rarity: Rarity) -> list[Edge]:
    """Return the pairs of sources between which a definition moved."""
    dropped, defined = _by_name(sources, "drops"), _by_name(sources, "defines")
    found = []
    for name in sorted(dropped.keys() & defined.keys()):
        (old, *more), (new, *others) = dropped[name], defined[name]
        if more or others or old == new or len(name) < _SHORTEST or not _is_own(name, rarity):
            continue
        is_member = sources[old].before[name].is_member or sources[new].after[name].is_member
        if sources[old].language is sources[new].language and not is_member:
            places = (
                Place(sources[old].old_path, sources[old].before[name].line),
                Place(sources[new].new_path, sources[new].after[name].line),
            )
            found.append(Edge(old, new, Because("moves", name, *places)))
    return found


def _is_own(name: str, rarity: Rarity) -> bool:
    return rarity.is_rare(name, _RARE, files=_FEW)


def _by_name(
    sources: Sequence[Source], kind: Literal["defines", "drops"]
) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, source in enumerate(sources):
        for name in source.defines if kind == "defines" else source.drops:
            found[name].append(number)
    return found


def _defined(sources: Sequence[Source], rarity: Rarity) -> Iterator[Edge]:
    """A name that one file newly defines, in the added lines of another."""
    defined = _by_name(sources, "defines")
    for after, source in enumerate(sources):
        for name in sorted(source.takes_up & defined.keys()):
            likely = _likely(sources, defined[name], after)
            is_rare = len(likely) <= _MOST_FILES and _is_own(name, rarity)
            for before in likely:
                if source.uses(name, sources[before], is_rare=is_rare):
                    place = Place(sources[before].new_path, sources[before].after[name].line)
                    because = Because("defines", name, place, source.line_using(name))
                    yield Edge(before, after, because)


def _removed(sources: Sequence[Source], rarity: Rarity) -> Iterator[Edge]:
    """A name that one file no longer defines, in the removed lines of another."""
    dropped = _by_name(sources, "drops")
    for before, source in enumerate(sources):
        for name in sorted(source.lets_go & dropped.keys()):
            likely = _likely(sources, dropped[name], before)
            is_rare = len(likely) <= _MOST_FILES and _is_own(name, rarity)
            for after in likely:
                if source.used(name, sources[after], is_rare=is_rare):
                    place = Place(sources[after].old_path, sources[after].before[name].line)
                    because = Because("removes", name, place, source.line_used(name))
                    yield Edge(before, after, because)


def _likely(sources: Sequence[Source], having: Sequence[int], user: int) -> list[int]:
    """The sources, other than the user, that a name may be of: those in its language."""
    language = sources[user].language
    return [one for one in having if one != user and sources[one].language is language]


def _modules(sources: Sequence[Source]) -> Iterator[Edge]:
    """A file that was added and is imported, or was removed and is imported no more."""
    added = _Paths((n, one.new_path) for n, one in enumerate(sources) if _is_added(one))
    gone = _Paths((n, one.old_path) for n, one in enumerate(sources) if _is_gone(one))
    for number, source in enumerate(sources):
        old = {path for one in source.old_imports for path in one.paths}
        new = {path for one in source.new_imports for path in one.paths}
        for one in source.new_imports:
            for path in (path for path in one.paths if path not in old):
                for before in added.find(path, number):
                    place = sources[before].new_path
                    yield Edge(before, number, _imported(place, source.new_path, one.line))
        for one in source.old_imports:
            for path in (path for path in one.paths if path not in new):
                for after in gone.find(path, number):
                    place = sources[after].old_path
                    because = _imported(place, source.old_path, one.line)._replace(kind="removes")
                    yield Edge(number, after, because)


def _imported(module: str, path: str, line: int) -> Because:
    return Because("module", module, Place(module, 1), Place(path, line))


def _is_added(source: Source) -> bool:
    return bool(source.new_path) and source.new_path != source.old_path


def _is_gone(source: Source) -> bool:
    return bool(source.old_path) and source.new_path != source.old_path


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
