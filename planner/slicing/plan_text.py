"""Writes a proposal as a plan: the same file that people write, with the reasons as comments."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.formats.text import visible
from planner.paths import path_text
from planner.plan.document.nodes import LARGEST_BYTES
from planner.plan.document.writing import Commented, write_document
from planner.scopes.spelling import covering, spelled
from planner.slicing.hunks import wording
from planner.slicing.proposal import Placed, Proposal

_TOP: Final = (
    "Proposed by `planner slice`. Move paths between slices as you like: each changed path must\n"
    "be in exactly one. Then: planner lint, planner split"
)
_TOP_BY_HUNK: Final = (
    "Proposed by `planner slice`. Move paths between slices as you like: each changed path must\n"
    "be in exactly one, but for those with lines in their comment: these are divided between the\n"
    "slices that hold them, which must be in one stack. Then: planner lint, planner split --by-hunk"
)
_UNPLANNED: Final = (
    "All other branches go on as before: they may touch whatever no open slice holds."
)
_SHARED: Final = "each change adds to it"


def covered(proposal: Proposal) -> dict[bytes, str | None]:
    """Return the changed paths that no pattern spells by name, each with one that holds it.

    That pattern has a `?` where the name has what no pattern can spell, and may hold other paths as
    well; None where there is none.
    """
    paths = {path for placed in proposal.placed for path in placed.edit.paths}
    unnamed = sorted(path for path in paths if spelled(path, by_name=True) is None)
    return {path: _pattern(path) for path in unnamed}


def _pattern(path: bytes) -> str | None:
    return spelled(path) or covering(path)


class Known(NamedTuple):
    """What else is known of a slice: its owner, and its gates; may be empty and None."""

    owner: str = ""
    gates: Commented | None = None


def plan_text(proposal: Proposal, known: Sequence[Known] = (), *, has_rule: bool) -> str:
    """Return the slices of a proposal that no plan has yet as a plan file.

    Above each path is why it is there, unless the file would be larger than planner reads.

    Args:
        known: what else is known of each of its slices, in their order. Gates that all of them
            have are those of the plan.
        has_rule: whether another plan has a rule for all other branches.
    """
    new = [at for at, one in enumerate(proposal.slices) if not one.is_declared]
    each = {at: known[at] if known else Known() for at in new}
    gates = each[new[0]].gates
    if all(one.gates == gates for one in each.values()):
        each = {at: one._replace(gates=None) for at, one in each.items()}
    else:
        gates = None
    values: dict[str, object] = {
        "version": 1,
        "title": _title(proposal),
        "base": proposal.ends.target,
    }
    if not has_rule:
        values["unplanned"] = Commented([{"branch": "**", "include": ["**"]}], _UNPLANNED)
    shared = [
        {"path": text, "why": _SHARED}
        for text in map(_pattern, proposal.shared)
        if text is not None
    ]
    if shared:
        values["shared"] = shared
    if gates:
        values["gates"] = gates
    is_divided = any(one.hunks for one in proposal.placed)
    top = _TOP_BY_HUNK if is_divided else _TOP
    for has_reasons in (True, False):
        values["slices"] = [
            _slice(proposal, at, one, has_reasons=has_reasons) for at, one in each.items()
        ]
        text = write_document(values, comment=top)
        if len(text.encode()) <= LARGEST_BYTES:
            break
    return text


def _title(proposal: Proposal) -> str:
    words = proposal.ends.branch.replace("-", " ").replace("_", " ").replace("/", " ").strip()
    return f"{words[:1].upper()}{words[1:]} in slices"


def _slice(proposal: Proposal, at: int, known: Known, *, has_reasons: bool) -> Commented:
    one = proposal.slices[at]
    values: dict[str, Any] = {"id": one.id, "title": one.title, "branch": one.branch}
    if known.owner:
        values["owner"] = Commented(known.owner, "By CODEOWNERS.")
    below = one.on
    if below is not None:
        values["depends_on"] = [proposal.slices[below].id]
        values["stacked"] = True
    placed = sorted(
        (placed for placed in proposal.placed if placed.slice_ == at),
        key=lambda placed: placed.edit.new.path,
    )
    values["scope"] = {
        "include": [*_entries(placed, frozenset(proposal.shared), has_reasons=has_reasons)]
    }
    if known.gates:
        values["gates"] = known.gates
    return Commented(values, _why(proposal, at))


def _why(proposal: Proposal, at: int) -> str:
    """What it needs of the slices before it, and how large it is."""
    one = proposal.slices[at]
    files = "1 file" if len(one.edits) == 1 else f"{len(one.edits)} files"
    lines = [f"{files}, +{one.added} -{one.removed}"]
    for order in proposal.order:
        if order.after == at:
            because = visible(order.because[0].text)
            lines.append(f"after {proposal.slices[order.before].id}: {because}")
    return "\n".join(lines)


def _entries(
    placed: Sequence[Placed], shared: frozenset[bytes], *, has_reasons: bool
) -> Iterator[object]:
    for one in placed:
        for path in one.edit.paths:
            text = _pattern(path)
            if text is None or path in shared:
                continue
            is_there = one.edit.old.mode and one.edit.new.mode and not one.edit.is_rename
            entry = text if is_there else {"path": text, "new": True}
            why = f"{one.confidence:.2f}: {_reason(one)}{_instead_of(path)}"
            yield Commented(entry, why) if has_reasons else entry


def _reason(one: Placed) -> str:
    text = visible(one.reasons[0].text) if one.reasons else ""
    return f"{wording.lines(one.hunks)}: {text}" if one.hunks else text


def _instead_of(path: bytes) -> str:
    is_named = spelled(path, by_name=True) is not None
    return "" if is_named else f"\nstands for '{visible(path_text(path))}'"
