"""What git shows of every slice: planned, started, closed, and whether its work has landed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from planner.boundary.matching import PatternSet
from planner.branch.in_commits import named_in_commits
from planner.branch.messages import MARKS, landing, line_of, names_branch_of
from planner.branch.reserved import Reserved, reserved, usual_default
from planner.paths import path_bytes
from planner.plan.model import Chosen, Plan, Slice
from planner.repository import branches, lineage
from planner.repository.branches import Reference
from planner.repository.git import Repository

State = Literal["planned", "started", "landed", "closed"]


class Standing(NamedTuple):
    """What git shows of a slice.

    Attributes:
        state: started once its branch exists, here or on a remote as last fetched; landed while
            the plan does not yet say that it is closed.
        head: its branch, if there is one; of several, one that is not merged.
        base: the branch that it lands on, if that exists.
        landed: what shows that it has landed on its base; empty when nothing does.
        others: further branches of it that are not merged.
    """

    chosen: Chosen
    state: State
    head: Reference | None
    base: Reference | None
    landed: str
    others: tuple[Reference, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether slices that depend on it may start: it has landed, and is not dropped."""
        return bool(self.landed)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left to do: it has landed, or is closed."""
        return bool(self.landed) or self.state == "closed"

    @property
    def is_in_progress(self) -> bool:
        """Whether someone may be working in its scope."""
        claims = {task.status for task in self.chosen.slice_.tasks}
        is_begun = self.state == "started" or "in-progress" in claims
        return is_begun and not self.is_over


def standings(repository: Repository, plans: Sequence[Plan]) -> tuple[Standing, ...]:
    """Return what git shows of the slices of all plans, in the plans' order.

    Raises:
        GitError: git failed.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]
    return standings_of(repository, every, plans)


def standings_of(
    repository: Repository, every: Sequence[Chosen], plans: Sequence[Plan] = ()
) -> tuple[Standing, ...]:
    """Return what git shows of these slices, in their order.

    Args:
        plans: all plans, to find branches that name their slice in a commit.

    Raises:
        GitError: git failed.
    """
    return shown(repository, every, seen(repository, every, plans))


def started(
    repository: Repository, every: Sequence[Chosen], plans: Sequence[Plan]
) -> tuple[Standing, ...]:
    """Return what git shows of those of these slices that are under way, in their order.

    What has landed is only asked where a slice has a branch: most have none.

    Raises:
        GitError: git failed.
    """
    found = seen(repository, every, plans)
    begun = [chosen for chosen in every if chosen.key in found.heads]
    standings = shown(repository, begun, found) if begun else ()
    return tuple(one for one in standings if one.state == "started")


class Seen(NamedTuple):
    """The branches that matter to some slices.

    Attributes:
        bases: those that slices land on, by name.
        heads: those of each slice that has one: the local ones first, which are the newest.
    """

    bases: Mapping[str, Reference | None]
    heads: Mapping[tuple[str, str], Sequence[Reference]]


def seen(
    repository: Repository,
    every: Sequence[Chosen],
    plans: Sequence[Plan],
    references: Sequence[Reference] | None = None,
    default: str = "",
) -> Seen:
    """Return the branches that matter to these slices.

    Args:
        plans: all plans, to find branches that name their slice in a commit.
        references: all branches, whose commits are in this clone; default: those that git has
            here.
        default: the name of the default branch; by default what tells it here.

    Raises:
        GitError: git failed.
    """
    if references is None:
        references = branches.references(repository)
    names = {plan.base_of(slice_) for plan in plans for slice_ in plan.open_slices}
    names |= {chosen.plan.base_of(chosen.slice_) for chosen in every}
    bases = {name: _branch(references, name) for name in names}
    default = usual_default(default or repository.remote_default, (one.name for one in references))
    known = {plan.path: plan for plan in (*plans, *(chosen.plan for chosen in every))}
    kept = reserved(list(known.values()), default)
    heads = _heads(references, every, kept)
    for key, named in named_in_commits(repository, references, plans, bases).items():
        heads[key] += [one for one in named if not kept.why(one.name)]
    return Seen(bases, heads)


def _branch(references: Sequence[Reference], name: str) -> Reference | None:
    """The branch of that name; a remote one comes before the local one, as in check-scope."""
    rank = {"upstream": 0, "origin": 1, "": 3}
    named = [one for one in references if one.name == name]
    return min(named, key=lambda one: (rank.get(one.remote, 2), one.remote), default=None)


