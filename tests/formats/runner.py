"""What GitHub's runner makes of a log: a port of its parser of workflow commands.

actions/runner, src/Runner.Common/ActionCommand.cs: `::name key=value,…::data` behind any white
space, else the older `##[name key=value;…]data` anywhere in a line.
"""

import re
from typing import NamedTuple

_NAMES = (
    "error", "warning", "notice", "debug", "group", "endgroup", "echo", "add-mask", "add-matcher",
    "remove-matcher", "stop-commands", "set-output", "save-state", "set-env", "add-path",
)  # fmt: skip


class Command(NamedTuple):
    """A workflow command, its values unescaped."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """The commands that the runner takes from a log."""
    lines = re.split("\r\n|\r|\n", log)
    return [command for line in lines if (command := _new(line) or _old(line))]


def _new(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, listed = head.partition(" ")
    if name.lower() not in _NAMES:
        return None
    pairs = (pair.partition("=") for pair in listed.strip().split(","))
    properties = {key: _property(value) for key, sign, value in pairs if sign and value}
    return Command(name, properties, _data(data))


def _old(line: str) -> Command | None:
    start = line.find("##[")
    if start < 0 or "]" not in line[start:]:
        return None
    head, _, data = line[start + 3 :].partition("]")
    name = head.partition(" ")[0]
    return Command(name, {}, data) if name.lower() in _NAMES else None


def _data(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _property(text: str) -> str:
    for escaped, plain in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text
