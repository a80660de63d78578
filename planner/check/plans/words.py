# ruff: noqa: ANN401 - values are data of JSON
"""A difference between two plans in words: `slice api: gate tests runs 'true'`."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from planner.check.plans.differences import Difference, Step
from planner.plan.model import of_several

TEXTS: Final = frozenset(
    {
        "title", "overview", "summary", "description", "why", "new", "success_criteria", "risk",
        "timeline", "start", "milestones", "success_metrics",
    }
)  # fmt: skip
"""The keys of a plan that decide nothing about a branch."""
_NOUNS: Final = {
    "slices": "slice",
    "gates": "gate",
    "tasks": "task",
    "owners": "owner",
    "reviewers": "reviewer",
    "unplanned": "rule for",
    "queues": "queue",
}
_WITH_IDS: Final = frozenset({"slices", "gates", "tasks"})
_OF_EVERY_SLICE: Final = frozenset({"exclude", "gates", "limits"})
_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][\w-]*")
_NUMBERED: Final = re.compile(r"(.+) \(([0-9]+)\)")
_NAMED_BY: Final = {"unplanned": "branch", "shared": "path"}
_COMMANDS: Final = frozenset({"run", "setup"})
_MOST_ENTRIES: Final = 3
_LONGEST_COMMAND: Final = 400
_WIDEST: Final = 80  # characters of a value


def key_of(difference: Difference) -> str:
    """Return the way to a value by ids, such as `slices.api.scope.include[README.md]`."""
    parts = []
    for key, entry in difference.steps:
        parts.append(f".{key}")
        if entry:
            parts.append(f".{entry}" if _PLAIN_NAME.fullmatch(entry) else f"[{entry}]")
    return "".join(parts).lstrip(".")


def values(difference: Difference) -> tuple[str, str]:
    """Return the earlier and the later value in words, cut around the first place they differ."""
    key = difference.keys[-1]
    before, after = difference.before, difference.after
    start = 0
    if difference.is_order:
        start = _first_difference(before, after)
        before, after = before[start:], after[start:]
    elif isinstance(before, str) and isinstance(after, str):
        start = _first_difference(before, after)
    return _shown(key, before, start), _shown(key, after, start)


def sentence(difference: Difference, concerned: str = "") -> str:
    """Return what is new, gone or other, in plain English.

    Args:
        concerned: what a value outside of slices concerns; default: the plan, or every slice.
    """
    steps = difference.steps
    subject = "" if steps[0].entry else "the plan"
    if steps[0].key in _OF_EVERY_SLICE:
        subject = "every slice"
    if difference.slice_id and len(steps) > 1:
        subject, steps = f"slice {difference.slice_id}", steps[1:]
    elif not difference.slice_id:
        subject = concerned or subject
    what = f"{subject}: {_what(steps)}" if subject else _what(steps)
    was, now = values(difference)
    if difference.is_order:
        return f"{what} is in another order: {now} (before: {was})"
    if difference.is_new or difference.is_gone:
        more = _record(steps[-1], difference.after if difference.is_new else difference.before)
        return f"{what} is {'new' if difference.is_new else 'gone'}{f': {more}' if more else ''}"
    before = difference.before
    name = before.get("path") if isinstance(before, dict) else before
    if steps[-1].entry and steps[-1].entry == name:
        return f"{what} is now {now}"
    if what.endswith(": run"):
        return f"{what.removesuffix(': run')} runs {now} (before: {was})"
    return f"{what} is {now} (before: {was})"


def _what(steps: Sequence[Step]) -> str:
    parts: list[str] = []
    keys: list[str] = []
    for key, entry in steps:
        keys.append(_NOUNS.get(key, key) if entry else key)
        if entry:
            several = _NUMBERED.fullmatch(entry) if key == "unplanned" else None
            name = entry if key in _WITH_IDS else f"'{entry}'"
            if several:
                name = of_several(several[1], int(several[2]))
            parts.append(f"{'.'.join(keys)} {name}")
            keys = []
    return ": ".join([*parts, *([".".join(keys)] if keys else [])])


def _record(step: Step, value: Any) -> str:
    """The values of a record that decide something, on one line; empty for a mere name."""
    if isinstance(value, dict):
        return ", ".join(_values(value, without=_NAMED_BY.get(step.key, "id")))
    is_name = isinstance(value, str) and step.entry.startswith(value)
    return "" if is_name else _shown(step.key, value)


def _values(value: dict[str, Any], without: str = "") -> Iterator[str]:
    for key, inner in value.items():
        if key in TEXTS or key in (without, "tasks"):
            continue
        if isinstance(inner, dict) and key in ("scope", "limits"):
            yield from _values(inner)
        else:
            yield f"{key} {_shown(key, inner)}"


def _shown(key: str, value: Any, start: int = 0) -> str:
    """A value in words; of a long text the part around `start`."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and key not in _COMMANDS:
        shown = [_entry(key, each) for each in value]
        if key in ("include", "branch", "from"):
            shown.sort(key=_narrowness)  # so that the widest are not those that are left out
        more = len(value) - _MOST_ENTRIES
        return (
            ", ".join(shown[:_MOST_ENTRIES]) + (f" and {more} more" if more > 0 else "")
            if value
            else "empty"
        )
    if isinstance(value, dict) and "path" in value:
        return _shown(key, value["path"])
    if isinstance(value, dict):
        return f"({', '.join(f'{name} {_shown(name, each)}' for name, each in value.items())})"
    if isinstance(value, list):
        return f"`{_command(' '.join(map(str, value)), start)}`"
    if isinstance(value, str):
        return f"`{_command(value, start)}`" if key in _COMMANDS else f"'{_cut(value, start)}'"
    return str(value)


def _narrowness(text: str) -> tuple[int, int, int]:
    """Wildcards for any depth come first, then others, folders, and names."""
    kinds = ("**" in text, "*" in text or "?" in text, text.rstrip("'").endswith("/"), True)
    return kinds.index(True), text.count("/"), len(text)


def _entry(key: str, value: Any) -> str:
    if isinstance(value, dict):
        return str(value["id"]) if "id" in value else _shown(key, value)
    return _shown(key, value)


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _command(text: str, start: int) -> str:
    """A command, whole unless it is long; then its end is shown as well, which may undo it."""
    if len(text) <= _LONGEST_COMMAND:
        return text
    cut = _cut(text, start)
    return cut if cut.endswith(text[-_WIDEST // 2 :]) else f"{cut} {text[-_WIDEST:]}"


def _cut(text: str, start: int) -> str:
    begin = max(0, start - _WIDEST // 4) if len(text) > _WIDEST else 0
    cut = text[begin : begin + _WIDEST]
    return ("…" if begin else "") + cut + ("…" if begin + len(cut) < len(text) else "")
