"""The base of a branch, and the merge base with it, proved."""

import os
from typing import Final

from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import GitError
from planner.paths import shell_text
from planner.plan.model import Chosen, ChosenRule, Plan, Slice
from planner.repository import lineage, remotes

_DEEPENING: Final = (50, 200, 1000, -1)


def branch_tip(run: Run, branch: str) -> Revision:
    """Return the tip of a branch.

    Raises:
        GitError: it is not in this clone.
    """
    tip = run.tip(branch)
    if tip is None:
        raise _not_in_clone(f"the branch {branch!r}", branch)
    return tip


def target_tip(run: Run, branch: str) -> Revision:
    """Return the tip of the branch that a pull request targets, as the remote has it.

    Raises:
        GitError: it is not in this clone, or cannot be fetched.
    """
    tip = run.remote_tip("origin", branch)
    if tip is None and run.repository.is_online:
        remotes.fetch(run.repository, "origin", branch, deepen=0)
        tip = run.remote_tip("origin", branch)
    if tip is None:
        raise _not_in_clone(f"the base origin/{branch}", branch)
    return tip


def _not_in_clone(what: str, branch: str) -> GitError:
    return GitError(
        f"{what} is not in this clone",
        hint=f"git fetch origin {shell_text(remotes.refspec('origin', branch))} "
        "(actions/checkout: fetch-depth: 0)",
    )


def base_of(run: Run, judged_by: Chosen | ChosenRule | None) -> Revision:
    """Return the base of a branch by its plan; without a plan, the default branch."""
    if isinstance(judged_by, Chosen):
        return _slice_base(run, judged_by.plan, judged_by.slice_)
    if isinstance(judged_by, ChosenRule):
        return branch_tip(run, judged_by.plan.base)
    return branch_tip(run, run.default_branch)


def _slice_base(run: Run, plan: Plan, slice_: Slice) -> Revision:
    """The base of a slice; of a stacked one, its parent's branch until that is done or gone."""
    seen = set()
    while slice_.stacked and slice_.id not in seen:
        seen.add(slice_.id)
        parent = plan.slice_of(slice_.depends_on[0])
        if parent is None:
            break
        tip = _parent_tip(run, parent) if parent.is_open else None
        if tip is not None and not is_done(run, Chosen(plan, parent)):
            return tip
        slice_ = parent
    return branch_tip(run, plan.base_of(slice_))


def is_done(run: Run, chosen: Chosen) -> bool:
    """Return whether a slice is closed, or git shows that it has landed on its base.

    Raises:
        GitError: git failed.
    """
    if chosen.slice_.closed:
        return True
    from planner.branch.standing import standings_of  # noqa: PLC0415 - for stacked slices alone

    key = ("standing", chosen.plan.path, chosen.slice_.id)
    return run.once(key, lambda: standings_of(run.repository, [chosen])[0].is_done)


def _parent_tip(run: Run, parent: Slice) -> Revision | None:
    names = (name for entry in parent.branch for name in _matching(run, entry.text))
    return next(filter(None, map(run.tip, names)), None)


def _matching(run: Run, name: str) -> list[str]:
    """The branches that a name with wildcards matches; the name itself without wildcards."""
    if "*" not in name:
        return [name]
    places = ("refs/remotes/upstream/", "refs/remotes/origin/", "refs/heads/")
    printed = run.repository.run(
        "for-each-ref", "--format=%(refname)", *(place + name for place in places)
    )
    refs = os.fsdecode(printed).split("\n")
    return [ref.removeprefix(p) for p in places for ref in refs if ref.startswith(p)]


def find_merge_base(run: Run, base: Revision, head: Revision) -> tuple[Revision, str]:
    """Return the base and the one merge base, proved; with --fetch after deepening.

    Raises:
        GitError: there is no merge base, there are several, or it cannot be proved.
    """
    repository = run.repository
    steps = _DEEPENING if repository.is_online and repository.is_shallow else ()
    for deepen in (0, *steps):
        if deepen:
            base = _deepened(run, base, deepen)
        bases = lineage.merge_bases(repository, base.commit, head.commit)
        if len(bases) > 1:
            raise GitError(
                f"{head.name} and {base.name} have {len(bases)} merge bases",
                hint=f"merge {base.name} into the branch, then there is one: "
                f"git merge {shell_text(base.name)}",
            )
        if bases and not lineage.may_be_wrong(repository, base.commit, head.commit, bases[0]):
            return base, bases[0]
    raise _no_merge_base(run, base, head, may_be_wrong=bool(bases))


def _deepened(run: Run, base: Revision, deepen: int) -> Revision:
    """The base after fetching more history; a remote branch may have moved."""
    remote, branch = "origin", ""
    if base.ref.startswith("refs/remotes/"):
        remote, _, branch = base.ref.removeprefix("refs/remotes/").partition("/")
    remotes.fetch(run.repository, remote, branch or run.default_branch, deepen=deepen)
    commit = run.objects.ref(base.ref) if base.ref else None
    return base._replace(commit=commit) if commit else base


def _no_merge_base(run: Run, base: Revision, head: Revision, *, may_be_wrong: bool) -> GitError:
    if not run.repository.is_shallow:
        return GitError(
            f"{head.name} and {base.name} share no history",
            hint="start the branch from its base",
        )
    why = "may be wrong" if may_be_wrong else "is missing"
    return GitError(
        f"the merge base of {head.name} and {base.name} {why}: this clone is shallow",
        hint="git fetch --unshallow (actions/checkout: fetch-depth: 0; "
        "GitLab: GIT_DEPTH: 0), or planner check-scope --fetch",
    )
