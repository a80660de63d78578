"""Sets the status of a task, or closes a slice, in the plan file."""

from pathlib import Path
from typing import NamedTuple

from planner import files
from planner.diagnostic import Location
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.document.editing import set_word
from planner.plan.document.problems import nearest
from planner.plan.named import Part, part_named
from planner.plan.parse import usable
from planner.plan.schema import CLOSED, STATUSES


class Marked(NamedTuple):
    """What was set in a plan, and what it was before; `before` is empty where nothing was."""

    part: Part
    key: str
    before: str
    after: str

    @property
    def location(self) -> Location:
        """The place of the value in the plan as it was before; where it had none, of the part."""
        plan, slice_ = self.part.chosen
        node = self.part.task.node if self.part.task else slice_.node
        return plan.where(node, self.key)


def mark(root: Path, part: Part, status: str) -> Marked:
    """Write the status of a task, or how a slice is closed, into the plan of the work tree.

    No other byte of the file changes; where it says that already, none does.

    Args:
        root: the root of the work tree.
        part: of a plan in the work tree.

    Raises:
        PlannerError: it is no status of such a part, or the file cannot be written.
    """
    with files.locked((root / part.chosen.plan.path).parent):
        return _written(root, part, status)


def _written(root: Path, part: Part, status: str) -> Marked:
    """Read the plan again, which another process may have changed while this one waited."""
    path = part.chosen.plan.path
    content = find.content(root, path)
    plan = usable(content, path)
    part = part_named([plan], part.id)
    marked = _marked(part, status)
    if marked.before == status:
        return marked
    edited = set_word(content, _route(part), marked.key, status)
    if edited is None:
        raise PlannerError(
            f"cannot set {marked.key!r} of {part.label} in {plan.path}: the file is written in a "
            "form that planner cannot edit",
            hint=f"edit the file: write '{marked.key}: {status}'",
        )
    if find.content(root, plan.path) != content:
        raise PlannerError(f"{plan.path} was changed meanwhile", hint="run the command again")
    files.write(root / plan.path, edited)
    return marked


def _marked(part: Part, status: str) -> Marked:
    known = STATUSES if part.task else CLOSED
    if status not in known:
        of = "a task" if part.task else "a slice"
        hint = nearest(status, known) or f"of {of} it is one of {', '.join(map(repr, known))}"
        raise PlannerError(f"{status!r} is not a status of {of}", hint=hint)
    if part.task:
        node, key, default = part.task.node, "status", STATUSES[0]
    else:
        node, key, default = part.chosen.slice_.node, "closed", ""
    before = getattr(part.task or part.chosen.slice_, key)
    is_written = key in node.items
    return Marked(part, key, before if is_written else default, status)


def _route(part: Part) -> tuple[str | int, ...]:
    plan, slice_ = part.chosen
    at = next(index for index, one in enumerate(plan.slices) if one.id == slice_.id)
    if part.task is None:
        return "slices", at
    of_task = next(index for index, one in enumerate(slice_.tasks) if one.id == part.id)
    return "slices", at, "tasks", of_task
