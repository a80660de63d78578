"""A plan file as a plan, with a diagnostic for every mistake that makes it unusable."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from planner.boundary.pattern import Pattern, Segment, can_meet
from planner.diagnostic import Diagnostic, Location, Related, has_errors, ordered
from planner.errors import UnusablePlanError
from planner.plan import document
from planner.plan.document import Mapping
from planner.plan.kinds import Reading
from planner.plan.model import Entry, Plan, Slice
from planner.plan.schema import PLAN


class Parsed(NamedTuple):
    """What could be read of a plan file, and what is wrong with it, sorted.

    `plan` is None when not even a mapping could be read. With an error among the diagnostics
    the plan is unusable: it may lack what was wrong.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


def parse(content: bytes, path: str) -> Parsed:
    """Read a plan file; every mistake of one run. Never raises, whatever the bytes."""
    found = document.read(content, path)
    if found.root is None or isinstance(found.root, document.Hole):
        if not found.diagnostics:
            nothing = Diagnostic(
                Location(path),
                "empty-plan",
                "the plan is empty",
                "it needs version, title and slices",
            )
            return Parsed(None, (nothing,))
        return Parsed(None, ordered(found.diagnostics))
    if not isinstance(found.root, Mapping):
        place = Location(path, found.root.line, found.root.column)
        shape = Diagnostic(
            place, "wrong-kind", "a plan is a mapping", "it starts with 'version: 1'"
        )
        return Parsed(None, ordered([*found.diagnostics, shape]))
    reading = Reading(path)
    plan: Plan = PLAN.read(found.root, "a plan", reading)
    diagnostics = [*found.diagnostics, *reading.diagnostics]
    diagnostics += _duplicate_ids(plan)
    diagnostics += _duplicate_gates(plan)
    diagnostics += _stacked(plan)
    diagnostics += ambiguous_branches([plan])
    return Parsed(plan, ordered(diagnostics))


def usable_plans(contents: dict[str, bytes]) -> tuple[Plan, ...]:
    """The plans in files, given by their paths; in that order.

    Raises:
        UnusablePlanError: some cannot be judged by; its findings are those of all of them.
    """
    plans: list[Plan] = []
    findings: list[Diagnostic] = []
    for path, content in contents.items():
        try:
            plans.append(usable(content, path))
        except UnusablePlanError as error:
            findings.extend(error.findings)
    if findings:
        names = ", ".join(dict.fromkeys(repr(one.location.path) for one in findings))
        raise UnusablePlanError(
            f"a plan is unusable: {names}", hint="planner lint", findings=tuple(findings)
        )
    return tuple(plans)


def usable(content: bytes, path: str) -> Plan:
    """The plan in a file.

    Raises:
        UnusablePlanError: the file is no plan that can be judged by; its findings say why.
    """
    plan, diagnostics = parse(content, path)
    if plan is None or has_errors(diagnostics):
        raise UnusablePlanError(
            f"the plan {path!r} is unusable", hint="planner lint", findings=diagnostics
        )
    return plan


def _duplicate_ids(plan: Plan) -> Iterator[Diagnostic]:
    """Slices and tasks share one set of names."""
    first: dict[str, Location] = {}
    for slice_ in plan.slices:
        for node, name in ((slice_.node, slice_.id), *((t.node, t.id) for t in slice_.tasks)):
            yield from _repeated(first, name, plan.where(node, "id"), "duplicate-id", "id")
    milestones: dict[str, Location] = {}
    for milestone in plan.milestones:
        place = plan.where(milestone.node, "id")
        yield from _repeated(milestones, milestone.id, place, "duplicate-id", "milestone")


def _repeated(
    first: dict[str, Location], name: str, place: Location, rule: str, noun: str
) -> Iterator[Diagnostic]:
    if not name:
        return  # that it has none is reported already
    if name in first:
        related = (Related(first[name], "it stands here first"),)
        message = f"the {noun} {name!r} stands here a second time"
        yield Diagnostic(place, rule, message, "choose another", "error", related)
    first.setdefault(name, place)


def _duplicate_gates(plan: Plan) -> Iterator[Diagnostic]:
    """A gate's id is unique within its slice, the plan's gates included."""
    common: dict[str, Location] = {}
    for gate in plan.gates:
        place = plan.where(gate.node, "id")
        yield from _repeated(common, gate.id, place, "duplicate-gate", "gate")
    for slice_ in plan.slices:
        names = {gate.id for gate in slice_.gates}
        first = {name: common[name] for name in names if name in common}
        for gate in slice_.gates:
            place = plan.where(gate.node, "id")
            yield from _repeated(first, gate.id, place, "duplicate-gate", "gate")


