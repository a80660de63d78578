"""The slices that are proposed for a big change, as a report."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

from planner.paths import path_keys, path_text, shell_text
from planner.render.markdown import cell, escape
from planner.report import Report
from planner.slicing.hunks import wording
from planner.slicing.proposal import Order, Placed, Proposal, Proposed

_MOST_PATHS: Final = 6  # of a slice, in the text
_MOST_DOUBTS: Final = 5
_CERTAIN: Final = 0.6


def report(proposal: Proposal, written: str = "", findings: Sequence[Any] = ()) -> Report:
    """Return the report of `slice`.

    Args:
        written: the path of the plan that was written; empty where none was.
    """
    ends = proposal.ends
    return Report(
        "slice",
        findings=(*proposal.findings, *findings),
        summary=tuple(_lines(proposal, written)),
        payload={
            "base": {"revision": ends.base.name, "commit": ends.base.commit},
            "head": {"revision": ends.head.name, "commit": ends.head.commit},
            "merge_base": ends.merge_base,
            "is_needed": proposal.is_needed,
            "slices": [_slice_keys(proposal, one) for one in proposal.slices],
            "paths": [_placed_keys(proposal, one) for one in proposal.placed],
            "order": [_order_keys(proposal, one) for one in proposal.order],
            **({"plan": written} if written else {}),
        },
        markdown="\n".join(_markdown(proposal)) + "\n",
        kind="question",
    )


def _lines(proposal: Proposal, written: str) -> Iterator[str]:
    yield _verdict(proposal)
    placed: dict[int, list[Placed]] = defaultdict(list)
    for each in proposal.placed:
        placed[each.slice_].append(each)
    for at, one in enumerate(proposal.slices):
        yield ""
        yield from _slice_lines(proposal, at, one, placed[at])
    doubts = [one for one in proposal.placed if one.confidence < _CERTAIN]
    if doubts:
        yield ""
        yield "least certain:"
        for doubt in doubts[:_MOST_DOUBTS]:
            slice_ = proposal.slices[doubt.slice_].id
            yield f"  {_path(doubt)}  in {slice_}, {doubt.confidence:.2f}: {doubt.reasons[0].text}"
        if len(doubts) > _MOST_DOUBTS:
            yield f"  and {len(doubts) - _MOST_DOUBTS} more: --format json"
    yield ""
    yield from _next(proposal, written)


def _verdict(proposal: Proposal) -> str:
    count = len(proposal.slices)
    slices = "one slice" if count == 1 else f"{count} slices"
    lines = proposal.total.lines
    size = f"{_files(proposal.total.files)}, {lines} {'line' if lines == 1 else 'lines'}"
    limits = f"{proposal.budget.files} files or {proposal.budget.lines} lines"
    ends = f"{proposal.ends.head} changes {size} since {proposal.ends.base}"
    if proposal.is_needed:
        return f"{ends}, over the limit of {limits}: {slices} proposed"
    return f"{ends}, within the limit of {limits}: {slices} suggested"


def _slice_lines(
    proposal: Proposal, at: int, one: Proposed, every: Sequence[Placed]
) -> Iterator[str]:
    after = f", after {proposal.slices[one.on].id}" if one.on is not None else ""
    plan = " (of the plan)" if one.is_declared else ""
    yield f"{at + 1}. {one.id}{plan}  {_size(one)}{after}"
    if one.title.lower().replace(" ", "-") != one.id:
        yield f"   {one.title}"
    for order in proposal.order:
        if order.after == at:
            yield f"   needs {proposal.slices[order.before].id}: {order.because[0].text}"
    certain = sorted(every, key=lambda placed: placed.edit.new.path)
    for placed in certain[:_MOST_PATHS]:
        yield f"   {_path(placed)}"
    if len(certain) > _MOST_PATHS:
        yield f"   and {_files(len(certain) - _MOST_PATHS)} more"


def _path(placed: Placed) -> str:
    path = path_text(placed.edit.new.path)
    if placed.hunks:
        return f"{path} ({wording.lines(placed.hunks)})"
    return f"{path} (from {path_text(placed.edit.old.path)})" if placed.edit.is_rename else path


def _size(one: Proposed) -> str:
    return f"{_files(len(one.edits))}, +{one.added} -{one.removed}"


def _files(number: int) -> str:
    return f"{number} file" if number == 1 else f"{number} files"


def _next(proposal: Proposal, written: str) -> Iterator[str]:
    how = " --by-hunk" if any(one.hunks for one in proposal.placed) else ""
    if all(one.is_declared for one in proposal.slices):
        yield "next: planner split --dry-run"
    elif written:
        is_alone = not any(one.is_declared for one in proposal.slices)
        plan = f" --plan {shell_text(written)}" if is_alone else ""
        yield f"wrote {written}"
        yield f"next: read it, move what is wrong, then planner split{plan}{how} --dry-run"
    else:
        yield f"next: planner slice{how} -o PLAN, then planner split{how} --dry-run"


def _slice_keys(proposal: Proposal, one: Proposed) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "branch": one.branch,
        "paths": sorted({path_text(path) for edit in one.edits for path in edit.paths}),
        "added": one.added,
        "removed": one.removed,
        "depends_on": [] if one.on is None else [proposal.slices[one.on].id],
        "declared": one.is_declared,
    }


def _placed_keys(proposal: Proposal, one: Placed) -> dict[str, Any]:
    renamed = {}
    if one.edit.is_rename:
        keys = path_keys(one.edit.old.path)
        renamed = {"from" + key.removeprefix("path"): value for key, value in keys.items()}
    return {
        **path_keys(one.edit.new.path),
        **renamed,
        **({"hunks": wording.keys(one.hunks)} if one.hunks else {}),
        "slice": proposal.slices[one.slice_].id,
        "confidence": one.confidence,
        "reasons": [
            {"kind": reason.kind, "text": reason.text, **reason.keys} for reason in one.reasons
        ],
    }


def _order_keys(proposal: Proposal, one: Order) -> dict[str, Any]:
    return {
        "before": proposal.slices[one.before].id,
        "after": proposal.slices[one.after].id,
        "because": [
            {
                "kind": because.kind,
                "name": because.name,
                "defined": because.defined._asdict(),
                "used": because.used._asdict(),
            }
            for because in one.because
        ],
    }


def _markdown(proposal: Proposal) -> Iterator[str]:
    yield "| | Slice | Files | Lines | After | Why this order |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for at, one in enumerate(proposal.slices):
        after = f"`{proposal.slices[one.on].id}`" if one.on is not None else ""
        why = next((o.because[0].text for o in proposal.order if o.after == at), "")
        yield (
            f"| {at + 1} | `{one.id}`: {cell(escape(one.title))} | {len(one.edits)} "
            f"| +{one.added} -{one.removed} | {after} | {cell(escape(why))} |"
        )