def _heads(
    references: Sequence[Reference], every: Sequence[Chosen], kept: Reserved
) -> defaultdict[tuple[str, str], list[Reference]]:
    """The branches of slices by their names: the local ones first, then remote ones."""
    # One set for all slices, because a plan may have thousands of them.
    claims = [(entry.pattern, chosen) for chosen in every for entry in chosen.slice_.branch]
    accepts = PatternSet([pattern for pattern, _ in claims])
    heads: defaultdict[tuple[str, str], list[Reference]] = defaultdict(list)
    for one in sorted(references, key=lambda one: (one.remote != "", one.remote, one.name)):
        accepting = (claims[at][1] for at in accepts.every(path_bytes(one.name)))
        for chosen in {each.key: each for each in accepting}.values():
            if not kept.keeps(chosen, one.name):
                heads[chosen.key].append(one)
    return heads


def shown(repository: Repository, every: Sequence[Chosen], found: Seen) -> tuple[Standing, ...]:
    """Return what the branches that were found show of these slices, in their order.

    Raises:
        GitError: git failed.
    """
    bases = found.bases
    of_base: dict[str, list[Chosen]] = defaultdict(list)
    for chosen in every:
        of_base[chosen.plan.base_of(chosen.slice_)].append(chosen)
    landed = {
        name: _Landed(repository, base, of_base[name], found.heads)
        for name in of_base
        if (base := bases[name]) is not None
    }
    result = []
    for chosen in every:
        closed = chosen.slice_.closed
        name = chosen.plan.base_of(chosen.slice_)
        heads = [] if closed else found.heads.get(chosen.key, ())
        evidence = landed[name].evidence(chosen.slice_, heads) if name in landed else ""
        if closed == "merged":
            evidence = "closed: merged"
        begun: State = "landed" if evidence else "started" if heads else "planned"
        each = _newest(repository, heads)
        own = landed[name].unmerged(each) if name in landed else each
        head = next(iter(own or each), None)
        state = "closed" if closed else begun
        result.append(Standing(chosen, state, head, bases[name], evidence, tuple(own[1:])))
    return tuple(result)


def _newest(repository: Repository, heads: Sequence[Reference]) -> list[Reference]:
    """One branch of each name: the local one, unless it is only behind that of a remote."""
    by_name: dict[str, Reference] = {}
    for one in heads:
        known = by_name.setdefault(one.name, one)
        is_other = not known.remote and one.commit != known.commit
        if is_other and lineage.contains(repository, one.commit, known.commit):
            by_name[one.name] = one
    return list(by_name.values())


class _Landed:
    """What has landed on one base, read once for all slices with that base."""

    def __init__(
        self,
        repository: Repository,
        base: Reference,
        chosen: Sequence[Chosen],
        heads: Mapping[tuple[str, str], Sequence[Reference]],
    ) -> None:
        self._repository = repository
        self._base = base
        marks = [f"Slice: {slice_.id}" for _, slice_ in chosen]
        marks += [slice_.commit for _, slice_ in chosen if slice_.commit]
        self._landings = [
            landing(each.commit, each.text, base.name, is_merge=each.is_merge)
            for each in branches.messages(repository, base, [*marks, *MARKS])
        ]
        tips = [one.commit for each in chosen for one in heads.get(each.key, ())]
        self._merged = branches.merged(repository, [base.commit], tips)

    def evidence(self, slice_: Slice, heads: Sequence[Reference]) -> str:
        """Return what shows that a slice has landed; empty when nothing does."""
        for landed in self._landings:
            where = f"{landed.commit[:12]} on {self._base.name}"
            line = line_of(landed, slice_)
            if line:
                return f"'{line}' in {where}"
            if names_branch_of(landed, slice_) and not self._is_older(landed.commit, heads):
                return f"{landed.branch} was merged in {where}"
        # While one of its branches is not merged, someone is working on it.
        if not heads or any(one.commit not in self._merged for one in heads):
            return ""
        # A branch on the base's own line may be merged by fast-forward, or be new without a
        # commit: nothing shows which.
        head = heads[0]
        if any(branches.is_on_line(self._repository, self._base, one.commit) for one in heads):
            return ""
        return f"{head.name} is merged into {self._base.name}"

    def unmerged(self, heads: Sequence[Reference]) -> list[Reference]:
        """Return the branches that the base does not contain."""
        return [one for one in heads if one.commit not in self._merged]

    def _is_older(self, commit: str, heads: Sequence[Reference]) -> bool:
        """Whether a branch has commits on top of the one that merged a branch of that name.

        Names are used again, such as GitHub's `patch-1`: that merge was of another branch.
        """
        unmerged = (one.commit for one in heads if one.commit not in self._merged)
        return any(
            lineage.merge_bases(self._repository, commit, head) == (commit,) for head in unmerged
        )
