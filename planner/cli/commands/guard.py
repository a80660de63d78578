"""`planner guard`: the pre-edit hook of coding agents, and how it gets into their settings."""

from typing import Annotated, Literal

import typer

from planner.agents.hooks.payloads import Client
from planner.agents.hooks.settings import PATHS, TO_DO, Changed, install, uninstall
from planner.branch.read import Request, read_without_changes
from planner.branch.run import Run
from planner.check.scope.permission import Permissions
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.report import Report
from planner.repository import hooks

IS_QUESTION = False
EXAMPLES = (
    "planner guard --install claude         # in .claude/settings.json",
    "planner guard < payload.json           # what the hook calls",
)
_Named = Literal["claude", "copilot", "cursor", "codex"]


def run(
    common: Common,
    client: Annotated[
        _Named | None,
        typer.Option("--client", help="The client, where what it sends does not tell."),
    ] = None,
    fail_closed: Annotated[
        bool, typer.Option("--fail-closed", help="Deny an edit that cannot be judged.")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Judge the work tree at the end of a turn.")
    ] = False,
    install_: Annotated[
        _Named | None, typer.Option("--install", help="Add the hooks to a client's settings.")
    ] = None,
    uninstall_: Annotated[
        _Named | None,
        typer.Option("--uninstall", help="Remove the hooks from a client's settings."),
    ] = None,
) -> Report:
    """Tell a coding agent's client whether an edit stays in the scope of its branch.

    Reads what the client sends on standard input, and answers in the client's own protocol: a
    denial names the path, the slice and what to do; for an allowed edit it prints nothing, or the
    answer that the client expects. An edit is let through where there is no plan, no slice for the
    branch, and, without --fail-closed, where it cannot be judged.

    As a hook it exits 0, or 1 where it cannot judge; the exit codes below are those of --install
    and --uninstall.
    """
    del client, stop  # read by agents.guard, which answers as a hook
    if (install_ is None) == (uninstall_ is None):
        raise PlannerError(
            "use either --install or --uninstall", hint="planner guard --install CLIENT"
        )
    with common.open() as opened:
        root = opened.repository.root
        if uninstall_ is not None:
            return _taken_out(uninstall(root, uninstall_))
        named: Client = install_ or "claude"
        changed = install(root, named, is_closed=fail_closed)
        lines = [f"{changed.path}: {'written' if changed.is_changed else 'unchanged'}"]
        lines += [f"  add {changed.lacks} to it, which the client needs"] if changed.lacks else []
        if not hooks.is_command_found():
            lines += [f"  {hooks.NOT_FOUND}: {hooks.TO_FIND}"]
        lines += [f"  {TO_DO[named]}", *_scope(opened, PATHS[named])]
        return _report(lines, changed)


def _taken_out(changed: Changed) -> Report:
    said = "removed" if changed.is_gone else "changed" if changed.is_changed else "unchanged"
    return _report([f"{changed.path}: {said}"], changed)


def _report(lines: list[str], changed: Changed) -> Report:
    written = [changed.path] if changed.is_changed else []
    return Report("guard", kind="action", summary=tuple(lines), payload={"written": written})


def _scope(run: Run, path: str) -> list[str]:
    """Whether the branch may change the file of settings, where that can be told."""
    try:
        branch = read_without_changes(run, Request())
        if branch.judged_by is None:
            return []
        permission = Permissions(run, branch).of(path_bytes(path))
    except PlannerError:
        return []
    if permission.is_given:
        return []
    return [f"  commit it on another branch: {permission.why}"]
