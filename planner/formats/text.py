"""Results as text for people: `path:line:column: error: message [rule]`, then a hint."""

import re
from collections.abc import Iterable
from typing import Final

from planner.characters import NOT_SHOWN
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError

_COLOURS: Final = {"error": "31", "warning": "33", "note": "36"}
_NOT_SHOWN: Final = re.compile(f"[{NOT_SHOWN}]")
# GitHub takes `::` at the start of a line, and `##[` (Azure `##vso[`) wherever it stands in one.
_COMMAND: Final = re.compile(r"^(\s*):(?=:)|#(?=#\w*\[)")


def visible(text: str) -> str:
    r"""The text on one line, whatever it holds: `\n`, `\x1b`, `\u202e`, `\xff` for a raw byte.

    A file's name must not drive a terminal, nor start a line that a CI system takes as its own
    command (`::error::`, `##[error]`).
    """
    shown = _NOT_SHOWN.sub(_escape, text)
    return _COMMAND.sub(lambda sign: f"{sign[1] or ''}\\x{ord(sign[0][-1]):02x}", shown)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    named = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def place(location: Location) -> str:
    """A location as compilers write it."""
    shown = visible(location.path)
    if location.line:
        shown += f":{location.line}"
        if location.column:
            shown += f":{location.column}"
    return shown


def _before(location: Location) -> str:
    """A location and its colon: a path that is a colon would make a command of the two."""
    return visible(f"{place(location)}:")


def diagnostics(found: Iterable[Diagnostic], *, has_colour: bool = False) -> str:
    """Each diagnostic on a line of its own, what belongs to it indented below."""
    lines = []
    for one in found:
        severity = one.severity
        if has_colour:
            severity = f"\x1b[1;{_COLOURS[one.severity]}m{one.severity}\x1b[0m"  # type: ignore[assignment] # dressed up
        lines.append(f"{_before(one.location)} {severity}: {visible(one.message)} [{one.rule}]")
        for related in one.related:
            lines.append(f"  {_before(related.location)} {visible(related.message)}")
        commit = dict(one.details).get("commit")
        if commit:
            lines.append(f"  since commit {commit[:12]}")
        if one.hint:
            lines.append(f"  hint: {visible(one.hint)}")
    return "".join(f"{line}\n" for line in lines)


def error(stopped: PlannerError) -> str:
    """Why planner could not run."""
    where = f"{_before(stopped.location)} " if stopped.location else ""
    lines = [f"{where}error: {visible(stopped.message)}"]
    if stopped.hint:
        lines.append(f"hint: {visible(stopped.hint)}")
    return "".join(f"{line}\n" for line in lines)


def lint(found: tuple[Diagnostic, ...], plans: int, *, has_colour: bool = False) -> str:
    """What is wrong with the plans, and a line that counts it."""
    counts = [
        counted(sum(one.severity == severity for one in found), severity)
        for severity in ("error", "warning", "note")
    ]
    said = ", ".join(count for count in counts if count) or "nothing wrong"
    plural = "plan" if plans == 1 else "plans"
    return diagnostics(found, has_colour=has_colour) + f"{plans} {plural}: {said}\n"


def page(lines: Iterable[str]) -> str:
    """The lines made visible, each with its indentation kept."""
    shown = []
    for line in lines:
        body = line.lstrip(" ")
        shown.append(" " * (len(line) - len(body)) + visible(body))
    return "".join(f"{line}\n" for line in shown)


def counted(count: int, noun: str) -> str:
    """A count with its noun in the right number; empty for none."""
    return f"{count} {noun}{'s' if count > 1 else ''}" if count else ""
