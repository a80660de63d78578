"""A report as JSON: one document, keys in a fixed order, with a schema that names its version."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from planner.characters import (
    CONTROLS,
    DIRECTIONS,
    IGNORED,
    LINE_SEPARATORS,
    NONCHARACTERS,
    SURROGATES,
    ZERO_WIDTH,
)
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.paths import path_bytes, path_keys, witness_keys
from planner.report import Report

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")
# GitHub takes `::` at the start of a line, and `##[` (Azure `##vso[`) anywhere in a line. Line
# breaks are not in the document's strings, but what reads them may print them.
_ACTIVE: Final = re.compile(
    f"[{CONTROLS}{DIRECTIONS}{LINE_SEPARATORS}{ZERO_WIDTH}{IGNORED}{NONCHARACTERS}{SURROGATES}]"
    r'|#(?=#\w*\[)|(?P<before>(?:(?<=")|(?<=\\[nr])) *):(?=:)'
)


def report(answer: Report) -> Iterator[str]:
    """Yield the document of a report in pieces: of 100,000 findings the whole takes 300 MB.

    What could not be decided, and has nothing else to tell, is the document of an error.
    """
    if answer.stopped_by:
        return error(answer.stopped_by)
    if answer.raw and not answer.payload:
        return iter((writable(answer.raw),))
    if answer.all_undecided and not (answer.payload or answer.parts):
        return error(PlannerError(answer.all_undecided, findings=answer.all_findings))
    document = {
        "schema": f"planner.{answer.command}/1",
        "ok": answer.ok,
        "findings": _Findings(answer.all_findings),
        **({"undecided": answer.all_undecided} if answer.all_undecided else {}),
        **answer.payload,
    }
    if answer.parts:
        document["parts"] = {name: _part(part) for name, part in answer.parts.items()}
    return _written(document)


def _part(part: Report) -> Any:  # noqa: ANN401 - JSON
    """A report within another, which has its findings; one of several reports is a list."""
    if part.parts:
        return [_part(each) for each in part.parts.values()]
    if part.not_applicable:
        return {"applies": False, "why": part.not_applicable, "ok": part.ok}
    hint = part.stopped_by.hint if part.stopped_by else ""
    why = {key: text for key, text in (("undecided", part.undecided), ("hint", hint)) if text}
    return {"applies": True, "ok": part.ok, **why, **part.payload}


class _Findings(list[Any]):
    """A list whose items are made when they are written: the encoder reads it once."""

    def __init__(self, findings: tuple[Diagnostic, ...]) -> None:
        super().__init__()
        self._findings = findings

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(finding, self._findings)

    def __len__(self) -> int:
        return len(self._findings)


def error(stopped: PlannerError) -> Iterator[str]:
    """Yield the document of what could not be decided, in pieces."""
    keys: dict[str, Any] = {"message": stopped.message}
    if stopped.hint:
        keys["hint"] = stopped.hint
    if stopped.location:
        keys |= _place(stopped.location)
    return _written(
        {
            "schema": "planner.error/1",
            "ok": False,
            "error": keys,
            "findings": _Findings(stopped.findings),
        }
    )


def finding(one: Diagnostic) -> dict[str, Any]:
    """Return the keys of a finding; those that do not apply are left out."""
    keys: dict[str, Any] = {"rule": one.rule, "severity": one.severity, "message": one.message}
    if one.hint:
        keys["hint"] = one.hint
    keys |= _place(one.location)
    if one.related:
        keys["related"] = [
            {**_place(related.location), "message": related.message} for related in one.related
        ]
    for key, value in one.details:
        keys |= witness_keys(path_bytes(value)) if key == "witness" else {key: value}
    return keys


def _place(location: Location) -> dict[str, Any]:
    if not location.path:
        return {}
    keys = path_keys(path_bytes(location.path))
    if location.line:
        keys["line"] = location.line
    if location.column:
        keys["column"] = location.column
    return keys


_PIECES: Final = 4096  # pieces of the encoder, a few bytes each, are written together


def _written(value: dict[str, Any]) -> Iterator[str]:
    parts = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(value)
    while some := "".join(islice(parts, _PIECES)):
        yield writable(some)
    yield "\n"


def writable(text: str) -> str:
    """Return JSON whose bytes no terminal or CI log takes for a command; its values are the same.

    Lone surrogates, which UTF-8 cannot encode, are escaped as well: a text may quote such a path.
    """
    text = _RAW_BYTE.sub(lambda match: f"\\\\x{ord(match[0]) - 0xDC00:02x}", text)
    return _ACTIVE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    # In UTF-16, as JSON has it: two units for a character beyond U+FFFF.
    before = match["before"] or ""
    units = match[0].removeprefix(before).encode("utf-16-be", "surrogatepass")
    return before + "".join(
        f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)
    )
