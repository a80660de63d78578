"""The hooks in the settings of a client: added to what is there, and taken out again."""

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner import files
from planner.agents.hooks import json_text
from planner.agents.hooks.json_text import Container, Item, NotJsonError
from planner.agents.hooks.payloads import Client
from planner.errors import PlannerError
from planner.repository import hooks

PATHS: Final = hooks.AGENTS
TO_DO: Final[dict[Client, str]] = {
    "claude": "Claude Code reads the file when a session starts in a folder that is trusted",
    "copilot": "commit the file: the cloud agent reads only what is committed; the CLI waits until "
    "the folder is trusted; install planner in .github/workflows/copilot-setup-steps.yml",
    "cursor": "Cursor reads the file when it is saved; cloud agents run no hooks",
    "codex": "Codex skips a hook without a word until you trust it: open the project in Codex, and "
    "trust planner's hooks in /hooks",
}
"""What the user must still do."""
_VERSIONED: Final = ("cursor", "copilot")
_LARGEST_BYTES: Final = 4 * 1024 * 1024
_EVENTS: Final = frozenset(["PreToolUse", "preToolUse", "Stop", "stop", "agentStop"])
_GUARDS: Final = tuple(
    f"planner guard{closed}{stop}" for closed in ("", " --fail-closed") for stop in ("", " --stop")
)
# Copilot denies every edit where the command is missing.
_IF_THERE: Final = "command -v planner >/dev/null 2>&1 || exit 0; "
_OWN: Final = frozenset([*_GUARDS, *(f"{_IF_THERE}{guard}" for guard in _GUARDS)])
"""All commands that planner writes, and no other: whoever changed one keeps it."""


class Changed(NamedTuple):
    """A file of settings: whether it was changed, and whether it is gone.

    Attributes:
        lacks: a key that the client needs and that is not there; may be empty.
    """

    path: str
    is_changed: bool
    is_gone: bool = False
    lacks: str = ""


def _entries(client: Client, *, is_closed: bool) -> dict[str, dict[str, Any]]:
    """The hooks of a client, by event."""
    guard = "planner guard --fail-closed" if is_closed else "planner guard"
    if client == "cursor":
        return {
            "preToolUse": {
                "command": guard,
                "matcher": "Write|StrReplace|Delete|EditNotebook|ApplyPatch",
                **({"failClosed": True} if is_closed else {}),
            },
            "stop": {"command": f"{guard} --stop", "loop_limit": 1},
        }
    if client == "copilot":
        return {"preToolUse": _of_copilot(guard), "agentStop": _of_copilot(f"{guard} --stop")}
    tools = "apply_patch|Edit|Write" if client == "codex" else "Write|Edit|MultiEdit|NotebookEdit"
    return {
        "PreToolUse": {"matcher": tools, "hooks": [{"type": "command", "command": guard}]},
        "Stop": {"hooks": [{"type": "command", "command": f"{guard} --stop"}]},
    }


def _of_copilot(command: str) -> dict[str, Any]:
    there = f"{_IF_THERE}{command}"
    return {"type": "command", "bash": there, "powershell": command, "timeoutSec": 30}


def _whole(client: Client, *, is_closed: bool) -> str:
    """The text of a file that has nothing but the hooks."""
    hooks = {event: [entry] for event, entry in _entries(client, is_closed=is_closed).items()}
    version = {"version": 1} if client in _VERSIONED else {}
    return json.dumps({**version, "hooks": hooks}, indent=2) + "\n"


def install(root: Path, client: Client, *, is_closed: bool) -> Changed:
    """Add the hooks to the settings of a client, in the place of earlier ones of planner.

    Args:
        root: the root of the work tree.
        is_closed: whether the hooks deny what they cannot judge.

    Raises:
        PlannerError: the settings are not what they should be, or cannot be written.
    """
    path = root / PATHS[client]
    before = _read(path, root)
    if before is None:
        files.create(path, _whole(client, is_closed=is_closed).encode())
        return Changed(PATHS[client], is_changed=True)
    mark, text = _decoded(before, path)
    if text == _whole(client, is_closed=is_closed):
        return Changed(PATHS[client], is_changed=False)
    if text in _every_whole(client):
        after = _whole(client, is_closed=is_closed)
    else:
        after = _with(_without(text), _entries(client, is_closed=is_closed))
    changed = _written(path, PATHS[client], before, mark + after.encode())
    has_version = client not in _VERSIONED or "version" in json_text.parse(after)
    return changed if has_version else changed._replace(lacks='"version": 1')


