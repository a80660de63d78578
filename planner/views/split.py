"""The branches of the slices of a big change, as a report."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from planner.evidence.rehearsal import Rehearsed
from planner.paths import path_keys, path_text, shell_text
from planner.report import Report
from planner.repository.edits import Edit
from planner.slicing.hunks import wording
from planner.slicing.split import record
from planner.slicing.split.building import Ends, Made
from planner.slicing.split.job import Split
from planner.slicing.split.upkeep.again import Again
from planner.slicing.split.upkeep.undoing import Undone
from planner.slicing.split.upkeep.updating import Now, Updated

_PUSH: Final = "next: git push --force-with-lease origin"


def report(found: Split, gates: Sequence[Rehearsed] | None = None) -> Report:
    """Return the report of `split`.

    Args:
        gates: with --verify, what the gates of each slice say of its branch.
    """
    ends, proof = found.ends, found.proof
    return Report(
        "split",
        findings=found.findings,
        summary=(*_gate_lines(gates or ()), *_lines(found)),
        payload={
            "branches": [_branch(found, one) for one in found.made],
            "proof": proof and {**proof._asdict(), "is_same": proof.is_same},
            "backup": proof and {"ref": record.backup_ref(ends.name), "commit": ends.head},
            **({} if gates is None else {"gates": [*_gates(gates)]}),
        },
        kind="action",
    )


def again(found: Again) -> Report:
    """Return the report of `split --update` where all was split again."""
    whole = report(found.split)
    names = [branch.name for branch in found.removed]
    verb = "removed" if found.split.is_kept else "would remove"
    lines = [*whole.summary, *(f"{verb}  {name}" for name in names)]
    return whole._replace(
        summary=tuple(line.replace("next: git push origin", _PUSH) for line in lines),
        payload={**whole.payload, "removed": names},
    )


def _gates(gates: Sequence[Rehearsed]) -> Iterator[dict[str, Any]]:
    for one in gates:
        for result in one.results:
            yield {
                "slice": one.chosen.slice_.id,
                "id": result.gate.id,
                "verdict": result.verdict,
                "reason": result.reason,
                "log": result.log or None,
            }


def _gate_lines(gates: Sequence[Rehearsed]) -> Iterator[str]:
    for one in gates:
        for result in one.results:
            yield f"{result.verdict:8} {one.chosen.slice_.id}/{result.gate.id}"


def _branch(found: Split, one: Made) -> dict[str, Any]:
    on = one.planned.on
    return {
        "slice": one.planned.slice_id or None,
        "branch": one.planned.name,
        "parent": one.parent,
        "on": None if on is None else found.made[on].planned.name,
        "commit": one.commit,
        "tree": one.tree,
        "paths": [path_text(side.path) for side in one.planned.sides],
        **({"hunks": [*_hunks(one)]} if one.planned.hunks else {}),
    }


def _hunks(one: Made) -> Iterator[dict[str, Any]]:
    for path, hunks in one.planned.hunks.items():
        for keys in wording.keys(hunks):
            yield {**path_keys(path), **keys}


def _lines(found: Split) -> Iterator[str]:
    ends = found.ends
    if not found.proof:
        yield f"{_label(ends)} was not split: nothing was made"
        return
    yield f"{_label(ends)} as {_count(len(found.made), 'branch', 'branches')}:"
    yield from _tree(found)
    if found.idle:
        idle = ", ".join(map(repr, found.idle))
        they = "it holds" if len(found.idle) == 1 else "they hold"
        yield f"no branch for {idle}: {they} nothing that changed"
    together = "all together are" if len(found.made) > 1 else "it is"
    tree = found.proof.expected[:12]
    yield f"proved: {together} the tree {tree} of {_label(ends)}, byte for byte"
    yield from _next(found)


def _label(ends: Ends) -> str:
    short = ends.head[:12]
    return short if ends.name == short else f"{ends.name} ({short})"


def _tree(found: Split) -> Iterator[str]:
    """A line for each branch, indented below the one that it is stacked on."""
    rows = _in_tree_order(found.made)
    names = [f"{'  ' * depth}{one.planned.name}" for depth, one in rows]
    touching: dict[bytes, list[Edit]] = defaultdict(list)
    for edit in found.edits:
        for path in edit.paths:
            touching[path].append(edit)
    sizes = [_size(touching, one) for _, one in rows]
    widths = max(map(len, names)), max(map(len, sizes))
    for name, size, (_, one) in zip(names, sizes, rows, strict=True):
        what = one.planned.slice_id or "plan files and their documents"
        yield f"  {name:<{widths[0]}}  {size:<{widths[1]}}  {what}"


def _in_tree_order(made: Sequence[Made]) -> list[tuple[int, Made]]:
    """The branches, each followed by those that are stacked on it, with how deep each is."""
    above: dict[int | None, list[int]] = defaultdict(list)
    for at, one in enumerate(made):
        above[one.planned.on].append(at)
    rows = []
    todo = [(0, at) for at in reversed(above[None])]
    while todo:
        depth, at = todo.pop()
        rows.append((depth, made[at]))
        todo += [(depth + 1, upper) for upper in reversed(above[at])]
    return rows


def _size(touching: Mapping[bytes, Sequence[Edit]], one: Made) -> str:
    divided = one.planned.hunks
    edited = {edit for side in one.planned.sides for edit in touching.get(side.path, ())}
    counts = [(one.added, one.removed) for one in edited if one.new.path not in divided]
    counts += [(hunk.added, hunk.removed) for some in divided.values() for hunk in some]
    added, removed = (sum(one[at] or 0 for one in counts) for at in (0, 1))
    return f"{_count(len(edited), 'file', 'files')}, +{added} -{removed}"


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number} {many}"


def undone(found: Undone, *, is_dry_run: bool) -> Report:
    """Return the report of `split --undo`."""
    name = found.record.ends.name
    backup = record.backup_ref(name)
    verb = "would remove" if is_dry_run else "removed"
    lines = [f"{verb}  {branch.name}" for branch in found.removed]
    lines += [f"left  {branch.name}: {why}" for branch, why in found.left]
    if found.keeps_backup:
        lines += [
            f"left  {backup}: no branch has what was split",
            f"      git branch {shell_text(name)} {shell_text(backup)}",
        ]
    return Report(
        "split",
        summary=tuple(lines),
        payload={
            "removed": [branch.name for branch in found.removed],
            "left": [{"branch": branch.name, "because": why} for branch, why in found.left],
            "backup": {"ref": backup, "commit": found.record.ends.head}
            if found.keeps_backup
            else None,
        },
        kind="action",
    )


def updated(found: Updated, *, is_dry_run: bool) -> Report:
    """Return the report of `split --update`."""
    proof, ends = found.proof, found.ends
    return Report(
        "split",
        findings=found.findings,
        summary=tuple(_updated_lines(found, is_dry_run=is_dry_run)),
        payload={
            "branches": [_now(found, now) for now in found.branches.values() if proof],
            "over": [{"branch": branch.name, "because": why} for branch, why in found.over],
            "proof": proof and {**proof._asdict(), "is_same": proof.is_same},
            "backup": {"ref": record.backup_ref(ends.name), "commit": ends.head},
        },
        kind="action",
    )


def _now(found: Updated, now: Now) -> dict[str, Any]:
    at = now.branch.on
    while at is not None and at not in found.branches:
        at = found.record.branches[at].on
    return {
        "slice": now.branch.slice_id or None,
        "branch": now.branch.name,
        "parent": now.branch.parent,
        "on": None if at is None else found.branches[at].branch.name,
        "commit": now.tip,
        "tree": now.tree,
        "paths": [path_text(side.path) for side in now.sides],
        "is_remade": now.is_remade,
    }


def _updated_lines(found: Updated, *, is_dry_run: bool) -> Iterator[str]:
    label = _label(found.ends)
    if not found.proof:
        yield f"the branches of {label} were not updated: nothing was made"
        return
    for now in found.branches.values():
        moved = f"{now.was[:12]} is now {now.tip[:12]}"
        yield f"remade  {now.branch.name}: {moved}" if now.is_remade else f"kept  {now.branch.name}"
    yield from (f"over  {branch.name}: {why}" for branch, why in found.over)
    tree = found.proof.expected[:12]
    if found.proof.is_same:
        yield f"proved: all together are still the tree {tree} of {label}, byte for byte"
    else:
        yield f"all together are no longer the tree {tree} of {label}: see the notes"
    names = [shell_text(now.branch.name) for now in found.branches.values() if now.is_remade]
    if is_dry_run:
        yield "nothing was made: without --dry-run these branches would move"
    elif names:
        yield f"{_PUSH} {' '.join(names)}"


def _next(found: Split) -> Iterator[str]:
    if not found.is_kept:
        yield "nothing was made: without --dry-run these branches would exist"
        return
    for path in found.unagreed:
        yield f"{path} is not on the default branch: check-scope does not know it until it is"
    names = [shell_text(one.planned.name) for one in found.made]
    if found.made[0].planned.chosen is None and len(names) > 1:
        yield f"{names[0]} lands first: check-scope judges the others by the plan that it brings"
    yield f"next: git push origin {' '.join(names)}"
    yield f"      planner check-scope --head {names[-1]} --branch {names[-1]}"
    yield "      planner split --undo takes the branches back"
