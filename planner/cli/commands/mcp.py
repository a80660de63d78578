"""`planner mcp`: answer agents as an MCP server, on standard input and output."""

import os
import sys
from typing import Annotated

import typer

from planner.agents.server.tools import tools
from planner.cli import output, signals
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "claude mcp add planner -- planner mcp  # in Claude Code",
    "planner mcp --allow-run                # agents may run the gates as well",
)


def run(
    common: Common,
    allow_run: Annotated[
        bool, typer.Option("--allow-run", help="Offer run_gates, which runs a plan's commands.")
    ] = False,
    allow_claim: Annotated[
        bool, typer.Option("--allow-claim", help="Let next create branches on the remote.")
    ] = False,
) -> Report:
    """Answer agents as a server of the Model Context Protocol, until standard input is closed.

    The tools are overview (status), next, brief, check (check-scope --worktree) and lint. A result
    is the JSON document of the command, findings included; an undecided one (exit code 2) is
    an error with message and hint. Nothing is written, except what the options below allow.

    Needs the MCP SDK: pip install 'pr-planner[mcp]'.
    """
    try:
        from planner.agents.server import protocol  # noqa: PLC0415 - the SDK is an extra
    except ImportError as error:
        raise PlannerError(
            "planner mcp needs the MCP SDK", hint="pip install 'pr-planner[mcp]'"
        ) from error
    if common.form:
        raise PlannerError("--format: a server answers in its protocol alone", hint="leave it out")
    if sys.stdin is None:
        raise PlannerError(
            "standard input is closed", hint="a client starts this command, and writes to it"
        )
    if sys.stdin.isatty():
        output.notice("this is a server: it waits for an MCP client; Ctrl-C ends it")
    signals.install_handlers()
    try:
        protocol.serve(tools(may_run=allow_run, may_claim=allow_claim), _words(common))
    except KeyboardInterrupt:
        # The SDK reads standard input in a thread, which Python would wait for.
        os._exit(130)
    return Report("mcp", kind="action")


def _words(common: Common) -> list[str]:
    """The common options that every command of the server gets; -C is followed already."""
    plan = [f"--plan={common.plan}"] if common.plan else []
    return [f"--repo={common.repo}", *plan, *(["--strict"] if common.strict else [])]
