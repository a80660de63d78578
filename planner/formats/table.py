"""The formats by name; each is loaded when it is asked for."""

from collections.abc import Iterable
from importlib import import_module
from typing import Final

from planner.report import Report

QUESTIONS: Final = ("text", "json")
CHECKS: Final = (*QUESTIONS, "markdown", "github", "gitlab", "sarif", "junit")
_CHECKS: Final = frozenset(
    ["lint", "check-scope", "check", "run-gates", "render", "status", "plan-diff"]
)


def formats_of(command: str) -> tuple[str, ...]:
    """Return the names of the formats that a command has."""
    if command == "slice":
        return (*QUESTIONS, "markdown")
    return CHECKS if command in _CHECKS else QUESTIONS


def written(answer: Report, name: str) -> Iterable[str]:
    """Return a report in a format other than text, in pieces."""
    pieces: Iterable[str] = import_module(f"planner.formats.{name}").report(answer)
    return pieces
