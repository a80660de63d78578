"""What the clients of coding agents send their hooks, in the shapes of November 2026."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Sent = dict[str, Any]


def claude(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    return {
        "session_id": "s",
        "prompt_id": "p",
        "transcript_path": "/home/x/.claude/t.jsonl",
        "cwd": str(folder),
        "permission_mode": "default",
        "effort": "high",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": arguments,
        "tool_use_id": "toolu_1",
        **more,
    }


def codex(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    return {
        "session_id": "s",
        "turn_id": "t",
        "transcript_path": None,
        "cwd": str(folder),
        "hook_event_name": "PreToolUse",
        "model": "gpt",
        "permission_mode": "default",
        "tool_name": tool,
        "tool_input": arguments,
        "tool_use_id": "call_1",
        **more,
    }


def cursor(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    return {
        "conversation_id": "c",
        "session_id": "c",
        "generation_id": "g",
        "model": "default",
        "hook_event_name": "preToolUse",
        "cursor_version": "3.21.0",
        "workspace_roots": [str(folder)],
        "user_email": None,
        "transcript_path": None,
        "tool_name": tool,
        "tool_input": arguments,
        "tool_use_id": "u",
        "cwd": "",
        **more,
    }


def copilot(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    return {
        "sessionId": "s",
        "timestamp": 1764403200000,
        "cwd": str(folder),
        "toolName": tool,
        "toolArgs": arguments,
        **more,
    }


def copilot_snake(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    """Copilot, where the settings of Claude Code called the hook."""
    return {
        "hook_event_name": "PreToolUse",
        "session_id": "s",
        "timestamp": "2026-11-29T08:00:00.000Z",
        "cwd": str(folder),
        "tool_name": tool,
        "tool_input": arguments,
        **more,
    }


def vs_code(folder: Path, tool: str, arguments: object, **more: object) -> Sent:
    """The agent of VS Code itself, which wants the answer of Claude Code."""
    return {
        **copilot_snake(folder, tool, arguments),
        "transcript_path": "/t.json",
        "tool_use_id": "u",
        **more,
    }


def stop(client: str, folder: Path, *, was_stopped: bool = False) -> Sent:
    """What a client sends at the end of a turn."""
    snake: Mapping[str, object] = {
        "session_id": "s",
        "cwd": str(folder),
        "hook_event_name": "Stop",
        "stop_hook_active": was_stopped,
        "last_assistant_message": "Done.",
    }
    sent: dict[str, Sent] = {
        "claude": {**snake, "transcript_path": "/t", "permission_mode": "default"},
        "codex": {**snake, "turn_id": "t", "model": "gpt"},
        "cursor": {
            "conversation_id": "c",
            "hook_event_name": "stop",
            "cursor_version": "3.21.0",
            "workspace_roots": [str(folder)],
            "status": "completed",
            "loop_count": int(was_stopped),
        },
        "copilot": {
            "sessionId": "s",
            "timestamp": 1764403200000,
            "cwd": str(folder),
            "transcriptPath": "/t",
            "stopReason": "end_turn",
            "stop_hook_active": was_stopped,
        },
    }
    return sent[client]
