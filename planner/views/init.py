"""What `init` wrote, and what comes next, as a report."""

from collections.abc import Iterator, Sequence
from typing import Final

from planner.paths import path_text, shell_text
from planner.report import Report
from planner.status.init import FirstPlan
from planner.status.starters import PROJECT, Starter


def report(
    first: FirstPlan, plan: str, written: Sequence[Starter], left: Sequence[Starter]
) -> Report:
    """Return the report of `init`.

    Args:
        plan: the path of the plan.
        written: the files that were written beside it.
        left: those that were there already.
    """
    paths = [plan, *(one.path for one in written)]
    lines = [*_plan(first, plan), *(f"wrote {one.path}" for one in written)]
    for one in left:
        lines.append(f"{one.path} is there already and was left as it is")
        if one.is_shared:
            lines += ["  add to it:", *(f"    {line}" for line in one.text.splitlines())]
    if written or any(one.is_shared for one in left):
        lines.append(f"  replace {PROJECT} by where planner lies for you")
    lines += _next(first, paths)
    return Report("init", kind="action", summary=tuple(lines), payload={"written": paths})


def _plan(first: FirstPlan, plan: str) -> Iterator[str]:
    """What stands in the plan, and by what."""
    seen = first.changed
    yield f"wrote {plan}"
    if not seen.include:
        why = "no pattern can spell what is changed" if seen.paths else "nothing is changed yet"
        yield f"  its slice is an example for the branch {first.branch!r}: {why}"
    else:
        yield f"  its slice is the branch {first.branch!r}, compared with {first.base!r}: " + (
            f"{_counted(len(seen.paths), 'changed path')} in "
            f"{_counted(len(seen.include), 'pattern')}"
        )
    if seen.uncommitted:
        yield f"  {seen.uncommitted} of them not committed: the work tree counts as well"
    for path in seen.left_out[:_SHOWN]:
        yield f"  left out, since no pattern can spell it: {path_text(path)}"
    if len(seen.left_out) > _SHOWN:
        yield f"  and {len(seen.left_out) - _SHOWN:,} more"
    if first.gates:
        runs = ", ".join(dict.fromkeys(one.run for one in first.gates))
        yield f"  its gates are guesses: {runs}"


_SHOWN: Final = 10


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _next(first: FirstPlan, paths: Sequence[str]) -> Iterator[str]:
    if first.is_base_unknown:
        yield f"nothing tells planner that {first.base!r} is the default branch; with a remote:"
        yield "  git remote set-head origin --auto"
    yield "next:"
    yield "  planner lint                           # after every edit of the plan"
    yield f"  git add {' '.join(map(shell_text, paths))} && git commit"
    yield "  planner render                         # writes PLAN.md and TASKS.md"
    yield "  planner check-scope --plan-from head   # until the default branch has the plan"
