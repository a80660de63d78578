"""Brings the branches of a split up to date: the base moved, or someone worked on one of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from planner.branch.ends import revision
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location, has_errors
from planner.errors import GitError, PlannerError
from planner.gates.signals import uninterrupted
from planner.paths import path_text, shell_text
from planner.plan.model import Plan
from planner.repository import authors
from planner.repository.edits import Side
from planner.repository.writing import RefChange, Writer, change_refs, writing
from planner.rules import LEFT_OUT, MOVED_PATH, UNION_DIFFERS
from planner.slicing.split import record
from planner.slicing.split.building import Ends, Proof
from planner.slicing.split.ends import Asked
from planner.slicing.split.record import Branch, Record, Tip
from planner.slicing.split.upkeep.reassigned import reassigned
from planner.slicing.split.upkeep.replaying import Replay, own_line, start_of


class Now(NamedTuple):
    """A branch of a split as it is, or is made again.

    Attributes:
        branch: as it is recorded; `parent` is where it starts now.
        tip: where it ends now.
        was: where it ended before.
        is_own: whether nobody but planner worked on it.
        sides: what it changes, each path as it becomes.
    """

    branch: Branch
    tip: str
    was: str
    is_own: bool
    tree: str
    sides: tuple[Side, ...]

    @property
    def is_remade(self) -> bool:
        """Whether it is made again."""
        return self.tip != self.was


class Updated(NamedTuple):
    """The branches of a split, up to date.

    Attributes:
        ends: as they are now.
        branches: by the place in the record.
        over: the branches that are over, each with why.
        proof: None where findings stopped it.
    """

    record: Record
    ends: Ends
    branches: Mapping[int, Now]
    over: tuple[tuple[Branch, str], ...]
    proof: Proof | None
    findings: tuple[Diagnostic, ...]


def update(run: Run, plans: Sequence[Plan], asked: Asked) -> Updated:
    """Make again the branches whose parent has changed; all others keep their commits.

    Args:
        plans: as they are now; what they give to another slice than before stops it.

    Raises:
        PlannerError: nothing was split, a branch cannot be made again, or git failed.
    """
    found = record.needed(run.objects, asked.head)
    ends = ends_now(run, found.ends, asked)
    with writing(run.repository, is_sha256=len(ends.head) == 64) as writer:
        updated = _Update(run, writer, found, ends).updated(plans)
        if not has_errors(updated.findings) and not asked.is_dry_run:
            _keep(run, writer, updated)
    return updated


def ends_now(run: Run, before: Ends, asked: Asked) -> Ends:
    """Return the ends as they are now: branches start elsewhere once the base has moved.

    Raises:
        PlannerError: one of them is not in this clone.
    """
    name = asked.base or before.base_name
    base = revision(run, name).commit
    is_elsewhere = before.root not in (before.merge_base, before.base)  # by an earlier --onto
    root = before.root if is_elsewhere or base == before.base else base
    if asked.onto:
        root = revision(run, asked.onto).commit
    return before._replace(base=base, base_name=name, root=root)


class _Update:
    """Goes through the branches of a split, each after the one that it is on."""

    def __init__(self, run: Run, writer: Writer, found: Record, ends: Ends) -> None:
        self._run, self._writer = run, writer
        self._record, self._ends = found, ends
        self._tips = record.tips(run.repository, found.branches)
        self._branches: dict[int, Now] = {}
        self._over: list[tuple[Branch, str]] = []
        self._findings: list[Diagnostic] = [*_more(run, ends)]

    def updated(self, plans: Sequence[Plan]) -> Updated:
        for at, branch in enumerate(self._record.branches):
            tip = self._tips.get(branch.name)
            if tip is None:
                self._over.append((branch, "it is gone"))
            else:
                self._update(at, branch, tip)
        self._findings += reassigned(plans, [*self._split()])
        proof = None
        if not has_errors(tuple(self._findings)):
            proof, differing = _proof(self._run, self._writer, self._ends, self._state())
            self._findings += differing
        return Updated(
            self._record,
            self._ends,
            self._branches,
            tuple(self._over),
            proof,
            tuple(self._findings),
        )

    def _split(self) -> Iterator[tuple[Branch, list[bytes]]]:
        """The branches that are not over, with the paths that the split gave to each."""
        for at in self._branches:
            branch = self._record.branches[at]
            sides = self._writer.sides(branch.parent, branch.commit)
            yield branch, [new.path for _, new in sides]

    def _lower(self, branch: Branch) -> Now | None:
        """The branch that one is on now: the next one below that is not over."""
        at = branch.on
        while at is not None and at not in self._branches:
            at = self._record.branches[at].on
        return None if at is None else self._branches[at]

    def _update(self, at: int, branch: Branch, tip: Tip) -> None:
        lower = self._lower(branch)
        parent = lower.tip if lower else self._ends.root
        repository = self._run.repository
        # What was just made is nowhere yet, so that no branch can start there.
        there = [parent] if lower is None else [lower.was]
        starts = [*there, branch.parent]
        start = start_of(repository, branch.name, starts, tip.commit)
        end = tip.commit
        if start != parent:
            line = own_line(repository, branch.name, start, tip.commit)
            made = Replay(self._writer, self._run.objects).onto(parent, line)
            if made.conflicts:
                self._findings += [_moved(branch, path, parent) for path in made.conflicts]
            elif made.is_empty:
                self._over.append((branch, f"{parent[:12]} has all of it"))
                return
            else:
                end = made.commit
        if end != tip.commit and tip.worktree:
            raise PlannerError(
                f"the branch {branch.name!r} is checked out in {tip.worktree!r}, and would move "
                "under its files; nothing was made",
                hint=f"git -C {tip.worktree} switch --detach, then planner split --update",
            )
        sides = tuple(new for _, new in self._writer.sides(parent, end))
        tree = self._writer.tree_of(end)
        is_own = tip.commit == branch.commit or self._was_moved(branch, parent, tip.commit)
        now = branch._replace(parent=parent)
        self._branches[at] = Now(now, end, tip.commit, is_own, tree, sides)

    def _was_moved(self, branch: Branch, parent: str, tip: str) -> bool:
        """Whether a run that was killed has moved a branch, and did not get to record it."""
        if parent == branch.parent:
            return False
        repository = self._run.repository
        line = own_line(repository, branch.name, branch.parent, branch.commit)
        return Replay(self._writer, self._run.objects).onto(parent, line).commit == tip

    def _state(self) -> dict[bytes, tuple[Side, str]]:
        """Every path that a branch or the new base changes, as it is now, and where that is."""
        ends = self._ends
        state = {
            new.path: (new, self._ends.root[:12])
            for _, new in self._writer.sides(ends.merge_base, self._ends.root)
        }
        big = {new.path for _, new in self._writer.sides(ends.merge_base, ends.head)}
        state = {path: one for path, one in state.items() if path in big}
        for now in self._branches.values():
            state |= {side.path: (side, now.branch.name) for side in now.sides}
        return state


def _more(run: Run, ends: Ends) -> Iterator[Diagnostic]:
    """The note that the big branch has commits that were not split."""
    tip = run.objects.ref(f"refs/heads/{ends.name}")
    if tip is not None and tip != ends.head:
        yield LEFT_OUT.at(
            Location(""),
            f"{ends.name} is at {tip[:12]} now, and was split at {ends.head[:12]}",
            "a branch of the split was changed or removed: bring that into the big branch, then "
            "planner split --undo, planner split",
        )


def _moved(branch: Branch, path: bytes, parent: str) -> Diagnostic:
    return MOVED_PATH.at(
        Location(path_text(path)),
        f"'{path_text(path)}', which {branch.name!r} changes, is another one in {parent[:12]}, "
        "where that branch would start; nothing was made",
        f"rebase it yourself: git rebase --onto {parent[:12]} {branch.parent[:12]} {branch.name}; "
        "then planner split --update",
        branch=branch.name,
    )


def _proof(
    run: Run, writer: Writer, ends: Ends, state: Mapping[bytes, tuple[Side, str]]
) -> tuple[Proof, list[Diagnostic]]:
    """Compare all branches together with the big branch."""
    expected = run.objects.tree_of(ends.head)
    if expected is None:
        raise GitError(f"the tree of {ends.head[:12]} is not in this clone")
    tree = writer.tree(ends.merge_base, [side for side, _ in state.values()])
    big = {new.path: new for _, new in writer.sides(ends.merge_base, ends.head)}
    return Proof(tree, expected), [*_differing(big, state, ends)]


def _differing(
    big: Mapping[bytes, Side], state: Mapping[bytes, tuple[Side, str]], ends: Ends
) -> Iterator[Diagnostic]:
    for path in sorted({*big, *state}):
        shown = f"'{path_text(path)}'"
        place = Location(path_text(path))
        if path not in state:
            yield UNION_DIFFERS.at(
                place,
                f"what {ends.name} changes in {shown} is in no branch any more",
                "add it to one of them: "
                f"git checkout {record.backup_ref(ends.name)} -- {shell_text(path_text(path))}",
                severity="warning",
            )
            continue
        side, where = state[path]
        if path not in big:
            yield UNION_DIFFERS.at(place, f"{where} changes {shown}, which {ends.name} does not")
        elif side != big[path]:
            yield UNION_DIFFERS.at(place, f"{shown} is in {where} as it is not in {ends.name}")


def _keep(run: Run, writer: Writer, updated: Updated) -> None:
    """Bring the commits into the repository, and move all refs at once."""
    ends, branches = updated.ends, updated.branches
    place = {at: number for number, at in enumerate(branches)}
    kept = [
        # What somebody worked on is theirs: it is not recorded as made, and --undo leaves it.
        now.branch._replace(
            on=_place(updated, now.branch.on, place),
            commit=now.tip if now.is_own else now.branch.commit,
        )
        for now in branches.values()
    ]
    of = Record(ends, tuple(kept), updated.record.how)
    signature = authors.signature(run.repository, ends.head)
    changes = [
        RefChange(now.branch.ref, now.tip, now.was) for now in branches.values() if now.is_remade
    ]
    new = record.write(writer, of, signature)
    if new != updated.record.commit:
        changes.append(RefChange(record.record_ref(ends.name), new, updated.record.commit))
    with uninterrupted():
        writer.keep()
        if changes:
            change_refs(run.repository, changes, f"planner: update the split of {ends.name}")


def _place(updated: Updated, on: int | None, place: Mapping[int, int]) -> int | None:
    while on is not None and on not in place:
        on = updated.record.branches[on].on
    return None if on is None else place[on]
