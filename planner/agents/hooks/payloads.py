"""What a client sends its hook: which client it is, which event, and the edit it asks about."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from planner.agents.hooks.patches import Edit, UnreadableError, edits_of, is_patch

Client = Literal["claude", "copilot", "cursor", "codex", "vscode"]
CLIENTS: Final[tuple[Client, ...]] = ("claude", "copilot", "cursor", "codex")
"""The clients that a user can name; VS Code's own agent runs the hooks of the first two."""

_TOOLS: Final = frozenset(
    [
        # Claude Code; MultiEdit is gone since 2.0
        "Write", "Edit", "MultiEdit", "NotebookEdit",
        # Copilot
        "create", "edit", "str_replace_editor",
        # Codex and Copilot
        "apply_patch",
        # Cursor
        "StrReplace", "Delete", "EditNotebook", "ApplyPatch",
        # VS Code
        "create_file", "replace_string_in_file", "multi_replace_string_in_file",
        "insert_edit_into_file", "edit_notebook_file", "editFiles",
    ]
)  # fmt: skip
_READING: Final = ("view",)  # a command of str_replace_editor
_PATHS: Final = (
    "file_path", "filePath", "path", "notebook_path", "target_file", "target_notebook",
)  # fmt: skip
_PATCHES: Final = ("patch", "input", "command", "explanation_and_patch")
_INNER: Final = ("edits", "replacements")
_BEFORE: Final = ("PreToolUse", "preToolUse")
_STOPS: Final = ("Stop", "SubagentStop", "stop", "agentStop", "subagentStop")


class Payload(NamedTuple):
    """What a client sent.

    Attributes:
        is_edit: whether it is about a tool that is about to edit.
        is_stop: whether it is the end of a turn.
        was_stopped: whether the agent goes on because a hook stopped it before.
        folders: the client's folders, the current one first; may be empty.
        tool: the tool's name; may be empty.
        arguments: those of the tool, as they were sent.
    """

    client: Client
    is_edit: bool
    is_stop: bool
    was_stopped: bool
    folders: tuple[str, ...]
    tool: str
    arguments: Any = None


def parse(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a client sent.

    Raises:
        UnreadableError: it sent something else.
    """
    try:
        sent = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("what the client sent is not JSON") from error
    if not isinstance(sent, dict):
        raise UnreadableError("what the client sent is not a JSON object")
    return sent


def read(sent: Mapping[str, Any], client: Client) -> Payload:
    """Return what a client sent.

    Raises:
        UnreadableError: it is about a tool, and does not name it.
    """
    event = _text(sent, "hook_event_name", "hookEventName")
    tool = _text(sent, "tool_name", "toolName")
    is_before = event in _BEFORE or (not event and "toolName" in sent)
    is_stop = event in _STOPS or (not event and "stopReason" in sent)
    if is_before and not tool:
        raise UnreadableError("the client did not name the tool")
    arguments = sent.get("tool_input", sent.get("toolArgs"))
    return Payload(
        client,
        is_before and tool in _TOOLS,
        is_stop,
        bool(sent.get("stop_hook_active") or sent.get("loop_count"))
        or _text(sent, "status") in ("aborted", "error"),
        _folders(sent),
        tool,
        arguments,
    )


def client_of(sent: Mapping[str, Any]) -> Client:
    """Return the client that sent this; one that is unknown is taken for Claude Code."""
    if "cursor_version" in sent or "workspace_roots" in sent:
        return "cursor"
    if "turn_id" in sent:
        return "codex"
    if not {"toolName", "transcriptPath", "stop_reason", "stopReason"}.isdisjoint(sent):
        return "copilot"
    # VS Code's own agent has a timestamp as Copilot has in snake_case, but more keys.
    if "timestamp" in sent:
        return "copilot" if {"tool_use_id", "transcript_path"}.isdisjoint(sent) else "vscode"
    return "copilot" if "sessionId" in sent else "claude"


def _text(sent: Mapping[str, Any], *names: str) -> str:
    """The first of these values that is text; empty without one."""
    return next((sent[name] for name in names if isinstance(sent.get(name), str)), "")


def _folders(sent: Mapping[str, Any]) -> tuple[str, ...]:
    # Cursor's `cwd` is often the empty string.
    roots = sent.get("workspace_roots")
    every = [sent.get("cwd"), *(roots if isinstance(roots, list) else [])]
    return tuple(dict.fromkeys(one for one in every if isinstance(one, str) and one))


def edits(payload: Payload) -> tuple[Edit, ...]:
    """Return the paths that an edit would touch; none for a tool that only reads.

    Raises:
        UnreadableError: it names no path, or its patch cannot be read.
    """
    arguments = payload.arguments
    if isinstance(arguments, str):  # Copilot: a JSON text, or a raw patch
        if is_patch(arguments):
            return edits_of(arguments)
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError) as error:
            raise UnreadableError("the arguments of the tool are not JSON") from error
    if isinstance(arguments, str) and is_patch(arguments):
        return edits_of(arguments)
    if not isinstance(arguments, dict):
        raise UnreadableError("the tool has no arguments")
    if payload.tool == "str_replace_editor" and _text(arguments, "command") in _READING:
        return ()
    is_entry = payload.tool == "Delete"
    found = [Edit(path, is_entry) for path in _paths(arguments)]
    for name in _PATCHES:
        value = arguments.get(name)
        if isinstance(value, str) and (is_patch(value) or _is_patching(payload, name)):
            found += edits_of(value)
    if not found:
        raise UnreadableError("the tool names no path")
    return tuple(found)


def _is_patching(payload: Payload, name: str) -> bool:
    """Whether the argument must be a patch, though it does not look like one."""
    return payload.tool in ("apply_patch", "ApplyPatch") and name in _PATCHES[:3]


def _paths(arguments: Mapping[str, Any]) -> Iterator[str]:
    """All paths that the arguments name, also those of several edits in one call.

    Raises:
        UnreadableError: one of them is not text, or empty; or one of several edits has none.
    """
    is_named = False
    for name in _PATHS:
        if name in arguments:
            is_named = True
            yield _path(name, arguments[name])
    files = arguments.get("files")
    for one in files if isinstance(files, list) else ():
        is_named = True
        yield _path("files", one)
    for name in _INNER:
        inner = arguments.get(name)
        for one in inner if isinstance(inner, list) else ():
            found = [*_paths(one)] if isinstance(one, dict) else []
            if not found and not is_named:
                raise UnreadableError(f"an entry of {name!r} of the tool names no path")
            yield from found


def _path(name: str, value: object) -> str:
    if not isinstance(value, str) or not value or "\0" in value:
        raise UnreadableError(f"{name!r} of the tool is not a path")
    return value
