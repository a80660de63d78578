"""Where the findings about a branch are shown by formats that need a line of a file."""

from collections.abc import Collection, Mapping

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Location
from planner.errors import GitError
from planner.paths import path_text
from planner.plan.model import Chosen
from planner.report import Places


def places(run: Run, branch: Branch) -> Places:
    """Return where findings are shown: at the first line that the branch added, or in the plan.

    The line of the plan is that of the slice or rule, else the first one of a trusted plan.
    """
    judged_by = branch.judged_by
    plan = Location("")
    if isinstance(judged_by, Chosen):
        plan = judged_by.plan.where(judged_by.slice_.node)
    elif judged_by is not None:
        plan = judged_by.rule.branch[0].location
    else:
        kept = [path_text(change.path) for change in branch.changes if change.status != "D"]
        paths = [*branch.trusted.paths, *kept]
        plan = Location(paths[0], 1) if paths else plan

    def first_lines(paths: Collection[str]) -> Mapping[str, int]:
        from planner.repository.lines import first_added_lines  # noqa: PLC0415 - few formats

        ends: tuple[str, ...] = (branch.merge_base, branch.head.commit)
        if branch.request.is_staged:
            ends = ("--cached", "HEAD")
        elif branch.request.is_worktree:
            ends = (branch.merge_base,)
        changed = {path_text(change.path) for change in branch.changes}
        try:
            return first_added_lines(run.repository, ends, changed.intersection(paths))
        except GitError:
            return {}  # the plan's line is a place as well

    return Places(plan, first_lines)