def _stacked(plan: Plan) -> Iterator[Diagnostic]:
    for slice_ in plan.slices:
        if slice_.stacked and len(slice_.depends_on) != 1:
            yield Diagnostic(
                plan.where(slice_.node, "stacked"),
                "stacked-dependencies",
                f"the stacked slice {slice_.id!r} has {len(slice_.depends_on)} dependencies, "
                "not one",
                "its base is the branch of its only dependency: name that one in 'depends_on'",
            )


class _Claim(NamedTuple):
    """An entry by which an open slice accepts branches.

    `head` is the text that every such name starts with, `ends` the literal ends of its segments.
    """

    order: int
    slice: Slice
    entry: Entry
    pattern: Pattern
    head: bytes
    ends: tuple[tuple[bytes, bytes], ...]


_MOST_STEPS: Final = 500_000  # of comparing branches: about a second


def ambiguous_branches(plans: list[Plan]) -> Iterator[Diagnostic]:
    """Branch names that two open slices accept, of one plan or of several.

    Each entry is reported once, beside the first earlier one that it meets.
    """
    claims = _claims(plans)
    rivals: dict[int, _Claim] = {}
    steps = 0
    for one, other in _comparable(claims):
        first, later = (one, other) if one.order < other.order else (other, one)
        steps += 1
        known = rivals.get(later.order, later)
        if first.slice is not later.slice and first.order < known.order and _ends_meet(one, other):
            steps += sum(map(_states, one.pattern.segments, other.pattern.segments))
            if steps <= _MOST_STEPS and can_meet(one.pattern, other.pattern):
                rivals[later.order] = first
        if steps > _MOST_STEPS:
            yield _unproved(later, first)
            break
    for order, rival in sorted(rivals.items(), key=lambda pair: pair[0]):
        yield _ambiguous(claims[order], rival)


def _claims(plans: list[Plan]) -> list[_Claim]:
    claims: list[_Claim] = []
    for plan in plans:
        for slice_ in plan.open_slices:
            for entry in {entry.text: entry for entry in reversed(slice_.branch)}.values():
                if entry.pattern is not None:
                    ends = tuple(map(_ends, entry.pattern.segments))
                    head = entry.pattern.literal
                    if head is None:
                        folder = entry.pattern.prefix
                        head = folder + ends[folder.count(b"/")][0]
                    claims.append(_Claim(len(claims), slice_, entry, entry.pattern, head, ends))
    return claims


def _ends(segment: Segment) -> tuple[bytes, bytes]:
    """The literal text that a segment starts with, and that it ends with."""
    wild = [at for at, atom in enumerate(segment) if atom > 255] or [len(segment), -1]
    return bytes(segment[: wild[0]]), bytes(segment[wild[-1] + 1 :])


def _ends_meet(one: _Claim, other: _Claim) -> bool:
    """Whether both could accept one name as far as its literal text goes."""
    return len(one.ends) == len(other.ends) and all(
        (a.startswith(b) or b.startswith(a)) and (c.endswith(d) or d.endswith(c))
        for (a, c), (b, d) in zip(one.ends, other.ends, strict=True)
    )


def _states(one: Segment, other: Segment) -> int:
    return (len(one) + 1) * (len(other) + 1)


def _comparable(claims: list[_Claim]) -> Iterator[tuple[_Claim, _Claim]]:
    """The pairs of claims in which one starts with the text that the other starts with."""
    literal: dict[bytes, _Claim] = {}
    heads: dict[bytes, list[_Claim]] = {}
    for claim in claims:
        if claim.pattern.is_wildcard:
            heads.setdefault(claim.head, []).append(claim)
        elif claim.head in literal:
            yield literal[claim.head], claim
        else:
            literal[claim.head] = claim
    lengths = sorted({len(head) for head in heads})
    for claim in claims:
        is_wildcard = claim.pattern.is_wildcard
        for length in lengths:
            if length > len(claim.head):
                break
            for other in heads.get(claim.head[:length], ()):
                if is_wildcard and length == len(claim.head) and other.order >= claim.order:
                    break  # two wildcards with one head would be seen from both sides
                yield other, claim


def _ambiguous(claim: _Claim, rival: _Claim) -> Diagnostic:
    ours, theirs = claim.slice.id, rival.slice.id
    return Diagnostic(
        claim.entry.location,
        "ambiguous-branch",
        f"the branch {claim.entry.text!r} is accepted by the open slices {theirs!r} and {ours!r}",
        "give each slice branches of its own, or close one of them",
        "error",
        (Related(rival.entry.location, f"the slice {theirs!r} accepts it here"),),
    )


def _unproved(claim: _Claim, rival: _Claim) -> Diagnostic:
    return Diagnostic(
        claim.entry.location,
        "ambiguous-branch",
        f"it takes too long to tell the branch {claim.entry.text!r} of {claim.slice.id!r} from "
        f"{rival.entry.text!r} of {rival.slice.id!r}, and others",
        "start branches that have wildcards with text of their own, such as 'feature/NAME-*'",
        "error",
        (Related(rival.entry.location, "the other stands here"),),
    )
