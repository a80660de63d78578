"""Where plans lie, which files belong to them, and which slice is meant."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern
from planner.boundary.pattern import pathspecs as git_pathspecs
from planner.diagnostic import Diagnostic, Related, path_bytes
from planner.errors import PlannerError
from planner.files import read
from planner.plan.document import LARGEST_BYTES
from planner.plan.model import Entry, Plan, Slice, UnplannedRule

FOLDER: Final = "docs/plan"
DOCUMENTS: Final = ("PLAN.md", "TASKS.md")
PLAN_FILES: Final = (f"{FOLDER}/plan.yaml", f"{FOLDER}/*/plan.yaml", ".planner/", ".planner")
_OWN_FOLDER: Final = b".planner/"
_MAY_BE: Final = (b"docs/plan/", b".planner")
_REVERT: Final = re.compile(r"revert-[0-9]+-(.+)")


class Chosen(NamedTuple):
    """A slice and the plan that it stands in."""

    plan: Plan
    slice_: Slice


class ChosenRule(NamedTuple):
    """A rule for branches that are no slice, and the plan that it stands in."""

    plan: Plan
    rule: UnplannedRule


def is_plan_path(path: bytes) -> bool:
    """Whether a plan lies at a path by its name: docs/plan/[NAME/]plan.yaml."""
    is_named_so = path.startswith(b"docs/plan/") and path.endswith(b"/plan.yaml")
    return is_named_so and path.count(b"/") in (2, 3)


def is_own_folder(path: bytes) -> bool:
    """Whether a path is .planner/ or in it: a link of that name would be the folder as well."""
    return path.startswith(_OWN_FOLDER) or path == _OWN_FOLDER[:-1]


def is_plan_file(plans: Collection[str]) -> Callable[[bytes], bool]:
    """Tells plan files: plans by their name, the plans given here, and all of .planner/."""
    known = frozenset(path_bytes(path) for path in plans)

    def tells(path: bytes) -> bool:
        if not path.startswith(_MAY_BE):  # nearly all paths of a branch end here
            return path in known
        return path in known or is_plan_path(path) or is_own_folder(path)

    return tells


def documents(plan: str) -> tuple[str, ...]:
    """The paths of the documents that are rendered from a plan: they lie beside it."""
    folder = plan.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in DOCUMENTS)


def in_folder(root: Path, named: str = "") -> tuple[str, ...]:
    """The plans of a work tree, as paths from its root: all of them, or the one named.

    Raises:
        PlannerError: there is none.
    """
    if named:
        return (named,)
    here = root / FOLDER
    try:
        found = [f"{FOLDER}/plan.yaml"] if (here / "plan.yaml").is_file() else []
        names = sorted(child.name for child in here.iterdir() if (child / "plan.yaml").is_file())
    except (FileNotFoundError, NotADirectoryError):
        found, names = [], []
    except OSError as error:
        raise PlannerError(f"cannot read {FOLDER!r}: {error.strerror}") from error
    found.extend(f"{FOLDER}/{name}/plan.yaml" for name in names)
    if not found:
        raise PlannerError(
            f"there is no plan: neither {FOLDER}/plan.yaml nor {FOLDER}/NAME/plan.yaml",
            hint="write one (docs/tutorial.md), or name it: --plan PATH",
        )
    return tuple(found)


def content(root: Path, path: str) -> bytes:
    """The bytes of a plan file of a work tree.

    Raises:
        PlannerError: it is not there, or cannot be read.
    """
    found = read(root / path, most=LARGEST_BYTES + 1)
    if found is None:
        raise PlannerError(f"there is no plan {path!r}", hint="name it: --plan PATH")
    return found


def slice_named(plans: Sequence[Plan], slice_id: str) -> Chosen:
    """The slice of an id, open or closed.

    Raises:
        PlannerError: no plan has it, or several do.
    """
    found = [
        Chosen(plan, slice_) for plan in plans for slice_ in plan.slices if slice_.id == slice_id
    ]
    if len(found) > 1:
        named = " and ".join(chosen.plan.path for chosen in found)
        raise PlannerError(
            f"the slice {slice_id!r} stands in {named}", hint="name the plan: --plan PATH"
        )
    if not found:
        known = [slice_.id for plan in plans for slice_ in plan.slices]
        near = difflib.get_close_matches(slice_id, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:20])}"
        raise PlannerError(f"no plan has the slice {slice_id!r}", hint=hint)
    return found[0]


def slice_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> Chosen | None:
    """The open slice that accepts a branch; for a revert of a slice's branch, that slice.

    Args:
        fork: the full name of the fork that the branch lies in; None when it lies in no fork.

    Raises:
        PlannerError: two open slices accept it.
    """
    every = [Chosen(plan, slice_) for plan in plans for slice_ in plan.slices]
    accepting = [
        chosen
        for chosen in _accepting(every, branch)
        if chosen.slice_.is_open and _may_come(chosen.slice_.from_, fork)
    ]
    if len(accepting) > 1:
        raise _ambiguous(branch, accepting)
    if accepting:
        return accepting[0]
    name = branch
    while reverted := _REVERT.fullmatch(name):
        name = reverted[1]
        former = [c for c in _accepting(every, name) if _may_come(c.slice_.from_, fork)]
        if former:
            return min(former, key=lambda chosen: not chosen.slice_.is_open)
    return None


def _ambiguous(branch: str, accepting: Sequence[Chosen]) -> PlannerError:
    named = " and ".join(repr(chosen.slice_.id) for chosen in accepting)
    message = f"the branch {branch!r} is accepted by the open slices {named}"
    hint = "give each slice branches of its own, or name the slice: --slice ID"
    places = [chosen.slice_.branch[0].location for chosen in accepting]
    related = tuple(Related(place, "and here") for place in places[1:])
    found = Diagnostic(places[0], "ambiguous-branch", message, hint, related=related)
    return PlannerError(f"{message} [ambiguous-branch]", hint=hint, findings=(found,))


def _accepting(every: Sequence[Chosen], branch: str) -> list[Chosen]:
    owners: list[Chosen] = []
    names: list[Pattern] = []
    for chosen in every:
        for entry in chosen.slice_.branch:
            if entry.pattern is not None:
                owners.append(chosen)
                names.append(entry.pattern)
    name = path_bytes(branch)
    held = [owners[index] for index in PatternSet(names).every(name)]
    return [chosen for at, chosen in enumerate(held) if not any(chosen is c for c in held[:at])]


def rule_of_branch(plans: Sequence[Plan], branch: str, fork: str | None) -> ChosenRule | None:
    """The first rule for unplanned branches that accepts a branch."""
    name = path_bytes(branch)
    for plan in plans:
        for rule in plan.unplanned:
            accepts = PatternSet(patterns(rule.branch))
            if accepts.first(name) is not None and _may_come(rule.from_, fork):
                return ChosenRule(plan, rule)
    return None


def _may_come(sources: tuple[str, ...], fork: str | None) -> bool:
    """Whether a branch's name counts: not from a fork, whose author chooses it, unless allowed."""
    return fork is None or "*" in sources or (bool(fork) and fork in sources)


