"""All that an agent needs to know of a slice or a task before it starts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from planner.boundary.language import Term, cheapest, overlap
from planner.boundary.pattern import Pattern
from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.errors import PlannerError
from planner.paths import parents
from planner.plan.branches import slice_of_branch
from planner.plan.model import Chosen, Entry, Plan, patterns, shared_with
from planner.plan.named import Part, part_named, parts
from planner.repository.branches import Reference
from planner.scopes.fence import Fence
from planner.status.start import Start, start_of

_MOST_IDS: Final = 12
_MOST_NEIGHBORS: Final = 12  # patterns; each is compared with all of the slice


class Neighbor(NamedTuple):
    """Another open slice, and its patterns that lie near to those of the slice."""

    chosen: Chosen
    entries: tuple[Entry, ...]


class Brief(NamedTuple):
    """What an agent is told.

    Attributes:
        revision: the commit whose plan it is, which check-scope and the guard judge by; None for
            a plan of the work tree that this commit does not have yet.
        start: how to get onto the branch.
        include: the slice's patterns, less those that hold nothing but plan files and what the
            plans exclude.
        is_here: whether the branch is checked out.
        shared: what several slices may touch, this one among them.
        fence: what all plans say of paths.
        neighbors: the nearest first.
    """

    part: Part
    revision: Revision | None
    start: Start
    include: tuple[Entry, ...]
    is_here: bool
    shared: tuple[Entry, ...]
    fence: Fence
    neighbors: tuple[Neighbor, ...]

    @property
    def excluded(self) -> tuple[Entry, ...]:
        """What no slice may touch, unless its include names the very path."""
        return self.fence.exclude


def read_brief(run: Run, part_id: str, named: str = "") -> Brief:
    """Return the brief of a slice or a task, by the plans of the trusted commit.

    Args:
        part_id: an id; empty for the slice of the branch that is checked out.
        named: the path of the one plan to look in.

    Raises:
        PlannerError: there is no such part or several, or its slice is closed.
        UnusablePlanError: a plan is unusable.
    """
    plans, revision = _plans(run, part_id, named)
    part = _part([plan for plan in plans if named in ("", plan.path)], part_id, run)
    chosen = part.chosen
    if not chosen.slice_.is_open:
        raise PlannerError(
            f"the slice {chosen.slice_.id!r} is closed: {chosen.slice_.closed}",
            hint="planner next lists what can be started",
        )
    return brief_of(run, plans, revision, part, start_of(run, plans, chosen, _head(run, chosen)))


def brief_of(
    run: Run, plans: Sequence[Plan], revision: Revision | None, part: Part, start: Start
) -> Brief:
    """Return the brief of a part of some plans, with how to get onto its branch."""
    chosen = part.chosen
    here = slice_of_branch(plans, run.repository.branch, None) if run.repository.branch else None
    fence = Fence(plans)
    return Brief(
        part,
        revision,
        start,
        _accepted(chosen.slice_.scope.include, fence, chosen),
        here is not None and here.key == chosen.key,
        _accepted(shared_with(chosen.plan, chosen.slice_.id), fence, chosen),
        fence,
        tuple(_neighbors(fence, chosen)),
    )


def _accepted(entries: Sequence[Entry], fence: Fence, chosen: Chosen) -> tuple[Entry, ...]:
    """The entries of which the plans leave something; a literal include of the slice stays."""
    include = chosen.slice_.scope.include
    literal = {one.pattern.path for one in include if one.pattern.is_literal}
    exclude = tuple(patterns(fence.exclude))
    return tuple(
        one
        for one in entries
        if (one.pattern.is_literal and one.pattern.path in literal)
        or cheapest(Term(one.pattern, exclude, fence.plan_files)) is not None
    )


def _plans(run: Run, part_id: str, named: str) -> tuple[tuple[Plan, ...], Revision | None]:
    """The plans that tell of a part: those of the trusted commit, else of the work tree."""
    tip = run.trusted_tip
    trusted = run.plans_at(tip, named) if tip else None
    plans: list[Plan] = []
    if trusted is not None:
        if trusted.error is not None:
            raise trusted.error
        plans = [plan for plan in trusted.plans if named in ("", plan.path)]
        if trusted.plans and (not part_id or any(one.id == part_id for one in parts(plans))):
            return trusted.plans, tip
    try:
        here = run.plans_here(named)
    except PlannerError:
        if trusted is None or not plans:
            raise
        here = ()
    is_here = any(one.id == part_id for one in parts(here)) or not (trusted and trusted.plans)
    return (here, None) if is_here or trusted is None else (trusted.plans, tip)


def _part(plans: Sequence[Plan], part_id: str, run: Run) -> Part:
    if part_id:
        return part_named(plans, part_id)
    branch = run.repository.branch
    chosen = slice_of_branch(plans, branch, None) if branch else None
    if chosen is None:
        message = f"no slice accepts the branch {branch!r}" if branch else "HEAD is detached"
        ids = [slice_.id for plan in plans for slice_ in plan.open_slices][:_MOST_IDS]
        listed = f"; the slices are: {', '.join(ids)}" if ids else ""
        raise PlannerError(message, hint=f"name a slice or a task: planner brief ID{listed}")
    return Part(chosen)


def _head(run: Run, chosen: Chosen) -> Reference | None:
    """The branch of the slice, if there is one under a name without a wildcard."""
    names = [entry.text for entry in chosen.slice_.branch if entry.pattern.is_literal]
    for name in names:
        commit = run.objects.ref(f"refs/heads/{name}")
        if commit:
            return Reference(name, "", commit)
    for name in names:
        tip = run.remote_tip("origin", name)
        if tip:
            return Reference(name, "origin", tip.commit)
    return None


def _neighbors(fence: Fence, chosen: Chosen) -> Iterator[Neighbor]:
    """Other open slices with patterns in the folders of the slice, the nearest first."""
    scope, shared = chosen.slice_.scope, shared_with(chosen.plan, chosen.slice_.id)
    depths = {
        folder: folder.count(b"/")
        for entry in scope.include
        for folder in _folders(entry.pattern.prefix)
    }
    near = []
    for other in fence.open:
        if other.key != chosen.key:
            for entry in other.slice_.scope.include:
                known = (depths.get(folder, 0) for folder in _folders(entry.pattern.prefix))
                depth = max(known, default=0)
                if depth:
                    near.append((depth, other, entry))
    near.sort(key=lambda one: -one[0])
    found: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    owners = {}
    exclude = tuple(patterns(scope.exclude))
    own = [Term(pattern, exclude) for pattern in patterns(scope.include)]
    terms = (*own, *(Term(pattern) for pattern in patterns(shared) if pattern.is_literal))
    for _, other, entry in near[:_MOST_NEIGHBORS]:
        if not _meets(terms, entry.pattern):
            found[other.key].append(entry)
            owners[other.key] = other
    for key, entries in found.items():
        yield Neighbor(owners[key], tuple(entries))


def _meets(own: tuple[Term, ...], pattern: Pattern) -> bool:
    """Whether the slice may touch some of what another pattern holds, as far as it is known.

    A slice that comes after another one may hold the same paths.
    """
    return overlap(own, (Term(pattern),)) is not None


def _folders(prefix: bytes) -> Iterator[bytes]:
    """The folders on the way to a folder, and the folder itself, each with its slash."""
    return (folder + b"/" for folder in parents(prefix))
