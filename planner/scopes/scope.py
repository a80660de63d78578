"""Which paths a scope holds and accepts, and which of many scopes hold a path."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern


class Scope:
    """What one slice, or one rule for unplanned branches, may touch.

    Args:
        include: what it holds, in the order of the plan.
        exclude: what is taken away from `include` only.
        excluded: what the plans take away from everyone; a literal include wins over it.
        shared: what it accepts without holding it.
        is_plan_file: plan files are held by a literal include alone.
    """

    def __init__(
        self,
        include: Sequence[Pattern],
        *,
        exclude: Sequence[Pattern] = (),
        excluded: PatternSet,
        shared: Sequence[Pattern] = (),
        is_plan_file: Callable[[bytes], bool],
    ) -> None:
        self.include = tuple(include)
        self._included = PatternSet(self.include)
        self._literals: dict[bytes, int] = {}
        for index, pattern in enumerate(self.include):
            literal = pattern.literal
            if literal is not None and not pattern.is_folder:
                self._literals.setdefault(literal, index)
        self._exclude = PatternSet(exclude, below=True)
        self._excluded = excluded
        self._shared = PatternSet(shared)
        self._is_plan_file = is_plan_file

    def literal(self, path: bytes) -> int | None:
        """The index of the literal include that names this very path, if it holds the path."""
        index = self._literals.get(path)
        if index is None or self._exclude.first(path) is not None:
            return None
        return index

    def holds(self, path: bytes) -> int | None:
        """The index of the include pattern by which it holds the path, or None."""
        index = self._included.first(path)
        if index is None or self._exclude.first(path) is not None:
            return None
        if path in self._literals:
            return self._literals[path]
        is_kept = self._is_plan_file(path) or self._excluded.first(path) is not None
        return None if is_kept else index

    def shares(self, path: bytes) -> int | None:
        """The index of the shared pattern by which it accepts the path, or None."""
        index = self._shared.first(path)
        if index is None or self._excluded.first(path) is not None or self._is_plan_file(path):
            return None
        return index

    def accepts(self, path: bytes) -> bool:
        """Whether the path may be touched: held, or shared."""
        return self.holds(path) is not None or self.shares(path) is not None

    def every(self, path: bytes) -> tuple[int, ...]:
        """The indices of all include patterns that match the path, excludes aside."""
        return self._included.every(path)

    def unused(self, paths: Iterable[bytes]) -> tuple[int, ...]:
        """The indices of the include patterns that match none of the paths, excludes aside."""
        ordered = sorted(paths)
        left = [
            index for index, pattern in enumerate(self.include) if not _is_met(pattern, ordered)
        ]
        wild = [index for index in left if self.include[index].is_wildcard]
        holds = PatternSet([self.include[index] for index in wild])
        met: set[int] = set()
        for path in ordered if wild else ():
            met.update(holds.every(path))
            if len(met) == len(wild):
                break
        return tuple(index for index in left if index not in {wild[at] for at in met})

    def own_exclude(self, path: bytes) -> int | None:
        """The index of the exclude pattern that takes the path away from the include."""
        return self._exclude.first(path)


def _is_met(pattern: Pattern, ordered: Sequence[bytes]) -> bool:
    """Whether a pattern without a wildcard matches one of the paths, which are in order."""
    name = pattern.literal
    if name is None:
        return False
    if pattern.is_folder:
        name += b"/"
    at = bisect_left(ordered, name)
    if at == len(ordered):
        return False
    return ordered[at].startswith(name) if pattern.is_folder else ordered[at] == name


class Scopes:
    """Many scopes, to be asked which of them hold a path at a cost that ignores their number."""

    def __init__(self, scopes: Sequence[Scope]) -> None:
        self._scopes = scopes
        self._all: PatternSet | None = None
        self._owners: list[int] = []

    def holders(self, path: bytes) -> tuple[int, ...]:
        """The indices of the scopes that hold the path, in order."""
        if self._all is None:
            patterns: list[Pattern] = []
            for index, scope in enumerate(self._scopes):
                patterns.extend(scope.include)
                self._owners.extend([index] * len(scope.include))
            self._all = PatternSet(patterns)
        named = sorted({self._owners[index] for index in self._all.every(path)})
        return tuple(index for index in named if self._scopes[index].holds(path) is not None)
