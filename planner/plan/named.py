"""Find the slice or the task of an id: both share one set of names in a plan."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.errors import PlannerError
from planner.plan.document.problems import nearest
from planner.plan.model import Chosen, Plan, Task


class Part(NamedTuple):
    """A slice, or a task of a slice."""

    chosen: Chosen
    task: Task | None = None

    @property
    def id(self) -> str:
        """Its id."""
        return self.task.id if self.task else self.chosen.slice_.id

    @property
    def label(self) -> str:
        """What it is in messages."""
        return f"the task {self.id!r}" if self.task else self.chosen.label


def part_named(plans: Sequence[Plan], part_id: str) -> Part:
    """Return the slice or task of an id, open or closed.

    Raises:
        PlannerError: no plan has it, or several plans have it.
    """
    every = [*parts(plans)]
    found = [part for part in every if part.id == part_id]
    if len(found) > 1:
        raise PlannerError(_several(found), hint="name the plan: --plan PATH")
    if not found:
        ids = [part.id for part in every]
        slices = [part.id for part in every if not part.task]
        hint = nearest(part_id, ids) or f"the slices are: {', '.join(slices[:_MOST_IDS])}"
        raise PlannerError(f"no plan has a slice or task {part_id!r}", hint=hint)
    return found[0]


def _several(found: Sequence[Part]) -> str:
    paths = [part.chosen.plan.path for part in found]
    if len({part.label for part in found}) == 1:
        return f"{found[0].label} is defined in {' and '.join(paths)}"
    kinds = ["task" if part.task else "slice" for part in found]
    places = [f"as a {kind} in {path}" for kind, path in zip(kinds, paths, strict=True)]
    return f"{found[0].id!r} is defined {' and '.join(places)}"


_MOST_IDS: Final = 12


def parts(plans: Sequence[Plan]) -> Iterator[Part]:
    """Yield all slices and tasks, in the order of the plans: a slice before its tasks."""
    for plan in plans:
        for slice_ in plan.slices:
            chosen = Chosen(plan, slice_)
            yield Part(chosen)
            yield from (Part(chosen, task) for task in slice_.tasks)
