"""A report as JUnit XML, in the dialect that GitLab, Jenkins and the actions for GitHub read.

A suite for each part, in two levels; names are unique, and each case has one verdict.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import quoteattr

from planner.diagnostic import Diagnostic
from planner.formats.placed import leaves
from planner.formats.text import place, visible
from planner.report import Report


class _Case(NamedTuple):
    """A test case; without a fault it passes.

    Attributes:
        kind: of the fault, `failure` or `error`.
    """

    name: str
    classname: str
    fault: str = ""
    kind: str = "failure"
    seconds: float = 0.0
    output: str = ""


def report(answer: Report) -> Iterator[str]:
    """Yield the document; where an answer is not known, its suite has an error."""
    seen: set[tuple[str, str]] = set()
    suites = [
        (name, [*_with_unique_names(_cases(part, name), seen)])
        for name, part in leaves(answer)
        if not part.parts
    ]
    every = [case for _, cases in suites for case in cases]
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="planner {answer.command}"{_counts(every)}>\n'
    for name, cases in suites:
        yield f"  <testsuite name={_quoted(name)}{_counts(cases)}>\n"
        yield from map(_written, cases)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _counts(cases: list[_Case]) -> str:
    kinds = Counter(case.kind for case in cases if case.fault)
    seconds = sum(case.seconds for case in cases)
    return (
        f' tests="{len(cases)}" failures="{kinds["failure"]}" errors="{kinds["error"]}"'
        f' time="{seconds:.3f}"'
    )


def _with_unique_names(cases: list[_Case], seen: set[tuple[str, str]]) -> Iterator[_Case]:
    """Number the names that are taken, also by another suite: GitLab puts all suites together."""
    for case in cases:
        name, number = case.name, 1
        while (case.classname, name) in seen:
            number += 1
            name = f"{case.name} [{number}]"
        seen.add((case.classname, name))
        yield case._replace(name=name)


def _cases(part: Report, name: str) -> list[_Case]:
    """The cases of a part: its gates, its other findings, and one that passes if there is none."""
    slice_id = part.payload.get("slice")
    classname = f"planner.{slice_id or part.command}"
    gates = part.payload.get("gates") or ()
    of_gates: dict[Any, list[Diagnostic]] = {gate["id"]: [] for gate in gates}
    others: list[Diagnostic] = []
    for one in part.problems:
        of_gates.get(dict(one.details).get("gate"), others).append(one)
    cases = [
        *chain.from_iterable(_gate(gate, of_gates[gate["id"]], classname) for gate in gates),
        *(_case(one, classname) for one in others),
    ]
    return cases or [_Case(name, classname, output=part.not_applicable)]


def _case(one: Diagnostic, classname: str) -> _Case:
    """The case of a finding; a warning or a note passes."""
    name = f"{one.rule} {place(one.location)}".strip()
    text = _text(one)
    if one.severity != "error":
        return _Case(name, classname, output=f"{one.severity}: {text}")
    return _Case(name, classname, text, "error" if one.rule == "undecided" else "failure")


def _gate(gate: Mapping[str, Any], findings: list[Diagnostic], classname: str) -> Iterator[_Case]:
    """A case for each run of a gate; what no run explains fails the last one."""
    errors = [one for one in findings if one.severity == "error"]
    runs = gate.get("runs") or [{}]
    kind = "error" if any(one.rule == "gate-error" for one in errors) else "failure"
    fault = "\n".join(map(_text, errors))
    has_reason = any(run.get("reason") for run in runs)
    for number, run in enumerate(runs, 1):
        name = f"{gate['id']} [run {number}]" if len(runs) > 1 else gate["id"]
        reason = run.get("reason", "")
        is_last = number == len(runs)
        is_faulty = fault and (reason or (is_last and not has_reason))
        said = f"{reason}\n{fault}" if reason and reason not in fault else fault
        seconds = run.get("seconds") or 0.0
        yield _Case(name, classname, said if is_faulty else "", kind, seconds, gate.get("why", ""))


def _text(one: Diagnostic) -> str:
    where = place(one.location)
    lines = [f"{where}: {one.message}" if where else one.message]
    lines += [f"{place(each.location)}: {each.message}" for each in one.related]
    lines += [f"hint: {one.hint}"] if one.hint else []
    return "\n".join(lines)


def _written(case: _Case) -> str:
    head = f"    <testcase name={_quoted(case.name)} classname={_quoted(case.classname)}"
    head += f' time="{case.seconds:.3f}"'
    if case.fault:
        first, *_ = case.fault.split("\n")
        inner = f"<{case.kind} message={_quoted(first)}>{_escaped(case.fault)}</{case.kind}>"
    elif case.output:
        inner = f"<system-out>{_escaped(case.output)}</system-out>"
    else:
        return f"{head}/>\n"
    return f"{head}>\n      {inner}\n    </testcase>\n"


_ENTITIES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _escaped(text: str) -> str:
    """Return text of an element: only line breaks of our own, and nothing that XML forbids."""
    return "\n".join(visible(line) for line in text.split("\n")).translate(_ENTITIES)


def _quoted(text: str) -> str:
    return quoteattr(visible(text))
