"""A brief as a text of few bytes: what is least important is cut first, and that is said."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from planner.agents.brief import Brief
from planner.formats.text import visible
from planner.paths import shell_text
from planner.plan.model import Chosen, Entry, Gate, Plan, Slice, Task

TYPICAL_BYTES: Final = 1600
MOST_BYTES: Final = 3200
_LONGEST: Final = 120  # bytes of a title, a command, or another text on a line
_GOAL: Final = 400  # bytes


class Text(NamedTuple):
    """A brief as text, and whether something was left out of it."""

    text: str
    is_shortened: bool


class _Line(NamedTuple):
    """A line; its remark may be cut, its text only with the whole line."""

    text: str
    remark: str = ""


class _Section(NamedTuple):
    """Lines below a heading, which goes with the last of them.

    Attributes:
        rank: of two sections the one with the lower rank is cut first.
        least: how many lines stay as long as anything else can be cut.
        more: what is written in the place of lines that were cut; `{}` is their number.
    """

    heading: str
    lines: tuple[_Line, ...]
    rank: int
    least: int = 0
    more: str = ""


def text_of(brief: Brief) -> Text:
    """Return a brief as text: of `TYPICAL_BYTES` if that can be, of `MOST_BYTES` at most."""
    sections = [one for one in _sections(brief) if one.lines]
    whole = _joined(sections)
    if _size(whole) <= TYPICAL_BYTES:
        return Text(whole, is_shortened=False)
    note = f"Shortened; all of it: planner brief {shell_text(brief.part.id)} --format json"
    sections.append(_Section("", (_Line(note),), _LAST))
    for most, is_urgent in ((TYPICAL_BYTES, False), (MOST_BYTES, True)):
        sections = _cut(sections, most, is_urgent=is_urgent)
    return Text(_joined(sections), is_shortened=True)


_LAST: Final = 99  # never cut


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _joined(sections: Iterable[_Section]) -> str:
    paragraphs = []
    for one in sections:
        lines = [one.heading, *(line.text + line.remark for line in one.lines)]
        paragraphs.append("\n".join(filter(None, lines)))
    return "\n".join(paragraphs) + "\n"


def _cut(sections: list[_Section], most: int, *, is_urgent: bool) -> list[_Section]:
    """Cut remarks, then lines, of the least important section first, until the text fits."""
    kept = list(sections)
    for section in sorted(sections, key=lambda one: one.rank):
        at = next(index for index, one in enumerate(kept) if one.rank == section.rank)
        over = _size(_joined(kept)) - most
        if over <= 0:
            break
        if section.rank < _LAST:
            shorter = _shortened(section, over, 0 if is_urgent else section.least)
            kept[at : at + 1] = [shorter] if shorter.lines else []
    return kept


def _shortened(section: _Section, over: int, least: int) -> _Section:
    """Return a section without as many bytes as the text has too many, as far as that is allowed.

    Args:
        over: in bytes.
        least: how many lines must stay.
    """
    lines = list(section.lines)
    for at in reversed(range(len(lines))):
        if over <= 0:
            return section._replace(lines=tuple(lines))
        over -= _size(lines[at].remark)
        lines[at] = lines[at]._replace(remark="")
    cut = 0
    over += _size(section.more)
    while over > 0 and len(lines) > least:
        over -= _size(lines.pop().text) + 1
        cut += 1
    if cut and section.more and lines:
        lines.append(_Line(section.more.format(cut)))
    return section._replace(lines=tuple(lines))


def _sections(brief: Brief) -> Iterator[_Section]:
    """All that a brief says, in the order of the text."""
    (plan, slice_), task = brief.part.chosen, brief.part.task
    scope = slice_.scope
    yield _Section("", tuple(_head(brief)), 20, 3)
    yield _Section("", tuple(_goal(slice_, task)), 13, 1)
    if task:
        yield _Section(
            "Files of the task:",
            tuple(_Line(f"- {visible(entry.text)}") for entry in task.files),
            11,
            10,
            "- and {} more",
        )
        yield _Section("Done when:", _texts(task.done_when), 8, 2, "- and {} more")
    yield _Section(
        "The branch may change only:", tuple(map(_included, brief.include)), 12, 20,
        "- and {} more patterns",
    )  # fmt: skip
    yield _Section("But not:", _patterns(scope.exclude), 10, 10, "- and {} more patterns")
    yield _Section(
        "Shared, so it may change them too:", _patterns(brief.shared), 7, 5,
        "- and {} more patterns",
    )  # fmt: skip
    yield _Section("Held by other slices; do not change unless shared:", tuple(_near(brief)), 4, 3)
    yield _Section(
        "Excluded for every slice, unless the exact path is listed above:",
        _patterns(brief.excluded), 5, 3, "- and {} more patterns",
    )  # fmt: skip
    if not task:
        yield _Section(
            "Tasks, in this order:", tuple(_tasks(slice_)), 9, 5, "and {} more: planner tasks"
        )
        yield _Section("Done when:", _texts(slice_.success_criteria), 2, 0, "- and {} more")
    yield _Section(
        "Gates (planner run-gates runs them):", tuple(_gates(plan, slice_)), 6, 4,
        "- and {} more",
    )  # fmt: skip
    yield _Section("", tuple(_tail(brief)), 21, 3)


def _head(brief: Brief) -> Iterator[_Line]:
    (plan, slice_), task = brief.part.chosen, brief.part.task
    of = f"Task {task.id} of the slice {slice_.id}" if task else f"Slice {slice_.id}"
    yield _Line(f"{of}: {_short(task.title if task else slice_.title)}")
    yield _Line(f"Branch: {_branch(brief)}")
    where = f"{brief.revision}" if brief.revision else "the work tree alone: not agreed yet"
    yield _Line(f"Plan: {visible(plan.path)} in {visible(where)}")
    if slice_.commit:
        yield _Line(f"Title of the pull request: {_short(slice_.commit)}")
    waits = task.depends_on if task else slice_.depends_on
    if waits:
        yield _Line(f"Needs first: {_short(', '.join(waits))}")
    owner = (task.owner if task else "") or slice_.owner
    people = [f"owner {owner}"] if owner else []
    people += [f"reviewers {', '.join(slice_.reviewers)}"] if slice_.reviewers else []
    if people:
        yield _Line(_short(f"People: {'; '.join(people)}"))
    limits = plan.limits_of(slice_)
    pairs = (("files", limits.files), ("lines", limits.lines))
    most = [f"{number} {what}" for what, number in pairs if number is not None]
    if most:
        yield _Line(f"At most {' and '.join(most)}")


def _branch(brief: Brief) -> str:
    slice_, start = brief.part.chosen.slice_, brief.start
    if brief.is_here:
        return "the one that is checked out"
    if start.problem:
        return f"{visible(start.branch)} ({_short(start.problem)})"
    named = slice_.branch[0].text if start.to_replace else ""
    replaced = f" ({visible(named)}: replace {start.to_replace})" if named else ""
    return f"{visible(start.command)}{replaced}"


def _goal(slice_: Slice, task: Task | None) -> Iterator[_Line]:
    text = task.description if task else slice_.overview or slice_.scope.summary
    if text:
        short, whole = _short(text), _short(text, _GOAL)
        rest = whole.removeprefix(short.removesuffix("…"))
        yield _Line("Goal: " + short.removesuffix("…" if rest else ""), rest)


def _short(text: str, most: int = _LONGEST) -> str:
    """Return a text on one line, cut after a word if it has more bytes."""
    line = visible(re.sub(r"\s+", " ", text).strip())
    if _size(line) <= most:
        return line
    cut = line.encode("utf-8", "surrogateescape")[: most - 3].decode("utf-8", "ignore")
    return (cut.rpartition(" ")[0] or cut) + "…"


def _texts(texts: Iterable[str]) -> tuple[_Line, ...]:
    return tuple(_Line(f"- {_short(text)}") for text in texts)


def _patterns(entries: Iterable[Entry]) -> tuple[_Line, ...]:
    texts = dict.fromkeys(visible(entry.text) for entry in entries)
    return tuple(_Line(f"- {text}") for text in texts)


def _included(entry: Entry) -> _Line:
    new = " (new)" if entry.new else ""
    return _Line(f"- {visible(entry.text)}{new}", f": {_short(entry.why)}" if entry.why else "")


def _near(brief: Brief) -> Iterator[_Line]:
    """The patterns of other slices nearby, and whose they are."""
    for chosen, entries in brief.neighbors:
        owner = f" of {_short(chosen.slice_.owner)}" if chosen.slice_.owner else ""
        for entry in entries:
            yield _Line(f"- {visible(entry.text)}: {chosen.slice_.id}{owner}")


def _tasks(slice_: Slice) -> Iterator[_Line]:
    for number, task in enumerate(slice_.tasks, 1):
        status = "" if task.status == "todo" else f" [{task.status}]"
        files = ", ".join(visible(entry.text) for entry in task.files)
        remark = f" ({files})" if files else ""
        yield _Line(f"{number}. {task.id}{status}: {_short(task.title)}", remark)


def _gates(plan: Plan, slice_: Slice) -> Iterator[_Line]:
    for gate in (*plan.gates, *slice_.gates):
        yield _Line(f"- {gate.id}: {_command(gate)}")


def _command(gate: Gate) -> str:
    """The command of a gate where it is short, else what to call it by."""
    run = gate.run if isinstance(gate.run, str) else shlex.join(gate.run)
    text = run.strip()
    if gate.cwd and text:
        text = f"cd {shell_text(gate.cwd)} && {text}"
    if not text:
        return "reads a coverage report"
    is_long = "\n" in text or _size(text) > _LONGEST
    return f"planner run-gates --gate {gate.id}" if is_long else visible(text)


def _tail(brief: Brief) -> Iterator[_Line]:
    chosen = brief.part.chosen
    yield _Line(
        "Check your edits: planner check-scope --worktree. After you commit, run all checks: "
        "planner check"
    )
    yield _Line(
        "To change any other path, stop and ask: the plan is changed first, in a pull request of "
        f"its own{_exceptions(chosen)}."
    )
    if chosen.slice_.tasks:
        example = brief.part.task.id if brief.part.task else "TASK"
        yield _Line(f"Report progress: planner mark {example} in-progress | done")


def _exceptions(chosen: Chosen) -> str:
    count = chosen.exceptions
    if not count:
        return ""
    many = "one path" if count == 1 else f"up to {count} paths"
    return f"; for {many} a line 'Scope-Exception: PATH -- REASON' in a commit message will do"
