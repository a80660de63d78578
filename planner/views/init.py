"""What `init` wrote, and what comes next, as a report."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from planner.paths import path_text, shell_text
from planner.report import Report
from planner.repository.changes import Ignored
from planner.status.init import FirstPlan
from planner.status.origin import Origin
from planner.status.starters import Starter


class Files(NamedTuple):
    """The files of a first plan.

    Attributes:
        written: the paths of those that were written, the plan first.
        left: those that were there already, and why nobody can add to one; or empty.
        ignored: those written that git ignores.
    """

    written: Sequence[str]
    left: Mapping[Starter, str]
    ignored: Sequence[Ignored]


def report(first: FirstPlan | None, files: Files, origin: Origin) -> Report:
    """Return the report of `init`.

    Args:
        first: the plan; None where there was one already.
        origin: what the files install.
    """
    written, left, ignored = files
    own = written[1:] if first else written
    lines = [*(_plan(first, written[0]) if first else ()), *(f"wrote {path}" for path in own)]
    for one, fault in left.items():
        other = f", but is not what it should be: {fault}; it" if fault else " and"
        lines.append(f"{one.path} is there already{other} was left as it is")
        if one.list_key:
            entry = (f"    {line}" for line in one.entry.splitlines())
            correct = "correct it, then " if fault else ""
            lines += [f"  {correct}add to its list {one.list_key!r}:", *entry]
    if not origin.is_known and (own or any(one.list_key for one in left)):
        lines.append(f"  replace {origin.path} with the repository that you install planner from")
    for path, place, pattern in ignored:
        lines += [
            f"git ignores {path}, by {place}: {pattern!r}",
            f"  change that rule, or: git add --force {shell_text(path)}",
        ]
    lines += _next(first, written)
    payload = {"written": list(written)}
    return Report("init", kind="action", summary=tuple(lines), payload=payload)


def _plan(first: FirstPlan, plan: str) -> Iterator[str]:
    """What stands in the plan, and by what."""
    seen = first.changed
    yield f"wrote {plan}"
    if not seen.include:
        why = "no pattern can spell what is changed" if seen.paths else "nothing is changed yet"
        yield f"  its slice is an example for the branch {first.branch!r}: {why}"
        yield "  write its real branch and paths in place of 'path/to/folder/'"
    else:
        yield f"  its slice is the branch {first.branch!r}, compared with {first.base!r}: " + (
            f"{_counted(len(seen.paths), 'changed path')} in "
            f"{_counted(len(seen.include), 'pattern')}"
        )
        patterns = [one["path"] if isinstance(one, dict) else one for one in seen.include]
        yield from (f"    {pattern}" for pattern in patterns[:_SHOWN])
        if len(patterns) > _SHOWN:
            yield f"    and {len(patterns) - _SHOWN:,} more"
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


def _next(first: FirstPlan | None, paths: Sequence[str]) -> Iterator[str]:
    if first is None:
        add = f"  git add {' '.join(map(shell_text, paths))} && git commit"
        yield from ["next:", add] if paths else []
        return
    if first.is_base_unknown:
        yield f"nothing tells planner that {first.base!r} is the default branch; with a remote:"
        yield "  git remote set-head origin --auto"
    yield "next:"
    yield "  edit the plan, then check it: planner lint"
    folder = shell_text(posixpath.dirname(paths[0]) or paths[0])
    others = " ".join(map(shell_text, paths[1:]))
    if first.is_on_base:
        yield f"  git add {f'{folder} {others}'.strip()} && git commit && git push"
        yield f"the plan counts as soon as {first.base!r} has it"
        yield from _unless_protected(first.base) if others else ()
        return
    base, branch = shell_text(first.base), shell_text(first.branch)
    yield f"the plan counts once {first.base!r} has it; a pull request with the plan alone passes:"
    yield f"  git switch -c add-plan {base}"
    yield f"  git add {folder} && git commit && git push -u origin add-plan"
    yield f"when it is merged into {first.base!r}:"
    yield f"  git switch {branch} && git merge {base}"
    if others:
        yield f"  git add {others} && git commit"
    yield "until then: planner check-scope --plan-from head"


def _unless_protected(base: str) -> Iterator[str]:
    yield (
        f"if {base!r} takes pull requests only: first one with the plan alone, then the rest on "
        "its slice's branch"
    )
