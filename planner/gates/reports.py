"""Report files of a command: fresh, whole, XML read safely; and what JUnit says of its tests."""

import os
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from xml.parsers import expat

from planner.errors import PlannerError

LARGEST_BYTES: Final = 256 * 1024 * 1024
_CLOCK_STEP_S: Final = 0.02  # two changes of a file within it may bear the same time
_Start = Callable[[str, Mapping[str, str]], None]


class GateError(PlannerError):
    """Why a gate cannot be judged, in one line: its verdict is `error`."""


class _Stamp(NamedTuple):
    """What changes about a file whenever it is written."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


class Watched:
    """A report that a command is about to write: only what it writes from now on counts."""

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._path = folder / name
        self._before = _stamp(self._path)
        if self._before and time.time() - self._before.changed_ns / 1e9 < _CLOCK_STEP_S:
            time.sleep(_CLOCK_STEP_S)

    def read(self) -> bytes:
        """The bytes of the report.

        Raises:
            GateError: it is absent, older than the run, too large or no file.
        """
        stamp = _stamp(self._path)
        if stamp is None:
            raise GateError(f"no report {self._name!r}: the command did not write it")
        if stamp == self._before:
            raise GateError(f"the report {self._name!r} is older than the run")
        if stamp.size > LARGEST_BYTES:
            raise GateError(f"the report {self._name!r} has more than {LARGEST_BYTES} bytes")
        try:
            # A pipe in its place would keep the opening waiting for ever.
            file = os.open(self._path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(file, "rb") as stream:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise GateError(f"the report {self._name!r} is no regular file")
                return stream.read(LARGEST_BYTES)
        except OSError as error:
            raise GateError(f"cannot read the report {self._name!r}: {error.strerror}") from error


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return _Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def read_xml(
    content: bytes,
    start: _Start,
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Tell of every element of an XML document, and of its text; no entities, nothing fetched.

    Raises:
        GateError: it is not well-formed, ends early, or declares entities.
    """

    def refuse(*_: object) -> None:
        raise GateError("it declares or names an entity, which is not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise GateError(f"it is no whole XML: {problem} (line {error.lineno})") from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise GateError(f"it is no XML that can be read: {error}") from error


_NOT_RUN: Final = ("notrun", "disabled", "skipped", "suppressed")


def read_junit(content: bytes) -> dict[str, tuple[str, ...]]:
    """How each test ended: `passed`, `failed` or `skipped`, by its name.

    A name that stands in the report several times has several ends, in alphabetical order.

    Raises:
        GateError: it is no JUnit report, or not a whole one.
    """
    depth = 0
    name = ends = ""
    tests: dict[str, list[str]] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth, name, ends
        depth += 1
        if depth == 1 and tag not in ("testsuites", "testsuite"):
            raise GateError(f"it is no JUnit report: its root is <{tag}>")
        if tag == "testcase":
            own = attributes.get("name", "")
            name = f"{attributes['classname']}::{own}" if attributes.get("classname") else own
            is_off = attributes.get("status", attributes.get("result", "")) in _NOT_RUN
            ends = "skipped" if is_off else "passed"
        elif tag in ("failure", "error") and ends:
            ends = "failed"
        elif tag == "skipped" and ends == "passed":
            ends = "skipped"

    def end(tag: str) -> None:
        nonlocal depth, ends
        depth -= 1
        if tag == "testcase":
            tests.setdefault(name, []).append(ends)
            ends = ""

    read_xml(content, start, end)
    return {name: tuple(sorted(ends)) for name, ends in tests.items()}
