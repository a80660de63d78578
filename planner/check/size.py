"""The part `size` of `check`: is the branch within the limits of its slice?"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from planner.boundary.matching import PatternSet
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.check.places import places
from planner.check.scope.judge import BranchJudge
from planner.diagnostic import Diagnostic, Location
from planner.errors import GitError
from planner.paths import path_bytes, path_text
from planner.plan.find import documents
from planner.plan.model import Chosen, Limits, patterns
from planner.report import Report
from planner.rules import TOO_MANY_FILES, TOO_MANY_LINES

_ATTRIBUTE: Final = "linguist-generated"
_DO: Final = "split the slice, or raise the limit on a branch that changes only the plan"
_MOST_NAMED: Final = 3


class Size(NamedTuple):
    """How much a branch changes.

    Attributes:
        lines: by path that counts, the lines that were added and removed; 0 of a binary file.
        binary: how many of these paths are binary files.
        not_counted: how many paths do not count, by why.
    """

    lines: Mapping[bytes, int]
    binary: int
    not_counted: Mapping[str, int]


def check(run: Run, branch: Branch) -> Report:
    """Check that the branch is within the limits of its slice.

    Raises:
        PlannerError: its slice or its size cannot be determined.
    """
    chosen = branch.chosen
    why = _why_not(run, branch)
    if why or chosen is None:
        return Report("check", not_applicable=why)
    limits = chosen.plan.limits_of(chosen.slice_)
    size = measure(run, branch, chosen)
    return Report(
        "check",
        tuple(_findings(chosen, limits, size)),
        summary=(_summary(chosen, limits, size),),
        payload=_payload(chosen, limits, size),
        places=places(run, branch),
    )


def _why_not(run: Run, branch: Branch) -> str:
    """Why the part does not apply to the branch; empty where it does."""
    if branch.is_nothing:
        return "nothing changed"
    if branch.is_queue:
        return "the limits are those of one pull request, not of a merge queue"
    if branch.trusted.error is not None:
        BranchJudge(run, branch).require_usable_plan()
    if branch.chosen is not None:
        limits = branch.chosen.plan.limits_of(branch.chosen.slice_)
        return "" if _is_limiting(limits) else f"{branch.chosen.label} has no limits"
    declared = (plan.limits_of(slice_) for plan in branch.trusted.plans for slice_ in plan.slices)
    if not any(map(_is_limiting, declared)):
        return "the plans have no limits"
    if not branch.name:
        from planner.evidence.subject import no_slice  # noqa: PLC0415 - rare

        raise no_slice(branch)
    return f"the branch {branch.name!r} is not a slice"


def _is_limiting(limits: Limits) -> bool:
    return limits.files is not None or limits.lines is not None


def measure(run: Run, branch: Branch, chosen: Chosen) -> Size:
    """Return how much a branch changes, without what does not count towards the limits.

    Raises:
        GitError: git failed, or the clone lacks a file.
    """
    # By the trusted commit alone: a branch cannot exempt its own files.
    rendered = {path_bytes(name) for plan in branch.trusted.paths for name in documents(plan)}
    generated = PatternSet(patterns(chosen.plan.generated))
    paths = [change.path for change in branch.changes]
    left = [path for path in paths if path not in rendered]
    counted = [path for path in left if generated.first(path) is None]
    marked = _marked(run, branch, counted)
    lines = _lines(run, branch)
    missing = [path for path in counted if path not in lines]
    if missing:
        raise GitError(f"git diff-tree left out the path {path_text(missing[0])!r}")
    kept = {path: lines[path] for path in counted if path not in marked}
    return Size(
        {path: count or 0 for path, count in kept.items()},
        sum(count is None for count in kept.values()),
        {
            "documents": len(paths) - len(left),
            "generated": len(left) - len(counted),
            "linguist_generated": len(marked),
        },
    )


def _marked(run: Run, branch: Branch, paths: list[bytes]) -> frozenset[bytes]:
    """The paths that have the attribute `linguist-generated` in the trusted commit."""
    from planner.repository.attributes import with_attribute  # noqa: PLC0415 - with limits alone

    commit = branch.trusted.revision.commit
    return with_attribute(run.repository, run.objects, commit, _ATTRIBUTE, paths)


def _lines(run: Run, branch: Branch) -> dict[bytes, int | None]:
    # In a git folder without attributes: `* -diff` on the branch would hide all its lines.
    from planner.repository.lines import changed_lines  # noqa: PLC0415 - with limits alone
    from planner.repository.own_folder import own_folder  # noqa: PLC0415 - as above

    base, head = branch.merge_base, branch.head.commit
    with own_folder(run.repository, is_sha256=len(head) == 64) as folder:
        return changed_lines(folder, base, head)


def _findings(chosen: Chosen, limits: Limits, size: Size) -> Iterator[Diagnostic]:
    files, lines = len(size.lines), sum(size.lines.values())
    if limits.files is not None and files > limits.files:
        yield TOO_MANY_FILES.at(
            _place(chosen, "files"),
            f"the branch changes {_many(files, 'file')}, and {chosen.label} may change "
            f"{limits.files:,}",
            _DO,
            slice=chosen.slice_.id,
        )
    if limits.lines is not None and lines > limits.lines:
        largest = sorted(size.lines.items(), key=lambda one: (-one[1], one[0]))[:_MOST_NAMED]
        named = ", ".join(f"{path_text(path)!r} ({count:,})" for path, count in largest)
        yield TOO_MANY_LINES.at(
            _place(chosen, "lines"),
            f"the branch adds and removes {_many(lines, 'line')}, and {chosen.label} may change "
            f"{limits.lines:,}",
            f"{_DO}; most lines are in {named}",
            slice=chosen.slice_.id,
        )


def _place(chosen: Chosen, key: str) -> Location:
    """The line of a limit: that of the slice, else that of the plan."""
    plan, slice_ = chosen
    is_own = getattr(slice_.limits, key) is not None
    return plan.where(slice_.node if is_own else plan.node, "limits", key)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _summary(chosen: Chosen, limits: Limits, size: Size) -> str:
    pairs = (
        (len(size.lines), limits.files, "file"),
        (sum(size.lines.values()), limits.lines, "line"),
    )
    counts = " and ".join(
        _many(count, what) if limit is None else f"{count:,} of {_many(limit, what)}"
        for count, limit, what in pairs
    )
    reasons = (
        ("documents", "rendered document"),
        ("generated", "generated path"),
        ("linguist_generated", f"{_ATTRIBUTE} path"),
    )
    left = [_many(size.not_counted[key], what) for key, what in reasons if size.not_counted[key]]
    more = f"; {_many(size.binary, 'binary file')} without lines" if size.binary else ""
    more += f"; not counted: {', '.join(left)}" if left else ""
    return f"{chosen.label} changes {counts}{more}"


def _payload(chosen: Chosen, limits: Limits, size: Size) -> dict[str, Any]:
    return {
        "slice": chosen.slice_.id,
        "files": {"count": len(size.lines), "limit": limits.files},
        "lines": {"count": sum(size.lines.values()), "limit": limits.lines},
        "binary_files": size.binary,
        "not_counted": dict(size.not_counted),
    }
