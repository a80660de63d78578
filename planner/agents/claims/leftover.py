"""How a local branch that a claim left behind is deleted."""

from planner.branch.run import Run
from planner.paths import shell_text
from planner.repository.worktrees import worktrees


def deletion(run: Run, branch: str, default: str, *, is_forced: bool = False) -> str:
    """Return the command that deletes a local branch; git keeps one that a work tree has.

    Args:
        default: the default branch, which the main work tree goes to.
        is_forced: whether nothing of it is lost, though git may not know that.

    Raises:
        GitError: git failed.
    """
    delete = f"git branch {'-D' if is_forced else '-d'} {shell_text(branch)}"
    every = worktrees(run.repository)
    for one in every:
        if one.branch == f"refs/heads/{branch}":
            leave = f"git worktree remove {shell_text(one.folder)}"
            if one == every[0]:
                leave = f"git switch {shell_text(default)}"
            return f"{leave} && {delete}"
    return delete
