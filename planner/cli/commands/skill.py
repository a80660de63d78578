"""`planner skill`: write a skill file that tells agents how to work with planner."""

from pathlib import Path
from typing import Annotated

import typer

from planner import files
from planner.agents import skill
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    "planner skill                          # .agents/skills/planner/SKILL.md",
    "planner skill -o .claude/skills        # where Claude Code looks for skills",
)


def run(
    common: Common,
    out: Annotated[
        str,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder of skills; default: .agents/skills."
        ),
    ] = "",
) -> Report:
    """Write DIR/planner/SKILL.md, an Agent Skill that tells agents how to work with planner.

    Without -o it goes to .agents/skills in the root of the repository. A file that planner wrote is
    replaced; one that was edited, or that planner did not write, is left as it is.
    """
    if out:
        path, shown = Path(out) / skill.PATH, f"{out.rstrip('/') or '/'}/{skill.PATH}"
        _refuse_links(path, common)
    else:
        with common.open() as opened:
            root = opened.repository.root
        path, shown = root / skill.FOLDER / skill.PATH, f"{skill.FOLDER}/{skill.PATH}"
        files.refuse_links(path, root)
    content = skill.skill()
    before = files.read(path)
    if before is not None and before != content and not skill.is_own(before):
        raise PlannerError(
            f"{shown!r} was not written by planner, or was edited: it is left as it is",
            hint="move it away, or name another folder: -o DIR",
        )
    if before == content:
        return _report((f"{shown} is up to date",), [])
    files.write(path, content)
    return _report((f"wrote {shown}",), [shown])


def _refuse_links(path: Path, common: Common) -> None:
    """Refuse a link in the place of the file or its folder, or one that leaves the repository.

    Raises:
        PlannerError: there is one.
    """
    try:
        with common.open() as opened:
            root = opened.repository.root
    except PlannerError:  # a folder of skills may be outside any repository
        root = None
    if root is not None:
        files.refuse_links(path.absolute(), root)
    for place in (path, path.parent):
        if place.is_symlink():
            raise PlannerError(f"{str(place)!r} is a symlink", hint="name another folder: -o DIR")


def _report(summary: tuple[str, ...], written: list[str]) -> Report:
    return Report("skill", summary=summary, payload={"written": written}, kind="action")
