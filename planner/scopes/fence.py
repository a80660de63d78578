"""What the plans of a repository say about a path: held, shared, excluded, or a plan file."""

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, literally, parse
from planner.paths import path_bytes
from planner.plan.find import PLAN_FILES, beside, documents, is_plan_file
from planner.plan.model import Chosen, ChosenRule, Entry, Plan, patterns, shared_with
from planner.scopes.scope import Reserved, Scope


class Fence:
    """All plans of a repository together, to be asked about paths.

    Args:
        plans: usable plans.
        paths: plan files besides those of the plans, such as one that a branch adds.
    """

    def __init__(self, plans: Sequence[Plan], paths: Sequence[str] = ()) -> None:
        self.plans = tuple(plans)
        files = dict.fromkeys([*(plan.path for plan in plans), *paths])
        self.is_plan_file = is_plan_file(tuple(files))
        self.documents = frozenset(path_bytes(name) for path in files for name in documents(path))
        self.open = tuple(Chosen(plan, slice_) for plan in plans for slice_ in plan.open_slices)
        self.exclude = tuple(chain.from_iterable(plan.exclude for plan in plans))
        self.excluded = PatternSet(patterns(self.exclude), below=True)
        self._reserved = Reserved(self.excluded, self.is_plan_file)
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._was_asked = False

    def is_open_to_all(self, path: bytes) -> bool:
        """Return whether a change of only plans may touch the path."""
        return path in self.documents or self.is_plan_file(path)

    def scope(self, chosen: Chosen) -> Scope:
        """Return the compiled scope of a slice; its indices are those of its include entries."""
        key = chosen.key
        if key not in self._scopes:
            scope = chosen.slice_.scope
            self._scopes[key] = Scope(
                patterns(scope.include),
                exclude=patterns(scope.exclude),
                shared=patterns(shared_with(chosen.plan, chosen.slice_.id)),
                reserved=self._reserved,
            )
        return self._scopes[key]

    def rule_scope(self, chosen: ChosenRule) -> Scope:
        """Return the compiled scope of a rule for unplanned branches: just its include.

        What open slices hold is taken away from it elsewhere: see `holders`.
        """
        return Scope(patterns(chosen.rule.include), reserved=self._reserved, wins_by_folder=True)

    def excluded_by(self, path: bytes) -> Entry | None:
        """Return the entry of a plan because of which no slice may touch the path."""
        index = self.excluded.first(path)
        return None if index is None else self.exclude[index]

    def shared_by(self, path: bytes) -> Entry | None:
        """Return the entry of a plan because of which several slices may touch the path."""
        if self.is_plan_file(path) or self.excluded.first(path) is not None:
            return None
        entries, shared = self._shared
        index = shared.first(path)
        return None if index is None else entries[index]

    @cached_property
    def _shared(self) -> tuple[list[Entry], PatternSet]:
        entries = [entry for plan in self.plans for entry in (*plan.shared, *plan.generated)]
        return entries, PatternSet(patterns(entries))

    def holders(self, path: bytes) -> tuple[tuple[Chosen, Entry], ...]:
        """Return the open slices that hold the path, each with the entry by which it does."""
        holders = []
        for owner in self._near(path):
            chosen = self.open[owner]
            at = self.scope(chosen).holds(path)
            if at is not None:
                holders.append((chosen, chosen.slice_.scope.include[at]))
        return tuple(holders)

    def _near(self, path: bytes) -> list[int]:
        """The open slices, by index, one of whose patterns may hold the path.

        The first path is not worth a set of all patterns, which takes milliseconds for hundreds.
        """
        if not self._was_asked:
            self._was_asked = True
            return [
                owner
                for owner, chosen in enumerate(self.open)
                if any(path.startswith(one.pattern.prefix) for one in chosen.slice_.scope.include)
            ]
        included, owners = self._open_includes
        return sorted({owners[index] for index in included.every(path)})

    @cached_property
    def plan_files(self) -> tuple[Pattern, ...]:
        """Patterns of the plan files, which only a literal entry holds."""
        known = [each for each in map(parse, PLAN_FILES) if isinstance(each, Pattern)]
        files = [name for plan in self.plans for name in (plan.path, *beside(plan.path))]
        named = [literally(path_bytes(name)) for name in files]
        return tuple(dict.fromkeys([*known, *named]))

    @cached_property
    def _open_includes(self) -> tuple[PatternSet, list[int]]:
        """All include patterns of open slices in one set, so that any number costs the same."""
        includes = [patterns(chosen.slice_.scope.include) for chosen in self.open]
        owners = [owner for owner, include in enumerate(includes) for _ in include]
        return PatternSet([*chain.from_iterable(includes)]), owners
