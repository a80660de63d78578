"""The plans and branches that a remote has now, and what they show of every slice."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.branch.run import Run
from planner.branch.standing import Seen, Standing, seen, shown
from planner.branch.trusted import Revision, Trusted
from planner.errors import GitError, PlannerError
from planner.plan.branches import dependency, slice_named
from planner.plan.model import Chosen, Plan
from planner.repository import remote_branches
from planner.repository.branches import Reference
from planner.repository.git import Repository
from planner.repository.remote_branches import Listing, Remote

_TRIES: Final = 4  # a branch may move between the list of branches and the fetch


class Scene(NamedTuple):
    """The slices of the plans that all agree on, and the branches of the remote.

    Attributes:
        trusted: the plans at the tip of the remote's default branch.
        every: the slices of all these plans.
        references: all branches of the remote; their commits are in this clone.
        seen: the branches that are the slices' bases, and those that are theirs.
        standings: what the branches show of each slice.
    """

    remote: Remote
    trusted: Trusted
    every: tuple[Chosen, ...]
    references: tuple[Reference, ...]
    seen: Seen
    standings: tuple[Standing, ...]

    @property
    def default(self) -> str:
        """The name of the default branch."""
        return _without(self.remote, self.trusted.revision.name)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans."""
        return self.trusted.plans

    def heads(self, chosen: Chosen) -> Sequence[Reference]:
        """Return the branches of a slice."""
        return self.seen.heads.get(chosen.key, ())

    def standing(self, chosen: Chosen) -> Standing:
        """Return what the branches show of a slice."""
        return next(one for one in self.standings if one.chosen.key == chosen.key)

    def slice_named(self, slice_id: str, named: str) -> Chosen:
        """Return the slice of an id, of one plan if that is named.

        Raises:
            PlannerError: there is none, or several plans have it.
        """
        try:
            return slice_named([one for one in self.plans if named in ("", one.path)], slice_id)
        except PlannerError as error:
            raise PlannerError(
                f"{error.message}, by the plans in {self.trusted.revision}", hint=error.hint
            ) from error


def read_scene(run: Run, remote: Remote, named: str, before: Scene | None = None) -> Scene:
    """Ask a remote for its branches and fetch their commits; no ref of this clone changes.

    So that many processes may do so in one clone.

    Args:
        named: the path of one more plan than those in docs/plan.
        before: what was known a moment ago, of which no commit is fetched again.

    Raises:
        PlannerError: the remote cannot be reached, has no plan, or a plan is unusable.
    """
    known = {one.commit for one in before.references} if before else set()
    listing = _fetched(run.repository, remote, known)
    name = _default(run, remote, listing)
    commit = next(one.commit for one in listing.branches if one.name == name)
    revision = Revision(f"{remote.name}/{name}", commit, ref=f"refs/remotes/{remote.name}/{name}")
    trusted = run.plans_at(revision, named)
    if trusted.error is not None:
        raise trusted.error
    if not trusted.plans or named not in ("", *trusted.paths):
        what = f"no plan {named!r}" if named else "no plan"
        raise PlannerError(
            f"there is {what} in {revision}: a claim counts by the plan that was agreed",
            hint="merge the plan into that branch first",
        )
    return _scene(run.repository, remote, trusted, listing.branches)


def with_branch(run: Run, scene: Scene, new: Reference) -> Scene:
    """Return the same after a branch was created."""
    return _scene(run.repository, scene.remote, scene.trusted, (*scene.references, new))


def follow(run: Run, scene: Scene, *names: str) -> None:
    """Move the remote-tracking branches of these names, so that `check-scope` knows them here.

    The branch that is claimed starts at a commit that an older one may lack, and what lies
    between would count as changed by it.
    """
    for one in scene.references:
        if one.name in names:
            known = run.objects.ref(f"refs/remotes/{scene.remote.name}/{one.name}")
            remote_branches.follow(run.repository, scene.remote, known, one)


def _fetched(repository: Repository, remote: Remote, known: set[str]) -> Listing:
    """The branches of a remote, whose commits are all in this clone."""
    for tries_left in reversed(range(_TRIES)):
        listing = remote_branches.branches_of(repository, remote)
        missing = {one.commit for one in listing.branches} - known
        try:
            remote_branches.bring(repository, remote, sorted(missing))
        except GitError:
            if not tries_left:
                raise
        else:
            break
    return listing


def _default(run: Run, remote: Remote, listing: Listing) -> str:
    """The default branch: by the event, by origin/HEAD, by the remote, else main or master."""
    names = {one.name for one in listing.branches}
    own = run.repository.remote_default if remote.name == "origin" else ""
    named = (run.event.default_branch, own, listing.default)
    found = next((name for name in named if name in names), "")
    usual = names & {"main", "master"}
    if found or len(usual) == 1:
        return found or usual.pop()
    raise PlannerError(
        f"cannot determine the default branch of {remote.name!r}"
        + ("" if names else ": it has no branch yet"),
        hint=f"git remote set-head {remote.name} BRANCH"
        if names
        else "push the branch that has the plan",
    )


def _scene(
    repository: Repository, remote: Remote, trusted: Trusted, references: Sequence[Reference]
) -> Scene:
    every = tuple(Chosen(plan, slice_) for plan in trusted.plans for slice_ in plan.slices)
    default = _without(remote, trusted.revision.name)
    found = seen(repository, every, trusted.plans, references, default)
    standings = shown(repository, every, found)
    return Scene(remote, trusted, every, tuple(references), found, standings)


def _without(remote: Remote, name: str) -> str:
    return name.removeprefix(f"{remote.name}/")


def bases(scene: Scene, chosen: Chosen) -> list[str]:
    """Return the commits whose history is not the work of a slice: its base, its parent's work."""
    base = scene.seen.bases[chosen.plan.base_of(chosen.slice_)]
    found = [base.commit] if base else []
    for parent in _parents(scene, chosen):
        found += [head.commit for head in scene.heads(parent)]
    return found


def base_of(scene: Scene, chosen: Chosen) -> str:
    """Return the name of the branch that a slice starts from once nothing keeps it waiting.

    As in `check-scope`, for a stacked slice that of the last parent, which is done.
    """
    last = [chosen, *_parents(scene, chosen)][-1]
    return last.plan.base_of(last.slice_)


def _parents(scene: Scene, chosen: Chosen) -> Iterator[Chosen]:
    """The slices below a stacked one, the nearest first."""
    met = {chosen.key}
    while chosen.slice_.stacked:
        parent = dependency(scene.plans, chosen.plan, chosen.slice_.depends_on[0])
        if parent is None or parent.key in met:
            return
        met.add(parent.key)
        yield parent
        chosen = parent
