"""A problem at a place in a file, and the order of problems."""

from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning", "note"]


class Location(NamedTuple):
    """Where a problem is: a path relative to the repository root, line and column from 1.

    Line 0 means the whole file. A byte of the path that is not UTF-8 is a lone surrogate, as
    `os.fsdecode` makes it.
    """

    path: str
    line: int = 0
    column: int = 0


class Related(NamedTuple):
    """Another place that explains a problem, such as the line that excludes a path."""

    location: Location
    message: str


class Diagnostic(NamedTuple):
    """A problem at a place.

    `details` are further keys of the JSON output, which depend on the rule (`witness`, …).
    """

    location: Location
    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    related: tuple[Related, ...] = ()
    details: tuple[tuple[str, Any], ...] = ()


def ordered(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]") -> tuple[Diagnostic, ...]:
    """Sort diagnostics by location, rule and message, then details, and remove duplicates."""
    unique = {(d.location, d.rule, d.message, repr(d.details)): d for d in diagnostics}
    return tuple(unique[key] for key in sorted(unique))


def has_errors(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]") -> bool:
    """Whether any diagnostic is an error."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)
