"""The base of a branch, and the merge base with it, proved."""

import os
from collections.abc import Sequence
from typing import Final

from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import GitError
from planner.paths import shell_text
from planner.plan.branches import dependency
from planner.plan.model import Chosen, ChosenRule, Plan
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


def base_of(
    run: Run, judged_by: Chosen | ChosenRule | None, plans: Sequence[Plan]
) -> tuple[Revision, Chosen | None]:
    """Return the base of a branch by its plan; without a plan, the default branch.

    With it comes the parent slice whose branch the base is, of a stacked slice.

    Raises:
        GitError: it is not in this clone, or several branches may be the parent's.
    """
    if isinstance(judged_by, Chosen):
        return _slice_base(run, judged_by, plans)
    if isinstance(judged_by, ChosenRule):
        return branch_tip(run, judged_by.plan.base), None
    return branch_tip(run, run.default_branch), None


def _slice_base(run: Run, chosen: Chosen, plans: Sequence[Plan]) -> tuple[Revision, Chosen | None]:
    """The base of a slice; of a stacked one, its parent's branch until that is done or gone."""
    seen = set()
    while chosen.slice_.stacked and chosen.key not in seen:
        seen.add(chosen.key)
        parent = dependency(plans, chosen.plan, chosen.slice_.depends_on[0])
        if parent is None:
            break
        # The branch of a dropped slice belongs to no slice: its commits must not land.
        if parent.slice_.is_open and not is_done(run, parent):
            tip = _parent_tip(run, chosen, parent)
            lands_on = run.tip(chosen.plan.base_of(chosen.slice_))
            # A base that has all of the parent is the better one: it landed by a fast-forward.
            if tip is not None and not (
                lands_on and lineage.contains(run.repository, lands_on.commit, tip.commit)
            ):
                return tip, parent
        chosen = parent
    return branch_tip(run, chosen.plan.base_of(chosen.slice_)), None


def is_done(run: Run, chosen: Chosen) -> bool:
    """Return whether a slice is closed as merged, or git shows that it has landed on its base.

    Raises:
        GitError: git failed.
    """
    if chosen.slice_.closed:
        return chosen.slice_.closed == "merged"
    from planner.branch.standing import standings_of  # noqa: PLC0415 - for stacked slices alone

    key = ("standing", *chosen.key)
    return run.once(key, lambda: standings_of(run.repository, [chosen])[0].is_done)


def _parent_tip(run: Run, child: Chosen, parent: Chosen) -> Revision | None:
    """The tip of a parent's branch, where there is one.

    Anyone could make another one that the plan's names match, so several leave the answer open.
    """
    slice_ = parent.slice_
    names = dict.fromkeys(name for entry in slice_.branch for name in _matching(run, entry.text))
    tips = {tip.commit: tip for tip in map(run.tip, names) if tip is not None}
    if len(tips) > 1:
        listed = " and ".join(sorted(tip.name for tip in tips.values()))
        raise GitError(
            f"the slice {child.slice_.id!r} is stacked on {slice_.id!r}, and several branches may "
            f"be that slice's: {listed}",
            hint="name the one that it builds on (--base), delete the others, or give "
            f"{slice_.id!r} a single branch name in the plan",
        )
    return next(iter(tips.values()), None)


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


def find_merge_base(
    run: Run, base: Revision, head: Revision, unrelated: str = "start the branch from its base"
) -> tuple[Revision, str]:
    """Return the base and the one merge base, proved; with --fetch after deepening.

    Args:
        unrelated: what to do where the two share no history.

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
    raise _no_merge_base(run, base, head, unrelated, may_be_wrong=bool(bases))


def _deepened(run: Run, base: Revision, deepen: int) -> Revision:
    """The base after fetching more history; a remote branch may have moved."""
    remote, branch = "origin", ""
    if base.ref.startswith("refs/remotes/"):
        remote, _, branch = base.ref.removeprefix("refs/remotes/").partition("/")
    remotes.fetch(run.repository, remote, branch or run.default_branch, deepen=deepen)
    commit = run.objects.ref(base.ref) if base.ref else None
    return base._replace(commit=commit) if commit else base


def _no_merge_base(
    run: Run, base: Revision, head: Revision, unrelated: str, *, may_be_wrong: bool
) -> GitError:
    if not run.repository.is_shallow:
        return GitError(
            f"{head.name} and {base.name} share no history",
            hint=unrelated,
        )
    why = "may be wrong" if may_be_wrong else "is missing"
    return GitError(
        f"the merge base of {head.name} and {base.name} {why}: this clone is shallow",
        hint=lineage.WHOLE_HISTORY,
    )
