"""Results as JSON: one document, in a fixed order, with a schema that names its version."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from planner.diagnostic import Diagnostic, Location, has_errors
from planner.errors import PlannerError
from planner.paths import path_bytes, path_keys

_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def document(command: str, found: Iterable[Diagnostic], **rest: Any) -> str:  # noqa: ANN401 - JSON
    """The document of a command: its schema, whether all is well, its findings and the rest."""
    return "".join(pieces(command, found, **rest))


def pieces(
    command: str,
    found: Iterable[Diagnostic],
    **rest: Any,  # noqa: ANN401 - JSON
) -> Iterator[str]:
    """The same document piece by piece: of 100,000 findings the whole would be 300 MB in memory."""
    findings = tuple(found)
    return _written(
        {
            "schema": f"planner.{command}/1",
            "ok": not has_errors(findings),
            "findings": _Findings(findings),
            **rest,
        }
    )


class _Findings(list[Any]):
    """A list whose items are made when they are written: the encoder walks it just once."""

    def __init__(self, found: tuple[Diagnostic, ...]) -> None:
        super().__init__()
        self._found = found

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(finding, self._found)

    def __len__(self) -> int:
        return len(self._found)


def error(stopped: PlannerError) -> str:
    """The document of what could not be decided."""
    said: dict[str, Any] = {"message": stopped.message}
    if stopped.hint:
        said["hint"] = stopped.hint
    if stopped.location:
        said |= _place(stopped.location)
    return "".join(
        _written(
            {
                "schema": "planner.error/1",
                "ok": False,
                "error": said,
                "findings": _Findings(stopped.findings),
            }
        )
    )


def finding(one: Diagnostic) -> dict[str, Any]:
    """A finding; keys that do not apply are left out."""
    said: dict[str, Any] = {"rule": one.rule, "severity": one.severity, "message": one.message}
    if one.hint:
        said["hint"] = one.hint
    said |= _place(one.location)
    if one.related:
        said["related"] = [
            {**_place(related.location), "message": related.message} for related in one.related
        ]
    for key, value in one.details:
        said |= witness(path_bytes(value)) if key == "witness" else {key: value}
    return said


def witness(path: bytes) -> dict[str, Any]:
    """A path that shows something, under the key `witness`."""
    return {key.replace("path", "witness"): value for key, value in path_keys(path).items()}


def _place(location: Location) -> dict[str, Any]:
    said = path_keys(path_bytes(location.path))
    if location.line:
        said["line"] = location.line
    if location.column:
        said["column"] = location.column
    return said


_PIECES: Final = 4096  # of the encoder's, each a few bytes: written together


def _written(value: dict[str, Any]) -> Iterator[str]:
    parts = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode(value)
    while some := "".join(islice(parts, _PIECES)):
        yield _writable(some)
    yield "\n"


def _writable(text: str) -> str:
    """JSON without lone surrogates, which UTF-8 lacks: any text may quote a path that has one."""
    text = _RAW_BYTE.sub(lambda match: f"\\\\x{ord(match[0]) - 0xDC00:02x}", text)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
