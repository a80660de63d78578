"""What leaves the process: reports on stdout, messages on stderr, colors where they are wanted."""

import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from planner.errors import PlannerError
from planner.formats import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.report import Report


def prepare() -> None:
    """Make every text writable, whatever the terminal's encoding: what it lacks is escaped."""
    if sys.stdout is None or sys.stderr is None:
        # The caller closed one (`>&-`).
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace", newline="\n")


def silence(stream: "IO[str]") -> None:
    """Drop what is still to be written to a stream, after writing it has failed once."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def has_color(choice: str) -> bool:
    """Return whether stdout is colored: as asked, else as environment and terminal say.

    no-color.org, force-color.org.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def emit(report: "Report", form: str, *, color: str, is_quiet: bool) -> None:
    """Write a report to stdout.

    Raises:
        PlannerError: it cannot be written.
    """
    if form == "json":
        from planner.formats import json  # noqa: PLC0415 - 7 ms that only JSON needs

        _write(json.report(report))
    else:
        shown = text.report(report, has_color=has_color(color), is_quiet=is_quiet)
        if report.raw:
            _write([shown])
        else:
            _send(shown)


class _UnwritableError(PlannerError):
    """Standard output cannot be written: what is left to say goes to standard error."""


def _write(pieces: "Iterable[str]") -> None:
    """Write a text as it is, in UTF-8 whatever the terminal's encoding."""
    _send("")
    for piece in pieces:
        _send(piece.encode("utf-8", "surrogateescape"))


def _send(content: str | bytes) -> None:
    try:
        if isinstance(content, str):
            sys.stdout.write(content)
        else:
            sys.stdout.buffer.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence(sys.stdout)
        message = f"cannot write the result: {error.strerror}"
        raise _UnwritableError(message, hint="check where standard output goes") from error


def notice(line: str) -> None:
    """Write a line that is not a result to stderr."""
    sys.stderr.write(text.visible(line) + "\n")


def value_of(words: list[str], option: str) -> str:
    """Return what the words say for an option; read by hand, since they may be wrong otherwise."""
    value = ""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "--":
            break
        if word == option:
            value = following
        elif word.startswith(f"{option}="):
            value = word.removeprefix(f"{option}=")
    return value


def stop(stopped: PlannerError, words: list[str]) -> int:
    """Write why planner could not run; return the exit code for that."""
    try:
        if not isinstance(stopped, _UnwritableError) and value_of(words, "--format") == "json":
            from planner.formats import json  # noqa: PLC0415 - as above

            _write(json.error(stopped))
            return 2
        color = has_color(value_of(words, "--color") or "auto")
        _send(text.diagnostics(stopped.findings, has_color=color))
    except _UnwritableError as unwritable:
        stopped = unwritable
    try:
        sys.stderr.write(text.error(stopped))
        sys.stderr.flush()
    except OSError:  # there is nowhere left to say it; the exit code must still be 2
        silence(sys.stderr)
    return 2
