"""A report as text: `path:line:column: error: message [rule]`, then a hint."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from planner.characters import IGNORED, NOT_SHOWN
from planner.diagnostic import Diagnostic, Location, Related, Severity
from planner.errors import PlannerError
from planner.report import Report

_COLORS: Final = {"error": "31", "warning": "33", "note": "36"}
_NOT_SHOWN: Final = f"[{NOT_SHOWN}{IGNORED}]"  # compiled when first used: 0.4 ms
# GitHub takes `::` at the start of a line, and `##[` (Azure `##vso[`) anywhere in a line.
_COMMAND: Final = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\w*\[)", re.MULTILINE)


def visible(text: str) -> str:
    r"""Return the text on one line, with escapes: `\n`, `\x1b`, `\u202e`, `\xff` for a raw byte.

    A file name must not control a terminal, nor start a line that a CI system takes for a
    command (`::error::`, `##[error]`).
    """
    return without_commands(printable(text))


def printable(text: str) -> str:
    """Return the text with escapes for what would not be shown."""
    is_plain = text.isascii() and text.isprintable()
    return text if is_plain else re.sub(_NOT_SHOWN, _escape, text)


def without_commands(text: str) -> str:
    """Return the text with an escape in what a CI system takes for a command."""
    return _COMMAND.sub(lambda sign: f"{sign[1] or ''}\\x{ord(sign[0][-1]):02x}", text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return match[0].encode("unicode_escape").decode()


def place(location: Location) -> str:
    """Return a location as compilers write it."""
    shown = visible(location.path)
    if location.line:
        shown += f":{location.line}"
        if location.column:
            shown += f":{location.column}"
    return shown


def _before(location: Location) -> str:
    """A location and its colon: a path that is a colon would make a CI command of the two."""
    return visible(f"{place(location)}:")


def report(answer: Report, *, has_color: bool = False, is_quiet: bool = False) -> str:
    """Return a report as text; the last line of a check is its verdict.

    What stopped a command is not part of it: that is for standard error.

    Args:
        is_quiet: leave out all but the findings and the verdict; a question keeps its answer.
    """
    is_shown = answer.kind == "question" or not is_quiet
    if answer.stopped_by:
        return diagnostics(answer.findings, has_color=has_color)
    if answer.raw and (is_shown or answer.kind != "check"):
        text = without_commands(answer.raw) if is_shown else ""
    else:
        text = diagnostics(answer.all_findings, has_color=has_color)
        text += page(_summary(answer)) if is_shown else ""
    return text + page([answer.verdict]) if answer.kind == "check" else text


def _summary(answer: Report) -> Iterator[str]:
    yield from answer.summary
    for part in answer.parts.values():
        yield from _summary(part)
    yield from answer.not_checked


_SHOWN: Final = 10  # findings that differ in their path alone; the rest is counted
_SHOWN_NOTES: Final = 500  # of one rule: a reviewer reads them all


def diagnostics(findings: Iterable[Diagnostic], *, has_color: bool = False) -> str:
    """Return each finding on a line of its own, what belongs to it indented below.

    Of findings that differ in their path alone, the first ten are shown; of the notes of a rule,
    the first five hundred.
    """
    lines: list[str] = []
    notes: dict[str, int] = {}
    alike: dict[tuple[str, str, Severity, str, tuple[Related, ...]], int] = {}
    for one in findings:
        # Each line of a plan file is a finding of its own: what differs there is not the path.
        key = (one.rule, one.message, one.severity, one.hint, one.related)
        count = alike[key] = alike.get(key, 0) + (not one.location.line)
        is_shown = count <= _SHOWN
        if is_shown and one.severity == "note":
            notes[one.rule] = notes.get(one.rule, 0) + 1
            is_shown = notes[one.rule] <= _SHOWN_NOTES
        if is_shown:
            lines += _diagnostic(one, has_color=has_color)
    for (rule, message, severity, _, _), count in alike.items():
        if count > _SHOWN:
            lines.append(
                f"... and {count - _SHOWN:,} more paths (--format json lists them): "
                f"{_severity(severity, has_color=has_color)}: {visible(message)} [{rule}]"
            )
    for rule, count in notes.items():
        if count > _SHOWN_NOTES:
            note = _severity("note", has_color=has_color)
            more = count - _SHOWN_NOTES
            lines.append(f"... and {more:,} more (--format json lists them): {note} [{rule}]")
    return "".join(f"{line}\n" for line in lines)


def _diagnostic(one: Diagnostic, *, has_color: bool) -> Iterator[str]:
    severity = _severity(one.severity, has_color=has_color)
    where = f"{_before(one.location)} " if one.location.path else ""
    yield f"{where}{severity}: {visible(one.message)} [{one.rule}]"
    for related in one.related:
        yield f"  {related_line(related)}"
    commit = dict(one.details).get("commit")
    if commit:
        yield f"  since commit {commit[:12]}"
    if one.hint:
        yield f"  hint: {visible(one.hint)}"


def related_line(related: Related) -> str:
    """Return another place that explains a finding, and what it is."""
    return f"{_before(related.location)} {visible(related.message)}"


def _severity(severity: Severity, *, has_color: bool) -> str:
    return f"\x1b[1;{_COLORS[severity]}m{severity}\x1b[0m" if has_color else severity


def error(stopped: PlannerError) -> str:
    """Return why planner could not run."""
    where = f"{_before(stopped.location)} " if stopped.location else ""
    lines = [f"{where}error: {visible(stopped.message)}"]
    if stopped.hint:
        lines.append(f"hint: {visible(stopped.hint)}")
    return "".join(f"{line}\n" for line in lines)


def page(lines: Iterable[str]) -> str:
    """Return the lines made visible, each with its indentation kept."""
    shown = []
    for line in lines:
        body = line.lstrip(" ")
        shown.append(" " * (len(line) - len(body)) + visible(body))
    return "".join(f"{line}\n" for line in shown)
