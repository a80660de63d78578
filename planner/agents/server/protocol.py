"""The Model Context Protocol on standard input and output, by its SDK.

Every call is a process of its own: it sees the repository as it is then, can be cancelled at any
time, and whatever goes wrong in it, the server goes on. Gates could not run in a thread anyway
(`gates.run`), and would end the git processes of calls beside them (`gates.process.Adoption`).
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import anyio
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as Listed

from planner import __version__
from planner.agents.server.tools import Tool, command, schema
from planner.errors import PlannerError
from planner.formats import json as documents
from planner.gates.errors import GateError
from planner.gates.process import Command, Surroundings

_INSTRUCTIONS: Final = (
    "planner holds each branch to the slice of the plan that it is for. Before you edit call "
    "`brief`, before each commit `check`. A result with `ok: false` lists what to fix; an error "
    "means that nothing could be decided, which is not a pass."
)
_AT_ONCE: Final = 4  # calls; more wait
_MOST_BYTES: Final = 4 * 1024 * 1024  # of a document


def serve(offered: Sequence[Tool], common: Sequence[str]) -> None:
    """Answer a client until it closes standard input.

    Args:
        offered: the tools that it can call.
        common: options of every command, such as `--repo=DIR`.

    Raises:
        BrokenPipeError: the client no longer reads.
    """
    try:
        anyio.run(_Service(offered, common).run)
    except ExceptionGroup as group:
        if group.subgroup(BrokenPipeError):
            raise BrokenPipeError from group
        raise


class _Service:
    """The tools that are offered, and the calls that run."""

    def __init__(self, offered: Sequence[Tool], common: Sequence[str]) -> None:
        self._offered = {tool.name: tool for tool in offered}
        self._common = common

    async def run(self) -> None:
        self._free = anyio.CapacityLimiter(_AT_ONCE)
        server = Server(
            "planner",
            version=__version__,
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )
        async with stdio_server() as (messages, answers):
            await server.run(messages, answers, server.create_initialization_options())

    async def _list(
        self, _context: ServerRequestContext[Any], _asked: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in self._offered.values()])

    async def _call(
        self, _context: ServerRequestContext[Any], asked: CallToolRequestParams
    ) -> CallToolResult:
        try:
            tool = self._offered.get(asked.name)
            if tool is None:
                raise PlannerError(
                    f"no tool {asked.name!r} is offered",
                    hint=f"the tools are: {', '.join(self._offered)}",
                )
            words = command(tool, asked.arguments or {})
            async with self._free:
                return await _answer([words[0], *self._common, *words[1:]])
        except PlannerError as error:
            return _result("".join(documents.error(error)), is_error=True)


def _listed(tool: Tool) -> Listed:
    return Listed(
        name=tool.name,
        description=tool.description,
        input_schema=schema(tool),
        annotations=ToolAnnotations(read_only_hint=tool.is_reading),
    )


async def _answer(words: list[str]) -> CallToolResult:
    """Run a command of planner; what it printed, which is an error where it could not tell.

    Raises:
        PlannerError: it printed no document.
    """
    running = _start(words)
    try:
        printed = await _printed(running, words[0])
    except BaseException:
        running.ask_to_end(time.monotonic())
        running.abandon()  # nobody reads what it still prints
        raise
    finally:
        # Gates get five seconds to end; they are not left behind.
        with anyio.CancelScope(shield=True):
            code = await anyio.to_thread.run_sync(running.reap)
    try:
        return _result(printed.decode("utf-8"), is_error=code not in (0, 1))
    except ValueError as error:
        raise PlannerError(
            f"planner {words[0]} ended without an answer, exit code {code}",
            hint="its messages are in the client's log of this server",
        ) from error


def _start(words: list[str]) -> Command:
    # -P: without it, Python looks for modules in the current folder, which others wrote.
    program = [sys.executable, "-P", "-m", "planner", *words]
    place = Surroundings(Path(), stderr=sys.stderr.fileno())
    try:
        return Command(program, place, mark=f"mcp.{os.getpid()}")
    except GateError as error:
        raise PlannerError(
            f"planner {words[0]}: {error}", hint="check the arguments, and the server's log"
        ) from error


async def _printed(running: Command, name: str) -> bytes:
    """What a command prints to its end."""
    printed = bytearray()
    while (data := running.read()) != b"":
        if data is None:
            await anyio.wait_readable(running.output)
            continue
        printed += data
        if len(printed) > _MOST_BYTES:
            raise PlannerError(
                f"the answer has more than {_MOST_BYTES >> 20} MiB",
                hint=f"planner {name} --format json prints all of it",
            )
    return bytes(printed)


def _result(printed: str, *, is_error: bool) -> CallToolResult:
    """A document as a program reads it, and as a text for a model, without indentation."""
    document = json.loads(printed)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    content = TextContent(text=documents.writable(text))
    return CallToolResult(content=[content], structured_content=document, is_error=is_error)
