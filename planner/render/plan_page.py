"""The content of PLAN.md, as escaped Markdown for the template."""

import shlex
from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.plan.model import Chosen, Coverage, Entry, Gate, Limits, Plan, Risk, Slice, shared_with
from planner.render import words
from planner.render.markdown import (
    block,
    cell,
    code,
    code_block,
    heading,
    indent,
    item,
    line,
    with_label,
)
from planner.scopes.dependencies import slice_order

_MOST_NAMED: Final = 10  # slices in one cell of a table
_DEFAULT_TIMEOUT_S: Final = Gate._field_defaults["timeout_s"]


class Labelled(NamedTuple):
    """A label, and the text after it."""

    label: str
    text: str


class GateItem(NamedTuple):
    """A gate as a list item, and the items below it."""

    text: str
    below: tuple[str, ...]


class SliceSection(NamedTuple):
    """The sections of one slice; empty values are left out."""

    title: str
    overview: str
    scope: str
    files: tuple[str, ...]
    branch: str
    commit: str
    notes: tuple[Labelled, ...]
    gates: tuple[GateItem, ...]
    success_criteria: tuple[str, ...]
    risk: tuple[Labelled, ...]
    timeline: tuple[Labelled, ...]


class PlanPage(NamedTuple):
    """The page. `level` is the number signs of the headings of a slice's sections.

    With several slices each has a section, and `overview_rows` is the table of them.
    """

    title: str
    overview: str
    level: str
    has_several: bool
    overview_rows: tuple[tuple[str, ...], ...]
    slices: tuple[SliceSection, ...]


def plan_page(plan: Plan) -> PlanPage:
    """Return the page of a plan."""
    has_several = len(plan.slices) > 1
    sections = tuple(_section(plan, slice_) for slice_ in plan.slices)
    overviews = [block(plan.overview)] if plan.overview else []
    if not has_several:
        overviews += [section.overview for section in sections if section.overview]
    return PlanPage(
        title=line(plan.title),
        overview="\n\n".join(overviews),
        level="###" if has_several else "##",
        has_several=has_several,
        overview_rows=_overview_rows(plan) if has_several else (),
        slices=sections,
    )


def risk_items(risk: Risk | None) -> tuple[Labelled, ...]:
    """Return a risk as list items."""
    if risk is None:
        return ()
    label = f"{risk.level.capitalize()} Risk" if risk.level else "Risk"
    reason = risk.reason or ("not explained" if risk.level else "")
    items = ((label, reason), ("Mitigation", risk.mitigation), ("Rollback", risk.rollback))
    return tuple(Labelled(label, line(text)) for label, text in items if text)


def _section(plan: Plan, slice_: Slice) -> SliceSection:
    return SliceSection(
        title=heading(slice_.title),
        overview=block(slice_.overview) if slice_.overview else "",
        scope=line(slice_.scope.summary or slice_.title),
        files=tuple(map(_file, slice_.scope.include)),
        branch=_branch(plan, slice_),
        commit=code(slice_.commit) if slice_.commit else "",
        notes=tuple(Labelled(*note) for note in _notes(plan, slice_).items() if note[1]),
        gates=tuple(map(_gate, (*plan.gates, *slice_.gates))),
        success_criteria=tuple(map(item, slice_.success_criteria)),
        risk=risk_items(slice_.risk),
        timeline=tuple(Labelled(line(key), line(text)) for key, text in slice_.timeline),
    )


def _file(entry: Entry) -> str:
    why = f" - {line(entry.why)}" if entry.why else ""
    return f"{code(entry.text)}{why}{' (new)' if entry.new else ''}"


def _branch(plan: Plan, slice_: Slice) -> str:
    base = code(plan.base_of(slice_))
    parent = plan.slice_of(slice_.depends_on[0]) if slice_.stacked and slice_.depends_on else None
    if parent and parent.is_open:
        base = f"{_names(parent)} until that is merged, then {base}"
    forks = f" of {_either(slice_.from_)}" if slice_.from_ else ""
    return f"{_names(slice_)}{forks} from {base}"


def _names(slice_: Slice) -> str:
    return _either([entry.text for entry in slice_.branch])


def _either(texts: Sequence[str]) -> str:
    return words.join([code(text) for text in texts], "or")


def _notes(plan: Plan, slice_: Slice) -> dict[str, str]:
    """Return what follows the commit convention, by label; empty texts are left out."""
    return {
        "Excluded": _paths((*slice_.scope.exclude, *plan.exclude)),
        "Shared": _paths(shared_with(plan, slice_.id)),
        "Limits": _limits(plan.limits_of(slice_)),
        "Slice": code(slice_.id),
        "Depends on": ", ".join(map(code, slice_.depends_on)),
        "Owner": line(slice_.owner),
        "Reviewers": ", ".join(map(line, slice_.reviewers)),
        "Closed": line(slice_.closed),
    }


