"""What a client is answered: exactly the keys that it knows, since one more can undo the rest.

Codex drops an answer with a key that it does not know, and the edit goes through. Cursor takes
silence for a broken hook.
"""

import json
from typing import Any, Final

from planner.agents.hooks.payloads import Client

_ALLOWED: Final[dict[Client, dict[str, str]]] = {"cursor": {"permission": "allow"}}


def allowed(client: Client) -> str:
    """Return the answer that lets an edit through; empty for a client that takes silence for it."""
    return _line(_ALLOWED[client]) if client in _ALLOWED else ""


def denied(client: Client, reason: str) -> str:
    """Return the answer that stops an edit."""
    if client == "cursor":
        return _line({"permission": "deny", "user_message": reason, "agent_message": reason})
    decision = {"permissionDecision": "deny", "permissionDecisionReason": reason}
    if client == "copilot":
        return _line(decision)
    return _line({"hookSpecificOutput": {"hookEventName": "PreToolUse", **decision}})


def go_on(client: Client, reason: str) -> str:
    """Return the answer that hands a turn back to the agent."""
    if client == "cursor":
        return _line({"followup_message": reason})
    decision = {"decision": "block", "reason": reason}
    if client == "vscode":
        return _line({"hookSpecificOutput": {"hookEventName": "Stop", **decision}})
    return _line(decision)


def stopped(client: Client) -> str:
    """Return the answer that lets a turn end."""
    return _line({}) if client == "cursor" else ""


def _line(answer: dict[str, Any]) -> str:
    return json.dumps(answer) + "\n"
