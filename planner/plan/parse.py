"""Parsing of a plan file, with a diagnostic for every mistake that makes the plan unusable."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from planner import rules
from planner.boundary.pattern import Pattern
from planner.boundary.pattern import parse as parse_pattern
from planner.diagnostic import Diagnostic, Location, Related, has_errors, ordered
from planner.errors import UnusablePlanError
from planner.plan.branches import ambiguous_branches
from planner.plan.document import nodes
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.model import Entry, Gate, Milestone, Plan, Slice, Task
from planner.plan.schema import PLAN


class Parsed(NamedTuple):
    """A plan as far as it could be read, and its diagnostics, sorted.

    `plan` is None if the file is not a mapping. A plan with an error among its diagnostics is
    unusable: values that are wrong are left out.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def usable(self) -> Plan | None:
        """The plan, if it has no error."""
        return None if has_errors(self.diagnostics) else self.plan


Read = Callable[[bytes, str], Parsed]
"""Reads the plan in a file, given its content and path."""


@lru_cache(maxsize=64)
def parse(content: bytes, path: str) -> Parsed:
    """Parse a plan file and list all its mistakes at once; never raises, whatever the bytes.

    The last plans are remembered: the same file is read from several commits.
    """
    return _parse(content, path)


def parse_scopes(content: bytes, path: str) -> Parsed:
    """Parse what a plan says of paths and branches, in half the time: not its tasks and gates.

    What is wrong with them is not found.
    """
    return _parse(content, path, without=_NOT_OF_SCOPES)


_NOT_OF_SCOPES: Final = frozenset(
    ["gates", "tasks", "milestones", "risk", "timeline", "success_criteria", "success_metrics"]
)


def _parse(content: bytes, path: str, *, without: Collection[str] = ()) -> Parsed:
    problems = Problems(path)
    diagnostics = problems.diagnostics
    root = read_document(content, problems, without=without) or nodes.Unreadable(0, 0)
    plan: Plan | None = None
    if isinstance(root, nodes.Mapping):
        plan = _with_branches(PLAN.read(root, "a plan", problems), problems)
        diagnostics += _duplicate_ids(plan)
        diagnostics += _stacked(plan)
        # Who asks for the slice of one branch is told by `slice_of_branch`.
        diagnostics += () if without else ambiguous_branches([plan])
    elif not isinstance(root, nodes.Unreadable):
        hint = "start it with 'version: 1'"
        problems.report(root, rules.WRONG_KIND, "a plan must be a mapping", hint)
    elif not diagnostics:
        hint = "write 'version', 'title' and 'slices'"
        problems.report(root, rules.EMPTY_PLAN, "the plan is empty", hint)
    return Parsed(plan, ordered(diagnostics))


def usable_plans(contents: Mapping[str, bytes], read: Read = parse) -> tuple[Plan, ...]:
    """Return the plans in files that are given by their paths, in that order.

    Args:
        read: `parse` or `parse_scopes`.

    Raises:
        UnusablePlanError: a plan is unusable; its findings are those of all unusable plans.
    """
    parsed = {path: read(content, path) for path, content in contents.items()}
    unusable = {path: each.diagnostics for path, each in parsed.items() if each.usable is None}
    if unusable:
        raise UnusablePlanError(
            f"a plan is unusable: {', '.join(map(repr, unusable))}",
            hint="fix its errors, then check it: planner lint",
            findings=tuple(chain.from_iterable(unusable.values())),
        )
    return tuple(each.usable for each in parsed.values() if each.usable)


def usable(content: bytes, path: str) -> Plan:
    """Return the plan in a file.

    Raises:
        UnusablePlanError: the plan is unusable; its findings say why.
    """
    [plan] = usable_plans({path: content})
    return plan


def _with_branches(plan: Plan, problems: Problems) -> Plan:
    """Return the plan with the branches of slices that name none; report slices without any."""
    slices = []
    for slice_ in plan.slices:
        branch = slice_.branch
        if "branch" not in slice_.node.items:
            if "branches" not in plan.node.items:
                hint = "add 'branch: …', or 'branches: [\"feature/{id}\"]' to the plan"
                message = "a slice must have 'branch'"
                problems.report(slice_.node, rules.MISSING_KEY, message, hint)
            branch = tuple(_of_id(entry, slice_.id) for entry in plan.branches if slice_.id)
        slices.append(slice_._replace(branch=branch))
    return plan._replace(slices=tuple(slices))


def _of_id(entry: Entry, slice_id: str) -> Entry:
    """Return a branch of the plan for one slice; an id has no signs of patterns."""
    pattern = parse_pattern(entry.text.replace("{id}", slice_id))
    return entry._replace(pattern=pattern) if isinstance(pattern, Pattern) else entry


def _duplicate_ids(plan: Plan) -> Iterator[Diagnostic]:
    """Report ids that two slices or tasks have, two milestones, or two gates of one slice."""
    parts: list[Slice | Task] = []
    for slice_ in plan.slices:
        parts += (slice_, *slice_.tasks)
    yield from _duplicates(plan, parts, rules.DUPLICATE_ID, "id")
    yield from _duplicates(plan, plan.milestones, rules.DUPLICATE_ID, "milestone")
    yield from _duplicates(plan, plan.gates, rules.DUPLICATE_GATE, "gate")
    common = {gate.id: gate for gate in reversed(plan.gates)}
    for slice_ in plan.slices:
        # Not all gates of the plan: with thousands of slices that takes minutes.
        inherited = [common[id_] for id_ in {gate.id for gate in slice_.gates} & common.keys()]
        yield from _duplicates(plan, [*inherited, *slice_.gates], rules.DUPLICATE_GATE, "gate")


def _duplicates(
    plan: Plan, records: Iterable[Slice | Task | Gate | Milestone], rule: rules.Rule, noun: str
) -> Iterator[Diagnostic]:
    first: dict[str, Location] = {}
    for record in records:
        place = plan.where(record.node, "id")
        # A missing id is reported already.
        if record.id and first.setdefault(record.id, place) is not place:
            related = (Related(first[record.id], "first defined here"),)
            message = f"duplicate {noun} {record.id!r}"
            yield rule.at(place, message, "rename one of them", related=related)


def _stacked(plan: Plan) -> Iterator[Diagnostic]:
    """Report stacked slices that do not depend on exactly one slice."""
    for slice_ in plan.slices:
        if slice_.stacked and len(slice_.depends_on) != 1:
            yield rules.STACKED_DEPENDENCIES.at(
                plan.where(slice_.node, "stacked"),
                f"the stacked slice {slice_.id!r} must have exactly one dependency, "
                f"not {len(slice_.depends_on)}",
                "list in 'depends_on' only the slice that it is stacked on",
            )
