"""A plan file as a plan, with a diagnostic for every mistake that makes it unusable."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from planner.diagnostic import Diagnostic, Location, Related, has_errors, ordered
from planner.errors import UnusablePlanError
from planner.plan.branches import ambiguous_branches
from planner.plan.document import reading
from planner.plan.document.nodes import Hole, Mapping
from planner.plan.kinds import Reading
from planner.plan.model import Plan
from planner.plan.schema import PLAN
from planner.rules import (
    DUPLICATE_GATE,
    DUPLICATE_ID,
    EMPTY_PLAN,
    STACKED_DEPENDENCIES,
    WRONG_KIND,
    Rule,
)


class Parsed(NamedTuple):
    """What could be read of a plan file, and what is wrong with it, sorted.

    `plan` is None when not even a mapping could be read. With an error among the diagnostics
    the plan is unusable: it may lack what was wrong.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


@lru_cache(maxsize=64)
def parse(content: bytes, path: str) -> Parsed:
    """Return the plan in a file, with every mistake in it. Never raises, whatever the bytes.

    The last plans are remembered: one and the same file is read from several commits.
    """
    found = reading.read(content, path)
    if found.root is None or isinstance(found.root, Hole):
        if not found.diagnostics:
            nothing = EMPTY_PLAN.at(
                Location(path), "the plan is empty", "it needs version, title and slices"
            )
            return Parsed(None, (nothing,))
        return Parsed(None, ordered(found.diagnostics))
    if not isinstance(found.root, Mapping):
        place = Location(path, found.root.line, found.root.column)
        shape = WRONG_KIND.at(place, "a plan is a mapping", "it starts with 'version: 1'")
        return Parsed(None, ordered([*found.diagnostics, shape]))
    mistakes = Reading(path)
    plan: Plan = PLAN.read(found.root, "a plan", mistakes)
    diagnostics = [*found.diagnostics, *mistakes.diagnostics]
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
            yield from _repeated(first, name, plan.where(node, "id"), DUPLICATE_ID, "id")
    milestones: dict[str, Location] = {}
    for milestone in plan.milestones:
        place = plan.where(milestone.node, "id")
        yield from _repeated(milestones, milestone.id, place, DUPLICATE_ID, "milestone")


def _repeated(
    first: dict[str, Location], name: str, place: Location, rule: Rule, noun: str
) -> Iterator[Diagnostic]:
    if not name:
        return  # that it has none is reported already
    if name in first:
        related = (Related(first[name], "it stands here first"),)
        message = f"the {noun} {name!r} stands here a second time"
        yield rule.at(place, message, "choose another", related=related)
    first.setdefault(name, place)


def _duplicate_gates(plan: Plan) -> Iterator[Diagnostic]:
    """A gate's id is unique within its slice, the plan's gates included."""
    common: dict[str, Location] = {}
    for gate in plan.gates:
        place = plan.where(gate.node, "id")
        yield from _repeated(common, gate.id, place, DUPLICATE_GATE, "gate")
    for slice_ in plan.slices:
        names = {gate.id for gate in slice_.gates}
        first = {name: common[name] for name in names if name in common}
        for gate in slice_.gates:
            place = plan.where(gate.node, "id")
            yield from _repeated(first, gate.id, place, DUPLICATE_GATE, "gate")


def _stacked(plan: Plan) -> Iterator[Diagnostic]:
    for slice_ in plan.slices:
        if slice_.stacked and len(slice_.depends_on) != 1:
            yield STACKED_DEPENDENCIES.at(
                plan.where(slice_.node, "stacked"),
                f"the stacked slice {slice_.id!r} has {len(slice_.depends_on)} dependencies, "
                "not one",
                "its base is the branch of its only dependency: name that one in 'depends_on'",
            )
