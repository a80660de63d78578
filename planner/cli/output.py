"""What leaves the process: results on stdout, talk on stderr, colours where they are wanted."""

import os
import sys
from typing import TYPE_CHECKING

from planner.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare() -> None:
    """Let every text be written, whatever the terminal's encoding: what it lacks is escaped."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace", newline="\n")


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


def result(form: str, *, text: "Callable[[], str]", document: "Callable[[], str]") -> None:
    """Write a result in the format that was asked for."""
    sys.stdout.write(document() if form == "json" else text())


def talk(line: str) -> None:
    """Say something that is no result."""
    sys.stderr.write(line + "\n")


def wants_json(words: list[str]) -> bool:
    """Whether the words ask for JSON; read by hand, since they may be wrong otherwise."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    return any(
        word == "--format=json" or (word, then) == ("--format", "json") for word, then in pairs
    )


def stop(stopped: PlannerError, words: list[str]) -> int:
    """Say why planner could not run; the exit code for that."""
    if wants_json(words):
        from planner.formats import json  # noqa: PLC0415 - 7 ms that only JSON needs

        sys.stdout.write(json.error(stopped))
        return 2
    from planner.formats import text  # noqa: PLC0415

    sys.stdout.write(text.diagnostics(stopped.findings, has_colour=has_colour("auto")))
    sys.stdout.flush()
    sys.stderr.write(text.error(stopped))
    return 2
