"""The content of PLAN.md, as escaped Markdown for the template."""

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.plan.model import Chosen, Coverage, Entry, Gate, Limits, Plan, Risk, Slice, shared_with
from planner.render import words
from planner.render.described import block, with_label
from planner.render.markdown import cell, code, code_block, heading, indent, item, line
from planner.scopes.dependencies import slice_order

_MOST_NAMED: Final = 10  # slices in one cell of a table
_DEFAULT_TIMEOUT_S: Final = Gate._field_defaults["timeout_s"]


class Labelled(NamedTuple):
    """A label, and the text after it."""

    label: str
    text: str


class Note(NamedTuple):
    """A label with a text, or with paths in a list below it."""

    label: str
    text: str
    paths: tuple[str, ...] = ()


class GateItem(NamedTuple):
    """A gate as a list item, and the items below it."""

    text: str
    below: tuple[str, ...]


class SliceSection(NamedTuple):
    """The sections of one slice; empty values are left out.

    With several slices `suffix` ends the headings of its sections, so that no two are the same.
    """

    title: str
    suffix: str
    overview: str
    scope: str
    files: tuple[str, ...]
    branch: str
    commit: str
    notes: tuple[Note, ...]
    gates: tuple[GateItem, ...]
    success_criteria: tuple[str, ...]
    risk: tuple[Labelled, ...]
    timeline: tuple[Labelled, ...]


class PlanPage(NamedTuple):
    """The page. `level` is the number signs of the headings of a slice's sections.

    With several slices each has a section, `overview_rows` is the table of them, and what they
    have in common is told once.
    """

    title: str
    overview: str
    level: str
    has_several: bool
    overview_rows: tuple[tuple[str, ...], ...]
    common_notes: tuple[Note, ...]
    common_gates: tuple[GateItem, ...]
    slices: tuple[SliceSection, ...]


def plan_page(plan: Plan) -> PlanPage:
    """Return the page of a plan."""
    has_several = len(plan.slices) > 1
    titles = slice_titles(plan)
    sections = tuple(_section(plan, slice_, titles[slice_.id]) for slice_ in plan.slices)
    overviews = [block(plan.overview)] if plan.overview else []
    if not has_several:
        overviews += [section.overview for section in sections if section.overview]
    return PlanPage(
        title=line(plan.title, before=""),
        overview="\n\n".join(overviews),
        level="###" if has_several else "##",
        has_several=has_several,
        overview_rows=_overview_rows(plan) if has_several else (),
        common_notes=_common_notes(plan) if has_several else (),
        common_gates=_gates(plan, plan.gates) if has_several else (),
        slices=sections,
    )


_HEADINGS: Final = ("Overview", "Slices", "Common to All Slices")


def slice_titles(plan: Plan) -> dict[str, str]:
    """Return the heading of each slice by its id; with the id where it is not the only one."""
    titles = {slice_.id: heading(slice_.title) for slice_ in plan.slices}
    counts = Counter([*titles.values(), *_HEADINGS])
    return {
        id_: title if counts[title] == 1 else f"{title} ({code(id_)})"
        for id_, title in titles.items()
    }


def risk_items(risk: Risk | None) -> tuple[Labelled, ...]:
    """Return a risk as list items."""
    if risk is None:
        return ()
    label = f"{risk.level.capitalize()} Risk" if risk.level else "Risk"
    reason = risk.reason or ("not explained" if risk.level else "")
    items = ((label, reason), ("Mitigation", risk.mitigation), ("Rollback", risk.rollback))
    return tuple(Labelled(label, line(text)) for label, text in items if text)


