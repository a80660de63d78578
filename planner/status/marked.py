"""The status of tasks that a slice's branch has set in its plan, which other work trees lack."""

from collections.abc import Mapping

from planner.branch.run import Run
from planner.branch.standing import Standing
from planner.paths import path_bytes
from planner.plan.parse import parse


def marked(run: Run, standing: Standing, merge_base: str) -> Mapping[str, str]:
    """Return the status of tasks of a slice that its branch's plan has otherwise.

    Nothing for the branch that is checked out: its work tree is newer.

    Raises:
        GitError: the plan's content is not in this clone.
    """
    head, (plan, slice_) = standing.head, standing.chosen
    if head is None or (not head.remote and head.name == run.repository.branch):
        return {}
    before, after = (
        run.objects.oid(f"{commit}:".encode() + path_bytes(plan.path))
        for commit in (merge_base, head.commit)
    )
    if not merge_base or after is None or before == after:
        return {}
    own = parse(run.objects.blob(head.commit, plan.path) or b"", plan.path).usable
    same = own.slice_of(slice_.id) if own else None
    here = {task.id: task.status for task in slice_.tasks}
    there = same.tasks if same else ()
    return {task.id: task.status for task in there if task.status != here.get(task.id)}