def uninstall(root: Path, client: Client) -> Changed:
    """Take the hooks out of the settings of a client; a file that has nothing else is removed.

    Raises:
        PlannerError: the settings are not what they should be, or cannot be written.
    """
    path = root / PATHS[client]
    before = _read(path, root)
    if before is None:
        return Changed(PATHS[client], is_changed=False)
    mark, text = _decoded(before, path)
    if text in _every_whole(client):
        path.unlink()
        return Changed(PATHS[client], is_changed=True, is_gone=True)
    return _written(path, PATHS[client], before, mark + _without(text).encode())


def _every_whole(client: Client) -> tuple[str, str]:
    return _whole(client, is_closed=False), _whole(client, is_closed=True)


def _read(path: Path, root: Path) -> bytes | None:
    files.refuse_links(path, root)
    content = files.read(path, most=_LARGEST_BYTES + 1)
    if content is not None and len(content) > _LARGEST_BYTES:
        raise PlannerError(f"{str(path)!r} is larger than {_LARGEST_BYTES >> 20} MiB")
    return content


def _written(path: Path, name: str, before: bytes, after: bytes) -> Changed:
    if before != after:
        files.write(path, after)
    return Changed(name, is_changed=before != after)


def _decoded(content: bytes, path: Path) -> tuple[bytes, str]:
    """The byte order mark of settings, and their text.

    Raises:
        PlannerError: they are not what a client reads.
    """
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    try:
        text = content.removeprefix(mark).decode()
        settings = json_text.parse(text)
    except (NotJsonError, UnicodeDecodeError) as error:
        raise PlannerError(
            f"{str(path)!r} is not JSON, so it is left as it is: {error}",
            hint="correct it, or add the hooks by hand: docs/how-to/agents.md",
        ) from error
    hooks = settings.get("hooks", {}) if isinstance(settings, dict) else None
    lists = hooks.values() if isinstance(hooks, dict) else [None]
    if not all(isinstance(one, list) for one in lists):
        raise PlannerError(
            f"{str(path)!r} does not have a list of hooks for each event under 'hooks', so it is "
            "left as it is",
            hint="correct it, or add the hooks by hand: docs/how-to/agents.md",
        )
    return mark, text


def _with(text: str, entries: dict[str, dict[str, Any]]) -> str:
    """Return settings with hooks for each of these events."""
    for event, entry in entries.items():
        root = json_text.container(text, 0)
        hooks = root.item("hooks")
        if hooks is None:
            text = json_text.added(text, root, {event: [entry]}, "hooks")
            continue
        of_events = json_text.container(text, hooks.value)
        listed = of_events.item(event)
        if listed is None:
            text = json_text.added(text, of_events, [entry], event)
        else:
            text = json_text.added(text, json_text.container(text, listed.value), entry)
    return text


def _without(text: str) -> str:
    """Return settings without the hooks of planner, and without what they came with."""
    while True:
        found = _last_own(text)
        if found is None:
            return text
        for of, item in found:
            is_alone = len(of.items) == 1 and json_text.came_along(text, of)
            if not is_alone or of is found[-1][0]:
                text = json_text.removed(text, of, item)
                break


def _last_own(text: str) -> list[tuple[Container, Item]] | None:
    """The last hook of planner, with the list, mapping of events and settings that it is in."""
    root = json_text.container(text, 0)
    hooks = root.item("hooks")
    if hooks is None:
        return None
    of_events = json_text.container(text, hooks.value)
    for event in reversed(of_events.items):
        if event.key not in _EVENTS:
            continue
        listed = json_text.container(text, event.value)
        for item, value in reversed(list(json_text.values(text, listed))):
            if _is_own(value):
                return [(listed, item), (of_events, event), (root, hooks)]
    return None


def _is_own(entry: object) -> bool:
    """Whether all that an entry runs is the guard."""
    if not isinstance(entry, dict):
        return False
    inner = entry.get("hooks")
    if isinstance(inner, list):
        return bool(inner) and all(map(_is_own, inner))
    commands = [entry[key] for key in ("command", "bash", "powershell") if key in entry]
    return bool(commands) and all(isinstance(one, str) and one in _OWN for one in commands)
