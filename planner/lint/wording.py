"""Check texts that other programs read: commits, branch names and regular expressions."""

import re
import warnings
from collections.abc import Iterator
from typing import Final

from planner.diagnostic import Diagnostic, Location
from planner.plan.branch_names import why_invalid_branch
from planner.plan.conventional import parse_subject
from planner.plan.document.scalars import in_quotes
from planner.plan.model import Gate, Plan, Slice
from planner.rules import BAD_EXPRESSION, BRANCH_NAME, COMMIT_CONVENTION


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Report texts that the program that reads them does not accept."""
    yield from _expressions(plan, plan.gates)
    yield from _branch(plan.base, plan.where(plan.node, "base"))
    for slice_ in plan.slices:
        yield from _slice(plan, slice_)
    branches = [*plan.queues, *(entry for rule in plan.unplanned for entry in rule.branch)]
    branches += [entry for slice_ in plan.slices for entry in slice_.branch]
    # A branch of the plan is that of several slices, and is reported once.
    for entry in {entry.location: entry for entry in reversed(branches)}.values():
        yield from _branch(entry.text, entry.location, is_pattern=True)


def _slice(plan: Plan, slice_: Slice) -> Iterator[Diagnostic]:
    if slice_.base:
        yield from _branch(slice_.base, plan.where(slice_.node, "base"))
    yield from _expressions(plan, slice_.gates)
    if slice_.commit and parse_subject(slice_.commit) is None:
        yield COMMIT_CONVENTION.at(
            plan.where(slice_.node, "commit"),
            f"the commit {slice_.commit!r} is not a Conventional Commit",
            "write TYPE: TEXT or TYPE(SCOPE): TEXT on one line, "
            "such as 'fix: keep the session open'",
        )


def _branch(name: str, place: Location, *, is_pattern: bool = False) -> Iterator[Diagnostic]:
    """Report a name that git does not accept; of a pattern, with text for each '*'."""
    reason = why_invalid_branch(name.replace("*", "x") if is_pattern else name)
    if reason:
        fixed = _fix_branch(name.replace("?", "*") if is_pattern else name)
        hint = (
            f"write {in_quotes(fixed)}"
            if fixed
            else "choose another name: git help check-ref-format"
        )
        yield BRANCH_NAME.at(place, f"git does not accept the branch name '{name}': {reason}", hint)


def _fix_branch(name: str) -> str:
    """Return a similar name that git accepts; empty if there is none."""
    plain = re.sub(r"[\x00-\x20\x7f~^:?\[\]{}@\\-]+", "-", name)
    parts = [re.sub(r"^[.-]+|\.+$|(?:\.lock)+$", "", part) for part in plain.split("/")]
    fixed = re.sub(r"\.{2,}", ".", "/".join(part for part in parts if part))
    return "" if why_invalid_branch(fixed.replace("*", "x")) else fixed


def _expressions(plan: Plan, gates: tuple[Gate, ...]) -> Iterator[Diagnostic]:
    for gate in gates:
        for key in ("expect_output", "forbid_output"):
            for at, text in enumerate(getattr(gate, key)):
                yield from _expression(text, plan.where(gate.node, key, at))


# A newline or `\n` in an expression, but not within [ ], and not where it is optional.
_PARTS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[^n]|(\n|\\n)(?![?*]|\{0?,)", re.DOTALL)


def _expression(text: str, place: Location) -> Iterator[Diagnostic]:
    hint = "use the syntax of Python: docs.python.org/3/library/re.html"
    try:
        with warnings.catch_warnings():
            # Python warns of `[[:alpha:]]`, which means something else in other languages.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(text)
        if not compiled.flags & re.VERBOSE and any(part[1] for part in _PARTS.finditer(text)):
            message = f"the expression '{text}' contains a newline, but is matched line by line"
            yield BAD_EXPRESSION.at(place, message, "write an expression for each line")
    except FutureWarning as warning:
        reason = str(warning)
        message = f"the expression '{text}' is ambiguous: {reason[:1].lower()}{reason[1:]}"
        yield BAD_EXPRESSION.at(place, message, hint, severity="warning")
    except (re.error, RecursionError, OverflowError) as error:
        message = f"the expression '{text}' does not compile: {error}"
        yield BAD_EXPRESSION.at(place, message, hint)
