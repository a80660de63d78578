"""A report as Markdown, for a step summary or a comment on a pull request."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from planner.diagnostic import Diagnostic
from planner.formats.placed import leaves, problems
from planner.formats.text import place, visible
from planner.report import Report

_MOST_BYTES: Final = 60_000
_LONGEST: Final = 500  # characters of a cell
_RESERVED: Final = 200  # bytes for the line that says what was left out
_MARKS: Final = {"error": "❌ error", "warning": "⚠️ warning", "note": "note"}
_SEVERITIES: Final = ("error", "warning", "note")


def report(answer: Report) -> Iterator[str]:
    """Yield the verdict, and tables of findings, exceptions and gates; 60,000 bytes at most."""
    if answer.markdown:
        yield _within_limit(answer.markdown.splitlines(keepends=True))
        return
    verdict = answer.verdict if answer.kind == "check" or answer.problems else "answered"
    yield _within_limit([f"### planner {answer.command}: {_prose(verdict)}\n", *_body(answer)])


def _body(answer: Report) -> Iterator[str]:
    found = [one for _, one in problems(answer)]
    found.sort(key=lambda one: _SEVERITIES.index(one.severity))
    if found:
        yield from _table(("", "Where", "What", "What to do"), map(_row, found))
    for _, part in leaves(answer):
        if not part.parts and not part.not_applicable:
            yield from _part(part)
        if part.not_checked:
            yield "\n"
            yield from (f"- {_prose(line)}\n" for line in part.not_checked)


def _row(one: Diagnostic) -> list[str]:
    rule = _code(one.rule)
    return [
        f"{_MARKS[one.severity]} {rule}",
        _code(place(one.location)) if one.location.path else "",
        _prose(one.message),
        _prose(one.hint),
    ]


def _part(part: Report) -> Iterator[str]:
    """What a part says beside its findings: its counts, its exceptions, its gates."""
    gates = part.payload.get("gates") or ()
    lines = [line for line in part.summary if line and not line.startswith("  excepted: ")]
    if not gates and lines:
        yield "\n"
        yield from (f"- {_prose(line.strip())}\n" for line in lines)
    excepted = part.payload.get("exceptions") or ()
    if excepted:
        rows = [
            [_code(one["path"]), _prose(one["reason"]), _code(one["commit"][:12])]
            for one in excepted
        ]
        yield from _table(("Excepted path", "Why", "Commit"), rows)
    if gates:
        yield from _table(("Gate", "Verdict", "Why"), map(_gate, gates))


def _gate(gate: Mapping[str, Any]) -> list[str]:
    verdict = gate.get("verdict") or gate.get("evidence") or ""
    runs = gate.get("runs") or ()
    seconds = f" ({sum(run['seconds'] for run in runs):.1f} s)" if runs else ""
    why = gate.get("reason") or gate.get("why") or ""
    return [_code(gate["id"]), _prose(f"{verdict}{seconds}"), _prose(why)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"\n| {' | '.join(head)} |\n|{' --- |' * len(head)}\n"
    yield from (f"| {' | '.join(row)} |\n" for row in rows)


def _within_limit(lines: Iterable[str]) -> str:
    """Return as many lines as fit, and how many were left out."""
    kept: list[str] = []
    size = left = 0
    for line in lines:
        size += len(line.encode("utf-8", "surrogateescape"))
        if left or size > _MOST_BYTES - _RESERVED:
            left += 1
        else:
            kept.append(line)
    if left:
        kept.append(f"\n{left:,} more lines were left out; `--format json` lists everything\n")
    return "".join(kept)


# What could start a mark, a tag, an entity, a table cell, a mention or a link.
_SIGNS: Final = re.compile(
    r"[\\`*_\[\]<>|~$&@]|#(?=\d)|(?<=\w)://|(?i:www)(?=\.)"
    r"|\A[-+=#]|\A[0-9]+(?=[.)])"  # a rule, a list or a heading within the item of a list
)


def _prose(text: str) -> str:
    """Return text in which nothing is a mark; what is quoted as code in it is so."""
    shown = visible(text)
    shown = f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown
    parts = re.split(r"(?<!\w)'([^'`]+)'(?!\w)", shown)
    return "".join(
        _code(part) if at % 2 else _SIGNS.sub(_entity, part) for at, part in enumerate(parts)
    )


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0][0])};{match[0][1:]}"


def _code(text: str) -> str:
    """Return a code span in a table cell, which no text can leave."""
    shown = visible(text)
    shown = f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown
    runs = set(map(len, re.findall("`+", shown)))
    fence = "`" * next(count for count in range(1, len(runs) + 2) if count not in runs)
    gap = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    # In a table a backslash takes the meaning from '|', also in a code span.
    return f"{fence}{gap}{shown}{gap}{fence}".replace("|", "\\|")
