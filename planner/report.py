"""What a command answers: findings, lines for people, a document for programs, and the verdict."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple

from planner.diagnostic import Diagnostic, Location, has_errors, ordered
from planner.errors import PlannerError
from planner.rules import RULES, UNDECIDED

Kind = Literal["check", "question", "action"]


class Places(NamedTuple):
    """Where a finding is shown by formats that must name a line of a file that exists.

    Attributes:
        plan: the line of the plan that decides; for a finding whose own path has no such line.
        first_lines: reads, of some paths, the first line that the branch added to each, if any.
        part_at: returns the id of the slice or task that a place of a plan belongs to; or empty.
    """

    plan: Location = Location("")
    first_lines: Callable[[Collection[str]], Mapping[str, int]] = lambda _paths: {}
    part_at: Callable[[Location], str] = lambda _location: ""


class Report(NamedTuple):
    """The answer of one command; the exit code, `ok` and the verdict are computed from it.

    Attributes:
        command: names the JSON document, such as `check-scope`.
        findings: what is wrong, in the order of the output; `parts` have their own.
        summary: lines for people; they never say passed or failed, `verdict` does.
        payload: the keys that the JSON document adds, as plain values.
        undecided: why the answer could not be determined; empty when it could.
        parts: the reports that this one is made of, by name.
        kind: only a check has a verdict; --quiet leaves out all else, except the answer to a
            question. An action says what was done.
        not_applicable: why a part of another report does not apply; then it finds nothing.
        remark: what the verdict adds, such as that nothing was recorded.
        raw: a text that is the whole result, of a check without its verdict; printed as it is,
            also where JSON is asked for if there is no payload.
        markdown: its Markdown, where that is not the usual table of findings.
        places: where its findings are shown; read only by the formats that need it.
        stopped_by: the error that stopped the command, where one did.
    """

    command: str
    findings: tuple[Diagnostic, ...] = ()
    summary: tuple[str, ...] = ()
    payload: Mapping[str, Any] = {}
    undecided: str = ""
    parts: Mapping[str, "Report"] = {}
    kind: Kind = "check"
    not_applicable: str = ""
    raw: str = ""
    markdown: str = ""
    places: Places = Places()
    stopped_by: PlannerError | None = None
    remark: str = ""

    def strict(self) -> "Report":
        """The same report with warnings as errors, in all parts."""
        findings = tuple(
            one._replace(severity="error") if one.severity == "warning" else one
            for one in self.findings
        )
        parts = {name: part.strict() for name, part in self.parts.items()}
        return self._replace(findings=findings, parts=parts)

    @property
    def all_findings(self) -> tuple[Diagnostic, ...]:
        """The findings of the report and of its parts, each once."""
        if not self.parts:
            return self.findings
        return ordered([*self.findings, *chain(*(p.all_findings for p in self.parts.values()))])

    @property
    def all_undecided(self) -> str:
        """Why the answer could not be determined, by this report or by a part."""
        said = [self.undecided, *(part.all_undecided for part in self.parts.values())]
        return "; ".join(dict.fromkeys(filter(None, said)))

    @property
    def not_checked(self) -> tuple[str, ...]:
        """A line for each reason why parts do not apply, with their names."""
        names: dict[str, list[str]] = {}
        for name, part in self.parts.items():
            if part.not_applicable:
                names.setdefault(part.not_applicable, []).append(name)
        return tuple(f"{', '.join(of)}: not checked: {why}" for why, of in names.items())

    @property
    def exit_code(self) -> int:
        """0 without an error among the findings, 1 with one, 2 if something is undecided."""
        if self.all_undecided:
            return 2
        return int(has_errors(self.findings) or any(p.exit_code for p in self.parts.values()))

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """The findings of the report alone, and why its answer could not be determined."""
        if not self.undecided:
            return self.findings
        error = self.stopped_by or PlannerError(self.undecided)
        place = error.location or Location("")
        return (*self.findings, UNDECIDED.at(place, error.message, error.hint))

    @property
    def verdict(self) -> str:
        """One line that agrees with the exit code."""
        return "; ".join(filter(None, [self._verdict, self.remark]))

    @property
    def _verdict(self) -> str:
        found = [one.severity for one in self.all_findings]
        counts = [
            f"{found.count(severity)} {severity}{'s' if found.count(severity) > 1 else ''}"
            for severity in ("error", "warning", "note")
            if severity in found
        ]
        if self.all_undecided:
            return "; ".join(filter(None, [f"undecided: {self.all_undecided}", ", ".join(counts)]))
        word = "passed" if self.ok else "failed"
        return f"{word}: {', '.join(counts)}" if counts else word


def left_open(findings: Iterable[Diagnostic]) -> str:
    """Return why findings leave the answer open; empty where they do not."""
    rules = sorted({one.rule for one in findings if RULES[one.rule].leaves_open})
    names = " and ".join(f"[{rule}]" for rule in rules)
    return f"not everything could be checked; fix {names} first" if names else ""


def of_error(command: str, error: PlannerError) -> Report:
    """Return the report of a command that was stopped by an error."""
    return Report(command, error.findings, undecided=error.message, stopped_by=error)


def undecided_part(name: str, error: PlannerError) -> Report:
    """Return the report of a part that was stopped by an error; the other parts still count."""
    hint = (f"  hint: {error.hint}",) if error.hint else ()
    place = error.location
    where = f"{place.path}:{place.line}: " if place and place.line else ""
    summary = (f"{name}: undecided: {where}{error.message}", *hint)
    return of_error("check", error)._replace(summary=summary)
