"""What is not committed, and is therefore left out."""

from collections.abc import Callable, Iterator

from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.repository import changes
from planner.rules import LEFT_OUT


def uncommitted(run: Run, head: str, is_of_plans: Callable[[bytes], bool]) -> Iterator[Diagnostic]:
    """Yield a note where there are uncommitted changes of what is checked out.

    Args:
        head: the end of the big change; what is on top of another commit is no part of it.
        is_of_plans: tells plan files and their documents: these need not be committed.

    Raises:
        GitError: git failed.
    """
    # Without an index nothing was ever checked out (git clone --no-checkout).
    is_checked_out = (run.repository.git_dir / "index").exists()
    if not is_checked_out or run.objects.commit("HEAD") != head:
        return
    found = changes.in_worktree(run.repository, "HEAD")
    left = sum(not is_of_plans(one.path) for one in found)
    if left:
        what = "one uncommitted change is" if left == 1 else f"{left} uncommitted changes are"
        hint = "commit it first" if left == 1 else "commit them first"
        yield LEFT_OUT.at(Location(""), f"{what} left out", hint)
