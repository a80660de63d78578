"""What the net change of a branch hides: paths that its commits touched and changed back."""

from collections.abc import Callable, Iterable, Iterator

from planner.diagnostic import Diagnostic, Location
from planner.paths import path_text
from planner.repository.lineage import Touches
from planner.rules import BURIED_COMMITS, CHANGED_BACK, UNKNOWN_HISTORY


def hidden(
    touches: Touches,
    changed: Iterable[bytes],
    accepts: Callable[[bytes], bool],
    branch: str,
) -> Iterator[Diagnostic]:
    """Report paths that commits of the branch touched, and that the branch does not change.

    Args:
        touches: what its commits touched.
        changed: the paths of the net change.
        accepts: whether the branch, or a slice that it depends on, may touch a path.
        branch: the name of the branch.
    """
    net = frozenset(changed)
    if not touches.is_whole:
        yield UNKNOWN_HISTORY.at(
            Location(""),
            "this clone lacks commits of the branch: what they changed and changed back is unknown",
            "git fetch --unshallow (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
        )
    for path, by in touches.by_path.items():
        if path in net or accepts(path):
            continue
        place = Location(path_text(path))
        if by.merged:
            message = (
                f"changed by {by.merged[:12]}, which a merge brought, but the branch lacks the "
                "change: landing it would mark that commit as merged"
            )
            hint = f"take the merge out of {branch or 'the branch'}: git rebase, or git cherry-pick"
            yield BURIED_COMMITS.at(place, message, hint, commit=by.merged)
        else:
            message = (
                f"changed by {by.first[:12]} and changed back: 'Rebase and merge' would undo what "
                "the base has changed there meanwhile"
            )
            hint = "squash the commits, or take the change out of them: git rebase --interactive"
            yield CHANGED_BACK.at(place, message, hint, commit=by.first)
