"""Texts of a plan that another program will read: commits, branches, expressions, dates."""

import datetime
import re
import warnings
from collections.abc import Iterator
from typing import Final

from planner.diagnostic import Diagnostic, Location
from planner.plan.model import Gate, Plan, Slice
from planner.rules import BAD_EXPRESSION, BRANCH_NAME, COMMIT_CONVENTION, NO_SUCH_DATE

# conventionalcommits.org/en/v1.0.0: a type, a scope that is a noun, `!`, and colon and space.
_COMMIT: Final = re.compile(
    r"(?P<type>[A-Za-z][A-Za-z0-9_-]*)(?:\([^()\s](?:[^()\r\n]*[^()\s])?\))?!?: \S.*"
)
# git-check-ref-format(1)
_REFUSED_IN_BRANCH: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Each text in the form that its reader takes."""
    yield from _start(plan)
    yield from _expressions(plan, plan.gates)
    yield from _branch(plan.base, plan.where(plan.node, "base"))
    for slice_ in plan.slices:
        yield from _slice(plan, slice_)
    for rule in plan.unplanned:
        for entry in rule.branch:
            if entry.pattern is not None:
                yield from _branch(entry.text, entry.location, is_pattern=True)


def _slice(plan: Plan, slice_: Slice) -> Iterator[Diagnostic]:
    for entry in slice_.branch:
        if entry.pattern is not None:
            yield from _branch(entry.text, entry.location, is_pattern=True)
    if slice_.base:
        yield from _branch(slice_.base, plan.where(slice_.node, "base"))
    yield from _expressions(plan, slice_.gates)
    if slice_.commit and not is_conventional(slice_.commit):
        yield COMMIT_CONVENTION.at(
            plan.where(slice_.node, "commit"),
            f"the commit {slice_.commit!r} is no Conventional Commit",
            "write TYPE: TEXT or TYPE(SCOPE): TEXT on one line, "
            "such as 'fix: keep the session open'",
        )


def is_conventional(subject: str) -> bool:
    """Whether a commit's first line is a Conventional Commit, of whatever type."""
    return _COMMIT.fullmatch(subject) is not None


def _branch(name: str, place: Location, *, is_pattern: bool = False) -> Iterator[Diagnostic]:
    """A name that git takes; in a pattern, a star stands for text that it takes."""
    refused = why_no_branch(name.replace("*", "x") if is_pattern else name)
    if refused:
        mended = _mended(name.replace("?", "*") if is_pattern else name)
        told = "git check-ref-format --branch NAME tells what git takes"
        message = f"git takes no branch {name!r}: {refused}"
        yield BRANCH_NAME.at(place, message, f"write {mended!r}" if mended else told)


def _mended(name: str) -> str:
    """A name much like it that git takes; empty when there is none."""
    plain = re.sub(r"[\x00-\x20\x7f~^:?\[\]{}@\\-]+", "-", name)
    parts = [re.sub(r"^[.-]+|\.+$|(?:\.lock)+$", "", part) for part in plain.split("/")]
    mended = re.sub(r"\.{2,}", ".", "/".join(part for part in parts if part))
    return "" if why_no_branch(mended.replace("*", "x")) else mended


def why_no_branch(name: str) -> str:
    """Why git would refuse a name as a branch's; empty when it takes it."""
    if not name:
        return "it is empty"
    refused = _REFUSED_IN_BRANCH.search(name)
    if refused:
        return f"it holds {refused[0]!r}"
    if name.startswith(("/", "-")):
        return f"it starts with {name[0]!r}"
    if name.endswith(("/", ".")):
        return f"it ends with {name[-1]!r}"
    for part in name.split("/"):
        if part.startswith("."):
            return f"{part!r} starts with '.'"
        if part.endswith(".lock"):
            return f"{part!r} ends with '.lock'"
    return "that name has a meaning of its own" if name == "HEAD" else ""


def _expressions(plan: Plan, gates: tuple[Gate, ...]) -> Iterator[Diagnostic]:
    for gate in gates:
        for key, expressions in (
            ("expect_output", gate.expect_output),
            ("forbid_output", gate.forbid_output),
        ):
            for at, text in enumerate(expressions):
                yield from _expression(text, plan.where(gate.node, key, at))


# A newline, as itself or as `\n`; not within [ ], and not where it may be missing.
_PARTS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[^n]|(\n|\\n)(?![?*]|\{0?,)", re.DOTALL)


def _expression(text: str, place: Location) -> Iterator[Diagnostic]:
    hint = "expressions are Python's: docs.python.org/3/library/re.html"
    try:
        with warnings.catch_warnings():
            # `[[:alpha:]]` compiles to something else than it means elsewhere: Python warns.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(text)
        if not compiled.flags & re.VERBOSE and any(part[1] for part in _PARTS.finditer(text)):
            message = f"the expression {text!r} holds a newline, and no line does"
            lines = "it is tried on each line by itself: write one expression for each line"
            yield BAD_EXPRESSION.at(place, message, lines)
    except FutureWarning as doubt:
        message = f"the expression {text!r} may not mean what it says: {_lower(doubt)}"
        yield BAD_EXPRESSION.at(place, message, hint, severity="warning")
    except (re.error, RecursionError, OverflowError) as error:
        message = f"the expression {text!r} does not compile: {error}"
        yield BAD_EXPRESSION.at(place, message, hint)


def _lower(doubt: Warning) -> str:
    said = str(doubt)
    return said[:1].lower() + said[1:]


def _start(plan: Plan) -> Iterator[Diagnostic]:
    if plan.start:
        try:
            datetime.date.fromisoformat(plan.start)
        except ValueError:
            yield NO_SUCH_DATE.at(
                plan.where(plan.node, "start"),
                f"there is no day {plan.start}",
                "write YEAR-MONTH-DAY",
            )
