"""Which paths a scope holds and accepts."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern


class Reserved(NamedTuple):
    """What no wildcard holds.

    Attributes:
        excluded: what the plans take away from every scope.
        is_plan_file: whether a path is a plan file.
    """

    excluded: PatternSet
    is_plan_file: Callable[[bytes], bool]


class Scope:
    """What one slice, or one rule for unplanned branches, may touch.

    `included` and `excluded` know which patterns of its own match a path.

    Args:
        include: what it holds, in the order of the plan.
        exclude: what is taken away from `include` only.
        shared: what it accepts without holding it.
        reserved: what only a literal include holds.
        wins_by_folder: whether an include that names a folder holds what the plans exclude there.
    """

    def __init__(
        self,
        include: Sequence[Pattern],
        *,
        exclude: Sequence[Pattern] = (),
        shared: Sequence[Pattern] = (),
        reserved: Reserved,
        wins_by_folder: bool = False,
    ) -> None:
        self.include = tuple(include)
        self.included = PatternSet(self.include)
        self.excluded = PatternSet(exclude, below=True)
        self._literals: dict[bytes, int] = {}
        for index, pattern in enumerate(self.include):
            if pattern.path is not None:
                self._literals.setdefault(pattern.path, index)
        folders = [one for one in self.include if wins_by_folder and not one.is_wildcard]
        self._named = PatternSet(folders)
        self._reserved = reserved
        self._shared = PatternSet(shared)

    def literal(self, path: bytes) -> int | None:
        """Return the index of the literal include that names the path, if the scope holds it."""
        index = self._literals.get(path)
        if index is None or self.excluded.first(path) is not None:
            return None
        return index

    def holds(self, path: bytes) -> int | None:
        """Return the index of the include pattern by which it holds the path, or None."""
        index = self.included.first(path)
        if index is None or self.excluded.first(path) is not None:
            return None
        if path in self._literals:
            return self._literals[path]
        is_protected = self._reserved.is_plan_file(path) or self.is_excluded(path)
        return None if is_protected else index

    def is_excluded(self, path: bytes) -> bool:
        """Return whether the plans take the path away from this scope."""
        return (
            self._reserved.excluded.first(path) is not None
            and self.literal(path) is None
            and self._named.first(path) is None
        )

    def shares(self, path: bytes) -> int | None:
        """Return the index of the shared pattern by which it accepts the path, or None."""
        index = self._shared.first(path)
        if (
            index is None
            or self._reserved.excluded.first(path) is not None
            or self._reserved.is_plan_file(path)
        ):
            return None
        return index

    def accepts(self, path: bytes) -> bool:
        """Return whether the path may be touched: held, or shared."""
        return self.holds(path) is not None or self.shares(path) is not None

    def unused(self, paths: Iterable[bytes]) -> tuple[int, ...]:
        """List the indices of the include patterns that match no path, ignoring excludes."""
        used: set[int] = set()
        for path in paths:
            used.update(self.included.every(path))
            if len(used) == len(self.include):
                break
        return tuple(index for index in range(len(self.include)) if index not in used)
