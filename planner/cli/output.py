"""What leaves the process: results on stdout, talk on stderr, colours where they are wanted."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def prepare() -> None:
    """Let every text be written, whatever the terminal's encoding: what it lacks is escaped."""
    if sys.stdout is None or sys.stderr is None:
        # The caller closed one (`>&-`): what would stand there is not wanted.
        nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace", newline="\n")


def silence() -> None:
    """Let what is still to be written go nowhere, where writing it has failed once."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def has_colour(choice: str) -> bool:
    """Whether stdout is coloured: as asked, else as the environment and the terminal say.

    no-color.org, force-color.org.
    """
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def result(
    form: str, *, text: "Callable[[], str]", document: "Callable[[], str | Iterator[str]]"
) -> None:
    """Write a result in the format that was asked for; a long document comes in pieces.

    Raises:
        PlannerError: it cannot be written.
    """
    if form != "json":
        _send(text())
        return
    written = document()
    for piece in (written,) if isinstance(written, str) else written:
        write(piece)


def write(text: str) -> None:
    """Write a text as it stands, in UTF-8 whatever the terminal's encoding.

    Raises:
        PlannerError: it cannot be written.
    """
    _send("")
    _send(text.encode("utf-8", "surrogateescape"))


class _UnwritableError(PlannerError):
    """Standard output takes nothing: what is left to be said goes to standard error."""


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
        silence()
        message = f"cannot write the result: {error.strerror}"
        raise _UnwritableError(message, hint="look at what standard output leads to") from error


def talk(line: str) -> None:
    """Say something that is no result."""
    sys.stderr.write(line + "\n")


def asked(words: list[str], option: str) -> str:
    """What the words say for an option; read by hand, since they may be wrong otherwise."""
    said = ""
    for word, then in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        if word == option:
            said = then
        elif word.startswith(f"{option}="):
            said = word.removeprefix(f"{option}=")
    return said


def stop(stopped: PlannerError, words: list[str]) -> int:
    """Say why planner could not run; the exit code for that."""
    from planner.formats import text  # noqa: PLC0415 - only who needs it loads it

    try:
        if not isinstance(stopped, _UnwritableError) and asked(words, "--format") == "json":
            from planner.formats import json  # noqa: PLC0415 - 7 ms that only JSON needs

            write(json.error(stopped))
            return 2
        colour = has_colour(asked(words, "--color") or "auto")
        _send(text.diagnostics(stopped.findings, has_colour=colour))
    except _UnwritableError as unwritable:
        stopped = unwritable
    sys.stderr.write(text.error(stopped))
    return 2
