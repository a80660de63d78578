"""One problem at one place, and how problems sort."""

from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Location(NamedTuple):
    """Where a problem is: a path from the repository's root, line and column from 1.

    A line of 0 means the whole file. A byte of a path that is not UTF-8 stands as the lone
    surrogate of `os.fsdecode`.
    """

    path: str
    line: int = 0
    column: int = 0


class Related(NamedTuple):
    """A second place that explains a problem, such as the line that fences a path."""

    location: Location
    message: str


class Diagnostic(NamedTuple):
    """One problem at one place.

    `details` are the keys that the JSON form adds for its rule (`change`, `witness`, ...).
    """

    location: Location
    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()


def ordered(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]") -> tuple[Diagnostic, ...]:
    """Sort by path, line, column, rule and message; each problem once."""
    unique = {(d.location, d.rule, d.message): d for d in diagnostics}
    return tuple(unique[key] for key in sorted(unique))


def has_errors(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]") -> bool:
    """Whether any of these is of severity error."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)