def nearest_branches(plans: Sequence[Plan], branch: str) -> tuple[str, ...]:
    """Up to three declared branches that look most like this one."""
    declared = [
        entry.text for plan in plans for slice_ in plan.open_slices for entry in slice_.branch
    ]
    declared += [entry.text for plan in plans for rule in plan.unplanned for entry in rule.branch]
    return tuple(difflib.get_close_matches(branch, declared, n=3, cutoff=0.4))


def shared_with(plan: Plan, slice_id: str) -> tuple[Entry, ...]:
    """The shared and generated entries of a plan that a slice may touch without holding them."""
    common = (entry for entry in plan.shared if not entry.slices or slice_id in entry.slices)
    return (*common, *plan.generated)


def patterns(entries: Iterable[Entry]) -> list[Pattern]:
    """The patterns of entries of a usable plan, one for each."""
    return [entry.pattern for entry in entries if entry.pattern is not None]


def every_entry(plan: Plan) -> Iterator[tuple[Entry, bool]]:
    """Every pattern of paths in a plan, in its order, and whether it takes away what it matches."""
    yield from ((entry, False) for entry in (*plan.shared, *plan.generated))
    yield from ((entry, True) for entry in plan.exclude)
    for rule in plan.unplanned:
        yield from ((entry, False) for entry in rule.include)
    for slice_ in plan.slices:
        yield from ((entry, False) for entry in slice_.scope.include)
        yield from ((entry, True) for entry in slice_.scope.exclude)
        for task in slice_.tasks:
            yield from ((entry, False) for entry in task.files)


def pathspecs(entry: Entry, *, is_exclude: bool) -> tuple[str, ...]:
    """The entry's pattern as pathspecs with which git agrees; none for one that was refused."""
    return () if entry.pattern is None else git_pathspecs(entry.pattern, below=is_exclude)
