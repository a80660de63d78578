"""`planner init`: write a first plan from the branch that is checked out."""

import contextlib
from pathlib import Path
from typing import Annotated, Literal

import typer

from planner import files
from planner.branch.run import Run
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.paths import shell_text
from planner.plan import find
from planner.report import Report
from planner.repository import changes
from planner.status.init import PATH, first_plan
from planner.status.origin import origin
from planner.status.starters import fault_in, is_there, starters
from planner.views import init as view

IS_QUESTION = False
EXAMPLES = (
    "planner init                           # docs/plan/plan.yaml, from what the branch changed",
    "planner init --ci github --pre-commit  # and what checks every pull request and commit",
)


def run(
    common: Common,
    ci: Annotated[
        Literal["github", "gitlab"] | None,
        typer.Option("--ci", help="Also write the workflow that checks pull requests."),
    ] = None,
    pre_commit: Annotated[
        bool, typer.Option("--pre-commit", help="Also write the hooks that check each commit.")
    ] = False,
) -> Report:
    """Write a first plan from the branch that is checked out.

    What the branch changed since the merge base with the default branch, and what is not committed
    yet, becomes the scope of its slice; gates are guessed from the repository. Without changes the
    slice is an example. A file that is there is never overwritten; where there is a plan, only the
    files of --ci and --pre-commit are written.
    """
    with common.open() as opened:
        root = opened.repository.root
        plan = common.named_plan(opened) or PATH
        another = _another_plan(opened, plan)
        source = origin()
        asked = starters(ci, source, has_pre_commit=pre_commit)
        if another is not None and not asked:
            raise another
        new = [one for one in asked if not is_there(root, one)]
        texts = {one.path: one.text for one in new}
        first = None
        if another is None:
            # To those that are there already the user adds what the report shows.
            edited = [one.path for one in asked if one not in new and one.list_key]
            first = first_plan(opened, plan, list(texts), edited)
            texts = {plan: first.text, **texts}
        left = {one: fault_in(root, one) for one in asked if one not in new}
        ignored = changes.ignored(opened.repository, texts)
        _create({root / path: text.encode() for path, text in texts.items()}, root)
        return view.report(first, view.Files(list(texts), left, ignored), source)


def _another_plan(opened: Run, plan: str) -> PlannerError | None:
    """Why no plan is written: there is one already."""
    root = opened.repository.root
    others = [*find.every_in_folder(root), *([plan] if _is_there(root / plan) else [])]
    if others:
        return PlannerError(
            f"there is a plan already: {others[0]}; nothing was written",
            hint="add slices to it, then: planner lint",
        )
    tip = opened.trusted_tip
    trusted = opened.plans_at(tip).paths if tip else ()
    if tip and trusted:
        return PlannerError(
            f"there is a plan already: {trusted[0]} in {tip.name}; nothing was written",
            hint=f"bring it into the branch: git merge {shell_text(tip.name)}",
        )
    return None


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _create(contents: dict[Path, bytes], root: Path) -> None:
    """Write all files or none.

    Raises:
        PlannerError: one of them cannot be written, or is there meanwhile.
    """
    for path in contents:
        files.refuse_links(path, root)
    done: list[Path] = []
    try:
        for path, content in contents.items():
            files.create(path, content)
            done.append(path)
    except PlannerError:
        for path in done:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
