"""Parsing of a plan file, with a diagnostic for every mistake that makes the plan unusable."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related, has_errors, ordered
from planner.errors import UnusablePlanError
from planner.plan.branches import ambiguous_branches
from planner.plan.document.nodes import Mapping, Unreadable
from planner.plan.document.reading import read_document
from planner.plan.kinds import Problems
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
    """A plan as far as it could be read, and its diagnostics, sorted.

    `plan` is None if the file is not a mapping. A plan with an error among its diagnostics is
    unusable: values that are wrong are left out.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]


@lru_cache(maxsize=64)
def parse(content: bytes, path: str) -> Parsed:
    """Parse a plan file and list all its mistakes at once; never raises, whatever the bytes.

    The last plans are remembered: the same file is read from several commits.
    """
    root, mistakes = read_document(content, path)
    if root is None or isinstance(root, Unreadable):
        if not mistakes:
            hint = "write 'version', 'title' and 'slices'"
            return Parsed(None, (EMPTY_PLAN.at(Location(path), "the plan is empty", hint),))
        return Parsed(None, ordered(mistakes))
    if not isinstance(root, Mapping):
        place = Location(path, root.line, root.column)
        shape = WRONG_KIND.at(place, "a plan must be a mapping", "start it with 'version: 1'")
        return Parsed(None, ordered([*mistakes, shape]))
    problems = Problems(path)
    plan: Plan = PLAN.read(root, "a plan", problems)
    diagnostics = [*mistakes, *problems.diagnostics]
    diagnostics += _duplicate_ids(plan)
    diagnostics += _duplicate_gates(plan)
    diagnostics += _stacked(plan)
    diagnostics += ambiguous_branches([plan])
    return Parsed(plan, ordered(diagnostics))


_HINT: Final = "fix its errors, then check it: planner lint"


def usable_plans(contents: dict[str, bytes]) -> tuple[Plan, ...]:
    """Return the plans in files that are given by their paths, in that order.

    Raises:
        UnusablePlanError: a plan is unusable; its findings are those of all unusable plans.
    """
    plans: list[Plan] = []
    unusable: dict[str, tuple[Diagnostic, ...]] = {}
    for path, content in contents.items():
        plan, diagnostics = parse(content, path)
        if plan is None or has_errors(diagnostics):
            unusable[path] = diagnostics
        else:
            plans.append(plan)
    if unusable:
        what = "the plan" if len(unusable) == 1 else "the plans"
        raise UnusablePlanError(
            f"{what} {' and '.join(map(repr, unusable))} {'is' if len(unusable) == 1 else 'are'} "
            "unusable",
            hint=_HINT,
            findings=tuple(chain.from_iterable(unusable.values())),
        )
    return tuple(plans)


def usable(content: bytes, path: str) -> Plan:
    """Return the plan in a file.

    Raises:
        UnusablePlanError: the plan is unusable; its findings say why.
    """
    return usable_plans({path: content})[0]


def _duplicate_ids(plan: Plan) -> Iterator[Diagnostic]:
    """Report ids that two slices or tasks have, or two milestones."""
    first: dict[str, Location] = {}
    for slice_ in plan.slices:
        for node, name in ((slice_.node, slice_.id), *((t.node, t.id) for t in slice_.tasks)):
            yield from _duplicate(first, name, plan.where(node, "id"), DUPLICATE_ID, "id")
    milestones: dict[str, Location] = {}
    for milestone in plan.milestones:
        place = plan.where(milestone.node, "id")
        yield from _duplicate(milestones, milestone.id, place, DUPLICATE_ID, "milestone")


def _duplicate(
    first: dict[str, Location], name: str, place: Location, rule: Rule, noun: str
) -> Iterator[Diagnostic]:
    if not name:
        return  # a missing id is reported already
    if name in first:
        related = (Related(first[name], "first defined here"),)
        yield rule.at(place, f"duplicate {noun} {name!r}", "rename one of them", related=related)
    first.setdefault(name, place)


def _duplicate_gates(plan: Plan) -> Iterator[Diagnostic]:
    """Report ids that two gates of the plan have, or a gate of a slice and another one for it."""
    common: dict[str, Location] = {}
    for gate in plan.gates:
        place = plan.where(gate.node, "id")
        yield from _duplicate(common, gate.id, place, DUPLICATE_GATE, "gate")
    for slice_ in plan.slices:
        names = {gate.id for gate in slice_.gates}
        first = {name: common[name] for name in names if name in common}
        for gate in slice_.gates:
            place = plan.where(gate.node, "id")
            yield from _duplicate(first, gate.id, place, DUPLICATE_GATE, "gate")


def _stacked(plan: Plan) -> Iterator[Diagnostic]:
    """Report stacked slices that do not depend on exactly one slice."""
    for slice_ in plan.slices:
        if slice_.stacked and len(slice_.depends_on) != 1:
            yield STACKED_DEPENDENCIES.at(
                plan.where(slice_.node, "stacked"),
                f"the stacked slice {slice_.id!r} must have exactly one dependency, "
                f"not {len(slice_.depends_on)}",
                "list in 'depends_on' only the slice that it is stacked on",
            )
