"""The pre-edit hook: reads what a client of a coding agent asks, and answers in its own protocol.

It is called by `__main__` itself: a client waits for it before each edit.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from planner.agents.hooks import answers, payloads
from planner.agents.hooks.patches import UnreadableError
from planner.agents.hooks.payloads import CLIENTS, Client
from planner.errors import PlannerError

_FOR_PEOPLE: Final = ("--install", "--uninstall", "--help", "-h")
_FLAGS: Final = ("--fail-closed", "--stop", "--strict", "--quiet", "-q")
_VALUED: Final = ("--client", "--plan", "-C", "--repo", "--format", "--color")


class _Settings(NamedTuple):
    """What the hook is called with.

    Attributes:
        folder: that of the repository, where the user names it.
    """

    folder: str = ""
    plan: str = ""


class _UsageError(Exception):
    """The hook is called with words that it does not know."""


def run(words: Sequence[str]) -> int | None:
    """Answer a client; return the exit code.

    None where the words are for people: `--help`, `--install`, another command.
    """
    if _command(words) != "guard" or any(word.partition("=")[0] in _FOR_PEOPLE for word in words):
        return None
    client = _client(words)
    is_closed = "--fail-closed" in words
    is_stop = "--stop" in words
    try:
        sent = payloads.parse(_sent())
        client = client or payloads.client_of(sent)
        settings = _settings(words)
        reason = _reason(payloads.read(sent, client), settings, is_stop=is_stop)
        if is_stop:
            return _say(answers.go_on(client, reason) if reason else answers.stopped(client))
        return _say(answers.denied(client, reason) if reason else answers.allowed(client))
    except PlannerError as stopped:
        message = "; ".join(filter(None, (stopped.message, stopped.hint)))
    except (UnreadableError, _UsageError) as stopped:
        message = str(stopped)
    except Exception as fault:
        message = f"a bug in planner: {type(fault).__name__}: {fault}"
    return _fault(client, message, is_closed=is_closed, is_stop=is_stop)


def _command(words: Sequence[str]) -> str:
    """The first word that is neither an option nor the value of one."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _VALUED else 1
    return words[at] if at < len(words) else ""


def _client(words: Sequence[str]) -> Client | None:
    """The client that the words name, whatever else is wrong with them."""
    pairs = zip(words, [*words[1:], ""], strict=True)
    named = [value for word, value in pairs if word == "--client"]
    named += [word.partition("=")[2] for word in words if word.startswith("--client=")]
    return next((client for client in CLIENTS if client in named), None)


def _settings(words: Sequence[str]) -> _Settings:
    values: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word.startswith("-C") and word != "-C":
            name, equals, value = "-C", "=", word.removeprefix("-C")
        if name in _VALUED:
            values[name] = value if equals else next(rest, "")
        elif word not in _FLAGS and word != "guard":
            raise _UsageError(f"guard has no option {word!r}: planner guard --help")
    if values.get("--client", CLIENTS[0]) not in CLIENTS:
        raise _UsageError(f"--client {values['--client']!r} is not one of {', '.join(CLIENTS)}")
    folder = os.path.join(values.get("-C", ""), values.get("--repo", ""))  # noqa: PTH118 - a text
    return _Settings(folder, values.get("--plan", ""))


def _sent() -> bytes:
    return sys.stdin.buffer.read() if sys.stdin is not None else b""


def _reason(payload: payloads.Payload, settings: _Settings, *, is_stop: bool) -> str:
    """Why the edit would leave the scope, or the turn may not end; empty where it may."""
    edits = payloads.edits(payload) if payload.is_edit and not is_stop else ()
    if not edits and not is_stop:
        return ""
    from planner.agents.hooks import fences  # noqa: PLC0415 - most tools do not edit

    about = fences.asked(payload.folders, settings.folder, settings.plan, os.environ)
    if is_stop:
        from planner.agents.hooks.turn import why_not_over  # noqa: PLC0415 - judges all changes

        return why_not_over(payload, about)
    from planner.agents.hooks.verdict import why_denied  # noqa: PLC0415 - as above

    return why_denied(about, edits)


def _say(answer: str) -> int:
    """Write the answer; return 0."""
    try:
        sys.stdout.write(answer)
        sys.stdout.flush()
    except OSError:
        # Python would try once more when it ends, and exit 120.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise
    return 0


def _fault(client: Client | None, message: str, *, is_closed: bool, is_stop: bool) -> int:
    """Say why nothing was judged; return the exit code that lets the edit through.

    Copilot denies on any other code than 0.
    """
    line = " ".join(message.split())
    shown = line.encode("ascii", "backslashreplace").decode()
    shown = shown if shown.isprintable() else shown.encode("unicode_escape").decode()
    with contextlib.suppress(OSError, AttributeError):  # nobody reads it
        sys.stderr.write(f"planner guard: {shown}\n")
    code = 0 if client == "copilot" else 1
    if not is_closed or client is None:
        return code
    reason = f"planner could not judge this edit, so it is denied: {shown}"
    answer = answers.denied(client, reason)
    if is_stop:
        answer = answers.go_on(client, f"planner could not judge the work tree: {shown}")
    try:
        return _say(answer)
    except OSError:  # nobody reads it either
        return code
