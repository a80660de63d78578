"""Splits a big branch into a branch for each slice of the plan, or says why it cannot."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from planner.branch.run import Run
from planner.branch.trusted import Revision
from planner.diagnostic import Diagnostic, Location, has_errors
from planner.errors import GitError, PlannerError
from planner.gates.signals import uninterrupted
from planner.paths import parents, path_bytes, path_text
from planner.plan.model import Plan
from planner.repository import authors, branches, changes
from planner.repository.edits import Edit, edits
from planner.repository.git import Repository
from planner.repository.writing import RefChange, Writer, change_refs, writing
from planner.rules import MOVED_PATH, UNSTACKED_SLICE
from planner.slicing.change import read_change
from planner.slicing.hunks.pieces import NO_PIECES, read_pieces
from planner.slicing.split import naming, record
from planner.slicing.split.building import By, Ends, Made, Proof, build, prove
from planner.slicing.split.dividing.assigned import Assigned, assign, clashes, inseparable
from planner.slicing.split.dividing.parting import divided, lay_out
from planner.slicing.split.dividing.prefixes import broken
from planner.slicing.split.dividing.sharing import settled
from planner.slicing.split.dividing.stacking import Stack, lands_on, stack
from planner.slicing.split.ends import Asked, find_ends
from planner.slicing.split.planning import Work, plan_branches
from planner.slicing.uncommitted import uncommitted


class Split(NamedTuple):
    """A big branch as branches of slices.

    Attributes:
        made: the branches, each after the one that it is stacked on.
        idle: the ids of open slices that hold nothing that changed, and get no branch.
        unagreed: the plans that check-scope does not know.
        proof: None where findings stopped it.
        is_kept: whether the branches exist now.
        findings: what stopped it, or what else is to be known.
    """

    ends: Ends
    head: Revision
    edits: tuple[Edit, ...] = ()
    made: tuple[Made, ...] = ()
    idle: tuple[str, ...] = ()
    unagreed: tuple[str, ...] = ()
    proof: Proof | None = None
    is_kept: bool = False
    findings: tuple[Diagnostic, ...] = ()


Verify = Callable[[Sequence[Made]], Sequence[Diagnostic]]
"""Returns what is wrong with commits that no ref names yet."""


def split(run: Run, plans: Sequence[Plan], asked: Asked, verify: Verify | None = None) -> Split:
    """Make a branch for each open slice that holds a changed path: all of them, or none.

    Args:
        verify: what else must find nothing wrong.

    Raises:
        PlannerError: the ends are not in this clone, nothing was changed, or git failed.
    """
    repository = run.repository
    ends, head = find_ends(run, plans, asked)
    changes.between(repository, ends.merge_base, ends.head)  # refuses what git cannot check out
    edited = edits(repository, ends.merge_base, ends.head)
    if not edited:
        raise PlannerError(
            f"{head} changes nothing since {ends.merge_base[:12]}",
            hint="name the ends of the change: planner split --base REV --head REV",
        )
    found = Split(ends, head, edited)
    assigned = assign(plans, edited, by_hunk=asked.by_hunk)
    work = [edit for edit in edited if not set(edit.paths) <= set(assigned.of_plans)]
    change = read_change(repository, ends.merge_base, work)
    stacked = stack(plans, assigned, change, is_chain=asked.is_chain)
    pieces = NO_PIECES
    if assigned.contested:
        pieces = read_pieces(repository, ends.merge_base, ends.head, change)
    layout = lay_out(assigned, change, pieces, stacked)
    undivided = [*assigned.undivided({*layout.whole, *layout.parts})]
    layout = settled(assigned, change, stacked, layout)
    shared = {path: stacked.slices[layout.whole[path]] for path in assigned.shared}
    ids = [one.slice_.id for one in stacked.slices]
    findings = [
        *assigned.findings,
        *undivided,
        *naming.refused(stacked.slices),
        *_inseparable(assigned, layout.whole, stacked),
        *_moved(run, ends, assigned),
        *broken(change, layout, ids, stacked.below),
        *_unstacked(stacked),
        *assigned.notes(shared),
        *divided(assigned.contested, layout, ids),
        *uncommitted(run, ends.head, assigned.is_of_plans),
    ]
    live = {one.key for one in stacked.slices}
    every = [(plan.path, slice_.id) for plan in plans for slice_ in plan.open_slices]
    idle = tuple(key[1] for key in every if key not in live)
    found = found._replace(
        findings=tuple(findings), idle=idle, unagreed=_unagreed(run, plans, assigned)
    )
    if _stops(findings, asked):
        return found
    return _made(run, asked, found, Work(assigned, stacked, layout, pieces), verify)


def _stops(findings: Sequence[Diagnostic], asked: Asked) -> bool:
    is_warned = any(one.severity == "warning" for one in findings)
    return has_errors(tuple(findings)) or (asked.is_strict and is_warned)


def _inseparable(
    assigned: Assigned, slice_of: Mapping[bytes, int], stacked: Stack
) -> list[Diagnostic]:
    ids = [one.slice_.id for one in stacked.slices]
    return [
        inseparable(file, path, (ids[slice_of[file]], ids[slice_of[path]]))
        for file, path in clashes(assigned.sides, slice_of, stacked.below)
    ]


def _moved(run: Run, ends: Ends, assigned: Assigned) -> list[Diagnostic]:
    """The paths that the new start has changed as well, so that its work would be lost."""
    if ends.root == ends.merge_base:
        return []
    theirs = {one.path for one in changes.between(run.repository, ends.merge_base, ends.root)}
    near = {folder for path in theirs for folder in parents(path)}
    ours = (
        path
        for path in assigned.sides
        if path in theirs or path in near or not theirs.isdisjoint(parents(path))
    )
    return [
        MOVED_PATH.at(
            Location(path_text(path)),
            f"'{path_text(path)}' has changed in {ends.root[:12]} as well, since "
            f"{ends.merge_base[:12]}",
            f"merge it first, then split: git merge {ends.root[:12]}",
        )
        for path in ours
    ]


def _unstacked(stacked: Stack) -> list[Diagnostic]:
    """The slices that check-scope compares with their base, though they are on another slice."""
    found = []
    for at, chosen in enumerate(stacked.slices):
        lower = stacked.on[at]
        slice_ = chosen.slice_
        if lower is None:
            continue
        below = stacked.slices[lower].slice_.id
        is_declared = slice_.stacked and slice_.depends_on == (below,)
        if not (is_declared or lands_on(chosen, stacked.slices[lower])):
            found.append(
                UNSTACKED_SLICE.at(
                    chosen.plan.where(slice_.node, "id"),
                    f"the branch of {slice_.id!r} is on that of {below!r}, but the plan does not "
                    "say so: check-scope takes what is below for its own",
                    f"write in the slice: depends_on: [{below}], stacked: true",
                    slices=[below, slice_.id],
                )
            )
    return found


def _unagreed(run: Run, plans: Sequence[Plan], assigned: Assigned) -> tuple[str, ...]:
    """The plans that neither the default branch has nor the branch of plans brings."""
    tip = run.trusted_tip
    known = set(run.plans_at(tip).paths) if tip else set()
    return tuple(
        plan.path
        for plan in plans
        if plan.path not in known and path_bytes(plan.path) not in assigned.of_plans
    )


def _made(run: Run, asked: Asked, found: Split, work: Work, verify: Verify | None) -> Split:
    repository, ends = run.repository, found.ends
    expected = run.objects.tree_of(ends.head)
    if expected is None:
        raise GitError(f"the tree of {ends.head[:12]} is not in this clone")
    by = By(
        authors.signature(repository, ends.head),
        authors.co_authors(repository, ends.merge_base, ends.head),
        frozenset(path for edit in found.edits for path in edit.paths),
    )
    with writing(repository, is_sha256=len(ends.head) == 64) as writer:
        made = build(writer, ends, plan_branches(writer, ends, work), by)
        proof = prove(writer, ends, made, expected)
        if not proof.is_same:
            raise GitError(
                f"the branches together are the tree {proof.tree[:12]}, not {expected[:12]}, "
                "that of the big branch; nothing was made",
                hint="this is a bug in planner: report it with the plan",
            )
        references = branches.references(repository)
        earlier = record.read(run.objects, ends.name)
        known = _known(earlier)
        if asked.is_again:
            references = tuple(one for one in references if (one.name, one.commit) not in known)
        findings = (*naming.taken(made, references, known), *found.findings)
        if has_errors(findings):
            return found._replace(findings=findings)
        if not asked.is_again:
            _refuse_left(repository, earlier, made)
        if verify is not None:
            with uninterrupted():
                writer.keep()  # a work tree needs them
            findings = (*findings, *verify(made))
        found = found._replace(findings=findings)
        if _stops(findings, asked):
            return found
        if not asked.is_dry_run:
            of = record.record_of(ends, made, record.How(asked.is_chain, asked.by_hunk))
            _keep(run, writer, of, earlier, by)
    return found._replace(made=made, proof=proof, is_kept=not asked.is_dry_run)


def _known(earlier: record.Record | None) -> set[tuple[str, str]]:
    """The branches that an earlier split made, with their commits."""
    return {(one.name, one.commit) for one in earlier.branches} if earlier else set()


def _refuse_left(
    repository: Repository, earlier: record.Record | None, made: Sequence[Made]
) -> None:
    """Stop where an earlier split made other branches, which would be forgotten."""
    again = {(one.planned.name, one.commit) for one in made}
    left = (
        [one for one in earlier.branches if (one.name, one.commit) not in again] if earlier else []
    )
    there = record.tips(repository, left) if left else {}
    if there:
        raise PlannerError(
            f"an earlier split made {' and '.join(map(repr, sorted(there)))}, and this one would "
            "not; nothing was made",
            hint="take them back first: planner split --undo",
        )


def _keep(
    run: Run, writer: Writer, of: record.Record, earlier: record.Record | None, by: By
) -> None:
    """Bring the commits into the repository, and make all refs at once.

    Those of an earlier split that are not made again go.
    """
    objects, name = run.objects, of.ends.name
    left = {one.ref: "" for one in earlier.branches} if earlier else {}
    wanted = {**left, **{branch.ref: branch.commit for branch in of.branches}}
    own = {
        record.record_ref(name): record.write(writer, of, by.signature),
        record.backup_ref(name): of.ends.head,
    }
    # git removes refs after all else, and the record has to be last: by it the next run finishes
    # one that was killed.
    steps = [{**wanted, **own}] if all(wanted.values()) else [wanted, own]
    with uninterrupted():
        writer.keep()
        for step in steps:
            now = {ref: objects.ref(ref) or "" for ref in step}
            changed = [
                RefChange(ref, new, now[ref]) for ref, new in step.items() if new != now[ref]
            ]
            if changed:
                change_refs(run.repository, changed, f"planner: split {name}")