def _section(plan: Plan, slice_: Slice, title: str) -> SliceSection:
    is_single = len(plan.slices) == 1
    return SliceSection(
        title=title,
        suffix="" if is_single else f": {code(slice_.id)}",
        overview=block(slice_.overview) if slice_.overview else "",
        scope=line(slice_.scope.summary or slice_.title),
        files=tuple(map(_file, slice_.scope.include)),
        branch=_branch(plan, slice_),
        commit=code(slice_.commit) if slice_.commit else "",
        notes=_notes(plan, slice_, is_single=is_single),
        gates=_gates(plan, (*plan.gates, *slice_.gates) if is_single else slice_.gates),
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


def _notes(plan: Plan, slice_: Slice, *, is_single: bool) -> tuple[Note, ...]:
    """Return what follows the commit convention; what all slices have in common only if single."""
    exclude, shared = slice_.scope.exclude, shared_with(plan, slice_.id)
    if is_single:
        exclude = (*exclude, *plan.exclude)
    else:
        shared = tuple(entry for entry in shared if entry not in _for_all(plan))
    limits = plan.limits_of(slice_)
    return _present(
        _paths("Excluded", exclude),
        _paths("Shared", shared),
        Note("Limits", _limits(limits) if is_single or limits != plan.limits else ""),
        Note("Slice", code(slice_.id)),
        Note("Depends on", ", ".join(map(code, slice_.depends_on))),
        Note("Owner", line(slice_.owner)),
        Note("Reviewers", ", ".join(map(line, slice_.reviewers))),
        Note("Closed", line(slice_.closed)),
    )


def _common_notes(plan: Plan) -> tuple[Note, ...]:
    bases = {plan.base_of(slice_) for slice_ in plan.slices}
    return _present(
        Note("Base", code(plan.base) if bases == {plan.base} else ""),
        _paths("Excluded", plan.exclude),
        _paths("Shared", _for_all(plan)),
        Note("Limits", _limits(plan.limits)),
    )


def _for_all(plan: Plan) -> tuple[Entry, ...]:
    """Return the shared and generated paths of all slices."""
    return (*(entry for entry in plan.shared if not entry.slices), *plan.generated)


def _present(*notes: Note) -> tuple[Note, ...]:
    return tuple(note for note in notes if note.text or note.paths)


def _paths(label: str, entries: tuple[Entry, ...]) -> Note:
    """Return paths in one line, or in a list if one has a reason."""
    if any(entry.why for entry in entries):
        return Note(label, "", tuple(map(_file, entries)))
    return Note(label, ", ".join(code(entry.text) for entry in entries))


def _limits(limits: Limits) -> str:
    exceptions = limits.exceptions or None  # 0 is the default
    counts = ((limits.files, "file"), (limits.lines, "line"), (exceptions, "exception"))
    return ", ".join(words.count(number, noun) for number, noun in counts if number is not None)


def _gates(plan: Plan, gates: tuple[Gate, ...]) -> tuple[GateItem, ...]:
    every = (*plan.gates, *(gate for slice_ in plan.slices for gate in slice_.gates))
    needed = {id_ for gate in every for id_ in gate.needs}
    return tuple(_gate(gate, is_needed=gate.id in needed) for gate in gates)


def _gate(gate: Gate, *, is_needed: bool) -> GateItem:
    """Return a gate; one that another needs shows the id by which that names it."""
    label = line(gate.title or gate.id)
    command = _command(gate)
    id_ = [f"id {code(gate.id)}"] if is_needed and gate.title else []
    demands = "; ".join([*id_, *_demands(gate)])
    below = [demands] if demands else []
    is_block = "\n" in command
    if gate.description:
        text = with_label(label, gate.description)
        if "\n\n" in text or is_block:
            # Without this line a list at the end of the description would continue with them.
            text += "\n\n  Checked by:" if "\n\n" in text and (command or below) else ""
        if is_block:
            return GateItem(f"{text}\n\n{indent(f'  {command}')}", tuple(below))
        return GateItem(text, tuple(filter(None, [command, *below])))
    if not command:
        return GateItem(f"**{label}**: {demands}", ())
    if is_block:
        return GateItem(f"**{label}**:\n\n{indent(f'  {command}')}", tuple(below))
    return GateItem(f"**{label}**: {command}", tuple(below))


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
