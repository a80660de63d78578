"""Reads the gates of a page; what has no command is a criterion."""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.agents.imports.found import id_of
from planner.agents.imports.pages.undone import (
    Bullet,
    as_block,
    codes,
    only_code,
    split_label,
    split_outside_code,
    unescaped,
    without_codes,
)
from planner.render.markdown import start

_LISTS: Final = {"after": "needs", "no line matches": "forbid_output", "with": "env"}


class Shown(NamedTuple):
    """A gate as it is shown.

    Attributes:
        command: empty where it has none.
        demands: the keys of the gate that its demands say; `id` among them where it is shown.
    """

    label: str
    description: str
    command: str
    demands: dict[str, Any]
    number: int

    @property
    def criterion(self) -> str:
        """The gate as a criterion, where it has neither command nor coverage."""
        is_gate = self.command or "coverage" in self.demands
        said = unescaped(" ".join(self.description.split()))
        return "" if is_gate else ": ".join(filter(None, (self.label, said)))


def shown_gates(items: Sequence[Bullet]) -> list[Shown]:
    """Return the gates of a list."""
    return [_shown(item) for item in items]


def _shown(item: Bullet) -> Shown:
    label, rest = split_label(item.text)
    if not label:
        return Shown("", unescaped(item.text), "", {}, item.number)
    head, command, below = _parts(rest)
    demands = _demands("; ".join(line for line in below if line))
    if not command and demands is not None and not below:
        inline = only_code(head) if "\n" not in head else None
        if inline is not None:
            return Shown(label, "", inline, {}, item.number)
        told = _demands(head)
        if told and "coverage" in told:
            return Shown(label, "", "", told, item.number)
    if demands is None:  # not of planner: the list belongs to the text
        head = "\n".join([head, *(f"- {line}" for line in below)]).strip("\n")
    if not command and not head.strip() and demands:
        return Shown(label, "", "", demands, item.number)
    if command and "\n" not in head and not head:
        return Shown(label, "", command, demands or {}, item.number)
    inline = only_code(head) if "\n" not in head and not command else None
    if inline is not None:
        return Shown(label, "", inline, demands or {}, item.number)
    # Behind a label nothing starts a list, and nothing is escaped that would.
    head = as_block(head) if rest.startswith("\n") else start(head)
    return Shown(label, head, command, demands or {}, item.number)


def _parts(text: str) -> tuple[str, str, list[str]]:
    """The description of a gate, its command, and the lines of what it demands."""
    rows = text.split("\n")
    if "Checked by:" in rows:
        at = len(rows) - 1 - rows[::-1].index("Checked by:")
        head, tail = "\n".join(rows[:at]).strip("\n"), rows[at + 1 :]
    else:
        fences = [at for at, row in enumerate(rows) if re.fullmatch("`{3,}sh", row)]
        lists = [at for at, row in enumerate(rows) if at and row.startswith("- ")]
        at = min([*fences[-1:], *lists[:1]], default=len(rows))
        head, tail = "\n".join(rows[:at]).strip("\n"), rows[at:]
    command, tail = _block(tail)
    below = [row[2:] for row in tail if row.startswith("- ")]
    if not command and below and only_code(below[0]) is not None:
        command = only_code(below.pop(0)) or ""
    return head, command, below


def _block(rows: list[str]) -> tuple[str, list[str]]:
    """The script of a fenced block at the start of the lines, and the lines after it."""
    rows = rows[next((at for at, row in enumerate(rows) if row.strip()), len(rows)) :]
    fence = re.fullmatch("(`{3,})sh", rows[0]) if rows else None
    if not fence:
        return "", rows
    end = next((at for at, row in enumerate(rows) if at and row == fence[1]), len(rows))
    return "\n".join(rows[1:end]), rows[end + 1 :]


def _demands(text: str) -> dict[str, Any] | None:
    """The keys of what a gate demands besides exit code 0; None where a part is not known."""
    keys: dict[str, Any] = {}
    for part in split_outside_code(text, "; ") if text else ():
        one = _demand(part.strip())
        if one is None:
            return None
        key, value = one
        if key == "coverage":
            keys.setdefault("coverage", {}).update(value)
        elif key == "expect_output":
            keys.setdefault(key, []).append(value)
        else:
            keys[key] = value
    return keys


def _demand(part: str) -> tuple[str, Any] | None:
    found = codes(part)
    words = " ".join(without_codes(part).replace("\0", "").replace(",", "").split())
    words = re.sub(r"(?: or| and)+$", "", words)
    if words == "id" and len(found) == 1:
        return "id", found[0]
    if words == "some line matches" and len(found) == 1:
        return "expect_output", found[0]
    if words in _LISTS and found:
        key = _LISTS[words]
        pairs = dict(one.partition("=")[::2] for one in found)
        return key, pairs if key == "env" else found
    if found:
        return None
    for pattern, make in _SAID:
        said = re.fullmatch(pattern, part)
        if said:
            return make(said)
    return None


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() else value


def _time(said: re.Match[str]) -> tuple[str, Any]:
    number, unit = said[1], said[2]
    # Hours are rounded for readers: only whole minutes are shown that way.
    text = f"{round(float(number) * 60)}m" if unit == "hour" else f"{number}{unit[0]}"
    return "timeout", text


_FLOAT: Final = r"([0-9.]+(?:e[+-]?\d+)?)"
_SAID: Final = (
    (r"(\d+) times, each in a fresh process", lambda said: ("repeat", int(said[1]))),
    (rf"within {_FLOAT} (hour|minute|second)s?", _time),
    (r"no regression of coverage", lambda said: ("coverage", {"no_regression": True})),
    (rf"coverage of {_FLOAT} % or more", lambda said: ("coverage", {"minimum": _number(said[1])})),
    (
        rf"{_FLOAT} % or more of the changed lines covered",
        lambda said: ("coverage", {"changed_lines": _number(said[1])}),
    ),
)


def gate_records(
    shown: Sequence[Shown], needed: Collection[str], taken: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the gates of a list as records of the plan.

    Args:
        needed: the ids that any gate of the plan needs; those are shown.
        taken: the ids of the gates of the plan, which a slice's must not have.
    """
    used = set(taken)
    fixed = {one.demands["id"] for one in shown if "id" in one.demands}
    for one in shown:
        if one.criterion:
            continue
        keys = {key: value for key, value in one.demands.items() if key != "id"}
        id_ = one.demands.get("id") or _free(one.label, needed, used | fixed)
        used.add(id_)
        record: dict[str, Any] = {"id": id_}
        if one.label != id_ or "id" in one.demands:
            record["title"] = one.label
        if one.description:
            record["description"] = one.description
        yield {**record, **_command(one.command), **keys}


def _free(label: str, needed: Collection[str], used: Collection[str]) -> str:
    """The id of a gate that shows none: its label where that is one."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]*", label) and label not in used:
        return label
    wanted = id_of(label, "gate")
    number, id_ = 1, wanted
    while id_ in used or id_ in needed:
        number += 1
        id_ = f"{wanted}-{number}"
    return id_


def _command(command: str) -> dict[str, Any]:
    """The keys of a command; `cd FOLDER &&` in front of it is its folder."""
    found = re.match(r"cd (.+?) &&( |\n)", command)
    if found and found[2] == ("\n" if "\n" in command[found.end() :] else " "):
        try:
            words = shlex.split(found[1])
        except ValueError:
            words = []
        if len(words) == 1 and shlex.quote(words[0]) == found[1] and command[found.end() :].strip():
            return {"run": command[found.end() :], "cwd": words[0]}
    return {"run": command} if command else {}
