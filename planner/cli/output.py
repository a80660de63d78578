"""What leaves the process: reports on stdout, messages on stderr, colors where they are wanted."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from planner import files
from planner.cli.options import command_first
from planner.cli.outputs import TEXT, Output, asked_for, by_environment
from planner.errors import PlannerError
from planner.formats import text
from planner.formats.table import CHECKS, formats_of, written
from planner.report import Report, of_error


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


def emit(report: Report, outputs: Iterable[Output], *, color: str, is_quiet: bool = False) -> None:
    """Write a report in all the formats that are asked for.

    Raises:
        PlannerError: one of them cannot be written; the others are written all the same.
    """
    failures = []
    # Files first: whoever reads standard output may be gone.
    for one in sorted(outputs, key=lambda one: not one.path):
        try:
            if one.path:
                _save(report, one, is_quiet=is_quiet)
            else:
                _show(report, one.form, color=color, is_quiet=is_quiet)
        except _UnwritableError as error:
            failures.append(error)
    if failures:
        first, *others = failures
        message = "; ".join(error.message for error in (first, *others))
        raise _UnwritableError(message, hint=first.hint)


def _show(report: Report, form: str, *, color: str, is_quiet: bool) -> None:
    """Write a report to standard output."""
    is_text = form in ("text", "github")
    if is_text:
        shown = text.report(report, has_color=has_color(color), is_quiet=is_quiet)
        if report.raw:
            _write([shown])
        else:
            _send(shown)
    if form != "text":
        _write(written(report, form))


def _save(report: Report, to: Output, *, is_quiet: bool) -> None:
    """Write a report to a file.

    Raises:
        PlannerError: it cannot be written.
    """
    first = text.report(report, is_quiet=is_quiet) if to.form in ("text", "github") else ""
    rest = () if to.form == "text" else written(report, to.form)
    content = "".join([first, *rest]).encode("utf-8", "surrogateescape")
    if to.is_summary:
        _add_to_summary(Path(to.path), content)
    else:
        try:
            files.write_output(Path(to.path), content)
        except PlannerError as error:
            raise _UnwritableError(error.message, hint=error.hint) from error


_SUMMARY_BYTES: Final = 1024 * 1024  # GitHub drops the whole summary of a step if it is larger


def _add_to_summary(path: Path, content: bytes) -> None:
    """Add a page to the step summary; without it the annotations tell the same."""
    page = content + b"\n"
    try:
        if path.exists() and not path.is_file():  # nobody may ever read a pipe
            notice("warning: cannot write the step summary: it is not a regular file")
            return
        size = path.stat().st_size if path.exists() else 0
        if size + len(page) > _SUMMARY_BYTES:
            notice("warning: the step summary is full: nothing was added to it")
            return
        with path.open("ab") as stream:
            stream.write(page)
    except OSError as error:
        notice(f"warning: cannot write the step summary: {error.strerror}")


class _UnwritableError(PlannerError):
    """A report cannot be written: that is said on standard error alone."""


def _write(pieces: Iterable[str]) -> None:
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


def stop(stopped: PlannerError, words: list[str], *, is_told: bool = False) -> int:
    """Write why planner could not run, in all the formats that are asked for; return 2.

    Args:
        is_told: whether standard error has said it already.
    """
    told = [] if is_told else [stopped]
    if not isinstance(stopped, _UnwritableError):
        command = next((word for word in command_first(words) if not word.startswith("-")), "")
        outputs = asked_for(words, command)
        if not outputs:
            outputs = by_environment(os.environ) if formats_of(command) == CHECKS else TEXT
        try:
            emit(of_error(command, stopped), outputs, color=value_of(words, "--color") or "auto")
            if Output("json") in outputs:
                return 2  # its document says it
        except _UnwritableError as unwritable:
            told.insert(0, unwritable)
    try:
        sys.stderr.write("".join(map(text.error, told)))
        sys.stderr.flush()
    except OSError:  # there is nowhere left to say it; the exit code must still be 2
        silence(sys.stderr)
    return 2
