"""Call `planner mcp` as clients do: by the client of the SDK, or line by line.

Use `answers` for what a tool returns, `Connection` for what is on the wire and how a server ends.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import anyio
from mcp import Client, StdioServerParameters, stdio_client

ERAS: Final = ("legacy", "2026-07-28")
"""The handshake of 2025, and the protocol without one. `auto` tries them from the newest."""
PROGRAM: Final = [sys.executable, "-P", "-m", "planner", "mcp"]

Call = tuple[str, Mapping[str, Any]]


class Answer(NamedTuple):
    """What a call returns, as a program reads it and as a model does."""

    is_error: bool
    document: Any
    text: str


def answers(
    at: Path, *calls: Call, options: Sequence[str] = (), era: str = "auto"
) -> tuple[Answer, ...]:
    """Start a server in a folder, make calls one after the other, and end it."""
    server = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], *options], cwd=at, env=dict(os.environ)
    )

    async def talk() -> tuple[Answer, ...]:
        async with Client(stdio_client(server), mode=era) as client:
            results = [await client.call_tool(name, dict(given)) for name, given in calls]
        return tuple(
            Answer(one.is_error, one.structured_content, "".join(c.text for c in one.content))  # type: ignore[union-attr] # all are texts
            for one in results
        )

    return anyio.run(talk)


def answer(at: Path, name: str, *options: str, **given: Any) -> Answer:
    """Start a server in a folder, and make one call."""
    return answers(at, (name, given), options=options)[0]


class Connection:
    """A server, and the lines to and from it; one that did not end by itself is killed."""

    def __init__(self, at: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, *options],
            cwd=at,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.stderr = self.process.stderr

    def __enter__(self) -> Self:
        client = {"name": "test", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
        self.send("initialize", params, of=0)
        assert self.receive()["id"] == 0
        self.send("notifications/initialized")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with self.process, contextlib.suppress(OSError):
            self.stdin.close()

    def send(self, method: str, params: Any = None, *, of: int | None = None) -> None:
        """Write a request, or without its number a notification."""
        message = {"jsonrpc": "2.0", "id": of, "method": method, "params": params}
        line = json.dumps({key: value for key, value in message.items() if value is not None})
        self.stdin.write(line.encode() + b"\n")
        self.stdin.flush()

    def call(self, name: str, *, of: int, **given: Any) -> None:
        """Write a call of a tool."""
        self.send("tools/call", {"name": name, "arguments": given}, of=of)

    def receive(self) -> Any:
        """Return the next message."""
        return json.loads(self.stdout.readline())

    def end(self) -> tuple[int, bytes, str]:
        """Close the input; return the exit code, and what was still printed."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err.decode()