def _paths(entries: tuple[Entry, ...]) -> str:
    return ", ".join(code(entry.text) for entry in entries)


def _limits(limits: Limits) -> str:
    exceptions = limits.exceptions or None  # 0 is the default
    counts = ((limits.files, "file"), (limits.lines, "line"), (exceptions, "exception"))
    return ", ".join(words.count(number, noun) for number, noun in counts if number is not None)


def _gate(gate: Gate) -> GateItem:
    label = line(gate.title or gate.id)
    command = _command(gate)
    demands = _demands(gate)
    below = [command, *(["; ".join(demands)] if demands else [])]
    if gate.description:
        text = with_label(label, gate.description)
        below = [nested for nested in below if nested]
        if "\n" in text and below:
            # Without this line a list at the end of the description would continue with them.
            text += "\n\n  Checked by:"
        return GateItem(text, tuple(indent(indent(nested)) for nested in below))
    if not command:
        return GateItem(f"**{label}**: {'; '.join(demands)}", ())
    text = indent(f"\n\n{command}") if "\n" in command else f" {command}"
    return GateItem(f"**{label}**:{text}", tuple(below[1:]))


def _command(gate: Gate) -> str:
    run = gate.run if isinstance(gate.run, str) else shlex.join(gate.run)
    if not run:
        return ""
    run = run.strip("\n")
    if gate.cwd:
        run = f"cd {shlex.quote(gate.cwd)} &&{chr(10) if chr(10) in run else ' '}{run}"
    return code_block(run, "sh") if "\n" in run else code(run)


def _demands(gate: Gate) -> list[str]:
    """List what a gate requires besides exit code 0."""
    env = ", ".join(code(f"{name}={value}") for name, value in gate.env)
    texts = [
        f"{gate.repeat} times, each in a fresh process" if gate.repeat > 1 else "",
        f"after {words.join([code(id_) for id_ in gate.needs])}" if gate.needs else "",
        f"with {env}" if env else "",
        f"within {_time(gate.timeout_s)}" if gate.timeout_s != _DEFAULT_TIMEOUT_S else "",
        *(f"some line matches {code(form)}" for form in gate.expect_output),
        f"no line matches {_either(gate.forbid_output)}" if gate.forbid_output else "",
        *_coverage_demands(gate.coverage or Coverage()),
    ]
    return [text for text in texts if text]


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{seconds:g} seconds" if rest else words.effort(int(minutes), int(minutes))


def _coverage_demands(coverage: Coverage) -> list[str]:
    least, changed = coverage.minimum, coverage.changed_lines
    return [
        "no regression of coverage" if coverage.no_regression else "",
        f"coverage of {least:g} % or more" if least is not None else "",
        f"{changed:g} % or more of the changed lines covered" if changed is not None else "",
    ]


def _overview_rows(plan: Plan) -> tuple[tuple[str, ...], ...]:
    beside = _beside(plan)
    rows = []
    for slice_ in plan.slices:
        efforts = [task.effort for task in slice_.tasks if task.effort]
        low, high = (sum(effort[end] for effort in efforts) for end in (0, 1))
        row = (
            code(slice_.id) + (f" ({line(slice_.closed)})" if slice_.closed else ""),
            line(slice_.owner),
            ", ".join(code(entry.text) for entry in slice_.branch),
            ", ".join(map(code, slice_.depends_on)),
            beside.get(slice_.id, ""),
            words.effort(low, high) if efforts else "",
        )
        rows.append(tuple(cell(text) or "-" for text in row))
    return tuple(rows)


def _beside(plan: Plan) -> dict[str, str]:
    """Describe for each open slice the others with no dependency path to or from it, briefly."""
    order = slice_order([plan])
    every = [Chosen(plan, slice_) for slice_ in plan.open_slices]
    ids = [chosen.slice_.id for chosen in every]
    texts = {}
    for chosen in every:
        id_ = chosen.slice_.id
        bound = dict.fromkeys(o.slice_.id for o in every if order.is_path(chosen, o))
        free = [other for other in ids if other not in bound and other != id_]
        if len(free) > max(3, len(bound)) and len(bound) <= _MOST_NAMED:
            names = [code(other) for other in bound]
            texts[id_] = f"all but {words.join(names)}" if names else "all others"
        elif len(free) <= _MOST_NAMED:
            texts[id_] = ", ".join(map(code, free)) or "none"
        else:
            texts[id_] = words.count(len(free), "other")
    return texts
