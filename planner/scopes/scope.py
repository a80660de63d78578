"""Which paths a scope holds and accepts."""

from collections.abc import Callable, Iterable, Sequence

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern


class Scope:
    """What one slice, or one rule for unplanned branches, may touch.

    `included` and `excluded` know which patterns of its own match a path.

    Args:
        include: what it holds, in the order of the plan.
        exclude: what is taken away from `include` only.
        excluded: what the plans take away from every scope; a literal include wins over it.
        shared: what it accepts without holding it.
        is_plan_file: only a literal include holds such a path.
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
        self.included = PatternSet(self.include)
        self.excluded = PatternSet(exclude, below=True)
        self._literals: dict[bytes, int] = {}
        for index, pattern in enumerate(self.include):
            if pattern.path is not None:
                self._literals.setdefault(pattern.path, index)
        self._excluded_by_plans = excluded
        self._shared = PatternSet(shared)
        self._is_plan_file = is_plan_file

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
        is_protected = self._is_plan_file(path) or self._excluded_by_plans.first(path) is not None
        return None if is_protected else index

    def shares(self, path: bytes) -> int | None:
        """Return the index of the shared pattern by which it accepts the path, or None."""
        index = self._shared.first(path)
        if (
            index is None
            or self._excluded_by_plans.first(path) is not None
            or self._is_plan_file(path)
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
