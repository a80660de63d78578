"""A plan file as a plan, with a diagnostic for every mistake that makes it unusable."""

from collections.abc import Iterator
from typing import NamedTuple

from planner.boundary.pattern import can_meet
from planner.diagnostic import Diagnostic, Location, Related, has_errors, ordered
from planner.errors import UnusablePlanError
from planner.plan import document
from planner.plan.document import Mapping
from planner.plan.kinds import Reading
from planner.plan.model import Plan, Slice
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
        return Parsed(None, found.diagnostics)
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
            if name:
                yield from _repeated(first, name, plan.where(node, "id"), "duplicate-id", "id")
    milestones: dict[str, Location] = {}
    for milestone in plan.milestones:
        if milestone.id:
            place = plan.where(milestone.node, "id")
            yield from _repeated(milestones, milestone.id, place, "duplicate-id", "milestone")


def _repeated(
    first: dict[str, Location], name: str, place: Location, rule: str, noun: str
) -> Iterator[Diagnostic]:
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
        first = dict(common)
        for gate in slice_.gates:
            place = plan.where(gate.node, "id")
            yield from _repeated(first, gate.id, place, "duplicate-gate", "gate")


def _stacked(plan: Plan) -> Iterator[Diagnostic]:
    for slice_ in plan.slices:
        if slice_.stacked and len(slice_.depends_on) != 1:
            yield Diagnostic(
                plan.where(slice_.node, "stacked"),
                "stacked-dependencies",
                f"the stacked slice {slice_.id!r} has {len(slice_.depends_on)} dependencies, not one",
                "its base is the branch of its only dependency: name that one in 'depends_on'",
            )


def ambiguous_branches(plans: list[Plan]) -> Iterator[Diagnostic]:
    """Branch names that two open slices accept, of one plan or of several."""
    plain: dict[str, tuple[Slice, Location]] = {}
    wild = []
    for plan in plans:
        for slice_ in plan.open_slices:
            for entry in slice_.branch:
                if entry.pattern is None:
                    continue
                if entry.pattern.is_wildcard:
                    wild.append((slice_, entry))
                elif entry.text in plain and plain[entry.text][0] is not slice_:
                    yield _ambiguous(entry.text, slice_, entry.location, *plain[entry.text])
                plain.setdefault(entry.text, (slice_, entry.location))
    named = {id(entry): (slice_, entry) for plan in plans for slice_ in plan.open_slices
             for entry in slice_.branch if entry.pattern}  # fmt: skip
    for at, (slice_, entry) in enumerate(wild):
        later = {id(other) for _, other in wild[: at + 1]}
        for key, (rival, other) in named.items():
            if rival is slice_ or key in later or not entry.pattern or not other.pattern:
                continue
            if can_meet(entry.pattern, other.pattern):
                yield _ambiguous(other.text, rival, other.location, slice_, entry.location)


def _ambiguous(
    name: str, slice_: Slice, place: Location, rival: Slice, first: Location
) -> Diagnostic:
    return Diagnostic(
        place,
        "ambiguous-branch",
        f"the branch {name!r} is accepted by the open slices {rival.id!r} and {slice_.id!r}",
        "give each slice branches of its own, or close one of them",
        "error",
        (Related(first, f"the slice {rival.id!r} accepts it here"),),
    )
