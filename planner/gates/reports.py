"""Report files of a command: read only when fresh and complete; XML and JUnit among them."""

import os
import stat
import time
from collections.abc import Callable, Collection, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Final
from xml.parsers import expat

from planner.gates.errors import GateError

LARGEST_BYTES: Final = 256 * 1024 * 1024
_CLOCK_STEP_S: Final = 0.02  # two changes of a file within it can have the same time
_Start = Callable[[str, Mapping[str, str]], None]


_VERSION: Final = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
"""The metadata of which some changes whenever a file is written; reading changes the rest."""


class Watched:
    """A report that a command is about to write; what was there before does not count."""

    def __init__(self, folder: Path, name: str) -> None:
        self._name = name
        self._path = folder / name
        self._before = _metadata(self._path)
        if self._before and time.time() - self._before.st_ctime < _CLOCK_STEP_S:
            time.sleep(_CLOCK_STEP_S)

    def read(self) -> bytes:
        """Return the bytes of the report.

        Raises:
            GateError: it is missing, older than the run, too large or not a regular file.
        """
        now = _metadata(self._path)
        if now is None:
            raise GateError(f"the command did not write the report {self._name!r}")
        if self._before and _VERSION(now) == _VERSION(self._before):
            raise GateError(f"the report {self._name!r} is older than the run")
        if now.st_size > LARGEST_BYTES:
            raise GateError(f"the report {self._name!r} is larger than {LARGEST_BYTES} bytes")
        try:
            # Without O_NONBLOCK, opening a named pipe would block forever.
            file = os.open(self._path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(file, "rb") as stream:
                if not stat.S_ISREG(os.fstat(file).st_mode):
                    raise GateError(f"the report {self._name!r} is not a regular file")
                return stream.read(LARGEST_BYTES)
        except OSError as error:
            raise GateError(f"cannot read the report {self._name!r}: {error.strerror}") from error


def _metadata(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def read_xml(
    content: bytes,
    roots: Collection[str],
    start: _Start,
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for every element of an XML document, and for its text; nothing is fetched.

    Raises:
        GateError: it has another root, is not well-formed, ends early, or declares entities.
    """

    def start_root(tag: str, attributes: Mapping[str, str]) -> None:
        if tag not in roots:
            raise GateError(f"expected the root <{'> or <'.join(roots)}>, not <{tag}>")
        parser.StartElementHandler = start
        start(tag, attributes)

    def refuse(*_: object) -> None:
        raise GateError("it declares or uses an entity, which is not supported")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start_root
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        problem = expat.ErrorString(error.code)
        raise GateError(f"incomplete or malformed XML: {problem} (line {error.lineno})") from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        raise GateError(f"its XML cannot be read: {error}") from error


_NOT_RUN: Final = ("notrun", "disabled", "skipped", "suppressed")


def read_junit(content: bytes) -> dict[str, tuple[str, ...]]:
    """Return the results of each test by its name: `passed`, `failed` or `skipped`.

    A name that occurs several times has several results, in alphabetical order.

    Raises:
        GateError: it is not a JUnit report, or it is incomplete.
    """
    name = result = ""
    tests: dict[str, list[str]] = {}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        nonlocal name, result
        if tag == "testcase":
            own = attributes.get("name", "")
            name = f"{attributes['classname']}::{own}" if attributes.get("classname") else own
            is_off = attributes.get("status", attributes.get("result", "")) in _NOT_RUN
            result = "skipped" if is_off else "passed"
        elif tag in ("failure", "error") and result:
            result = "failed"
        elif tag == "skipped" and result == "passed":
            result = "skipped"

    def end(tag: str) -> None:
        nonlocal result
        if tag == "testcase":
            tests.setdefault(name, []).append(result)
            result = ""

    read_xml(content, ("testsuites", "testsuite"), start, end)
    return {name: tuple(sorted(results)) for name, results in tests.items()}
