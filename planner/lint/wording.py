"""Texts of a plan that another program will read: commits, branches, expressions, dates."""

import datetime
import re
from collections.abc import Iterator
from typing import Final

from planner.diagnostic import Diagnostic
from planner.plan.model import Gate, Plan, Slice

# conventionalcommits.org/en/v1.0.0: a type, a scope that is a noun, `!`, and colon and space.
_COMMIT: Final = re.compile(r"(?P<type>[A-Za-z][A-Za-z0-9_-]*)(?:\([^()\s][^()]*\))?!?: \S.*")
# git-check-ref-format(1)
_REFUSED_IN_BRANCH: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Each text in the form that its reader takes."""
    yield from _start(plan)
    yield from _expressions(plan, plan.gates)
    if refused := why_no_branch(plan.base):
        place = plan.where(plan.node, "base")
        yield Diagnostic(place, "branch-name", _said(plan.base, refused), _HINT)
    for slice_ in plan.slices:
        yield from _branches(plan, slice_)
        yield from _expressions(plan, slice_.gates)
        if slice_.commit and not _COMMIT.fullmatch(slice_.commit):
            yield Diagnostic(
                plan.where(slice_.node, "commit"),
                "commit-convention",
                f"the commit {slice_.commit!r} is no Conventional Commit",
                "write TYPE(SCOPE): TEXT or TYPE: TEXT, such as 'fix: keep the session open'",
            )
    for at, rule in enumerate(plan.unplanned):
        for entry in rule.branch:
            if refused := why_no_branch(entry.text.replace("*", "x")):
                place = plan.where(plan.node, "unplanned", at, "branch")
                yield Diagnostic(place, "branch-name", _said(entry.text, refused), _HINT)


_HINT: Final = "git check-ref-format --branch NAME tells what git takes"


def _said(name: str, refused: str) -> str:
    return f"git takes no branch {name!r}: {refused}"


def _branches(plan: Plan, slice_: Slice) -> Iterator[Diagnostic]:
    for entry in slice_.branch:
        refused = why_no_branch(entry.text.replace("*", "x"))
        if refused:
            yield Diagnostic(entry.location, "branch-name", _said(entry.text, refused), _HINT)
    if slice_.base and (refused := why_no_branch(slice_.base)):
        place = plan.where(slice_.node, "base")
        yield Diagnostic(place, "branch-name", _said(slice_.base, refused), _HINT)


def why_no_branch(name: str) -> str:
    """Why git would refuse a name as a branch's; empty when it takes it."""
    refused = _REFUSED_IN_BRANCH.search(name)
    if refused:
        return f"it holds {refused[0]!r}"
    if name.startswith(("/", "-")) or name.endswith(("/", ".")):
        return f"it starts or ends with {name[0] if name[0] in '/-' else name[-1]!r}"
    for part in name.split("/"):
        if part.startswith(".") or part.endswith(".lock"):
            return f"the part {part!r} starts with '.' or ends with '.lock'"
    return "the name has a meaning of its own" if name in ("@", "HEAD") else ""


def _expressions(plan: Plan, gates: tuple[Gate, ...]) -> Iterator[Diagnostic]:
    for gate in gates:
        for key in ("expect_output", "forbid_output"):
            for at, text in enumerate(getattr(gate, key)):
                try:
                    re.compile(text)
                except (re.error, RecursionError, OverflowError) as error:
                    yield Diagnostic(
                        plan.where(gate.node, key, at),
                        "bad-expression",
                        f"the expression {text!r} does not compile: {error}",
                        "expressions are Python's: docs.python.org/3/library/re.html",
                    )


def _start(plan: Plan) -> Iterator[Diagnostic]:
    if plan.start:
        try:
            datetime.date.fromisoformat(plan.start)
        except ValueError:
            yield Diagnostic(
                plan.where(plan.node, "start"),
                "no-such-date",
                f"there is no day {plan.start}",
                "write YEAR-MONTH-DAY",
            )
