"""`planner split`: make a branch for each slice of a big change."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from planner.branch.run import Run
from planner.cli.options import Base, Common, refuse_empty
from planner.diagnostic import Diagnostic
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.model import Plan
from planner.report import Report
from planner.slicing.split.building import Made
from planner.slicing.split.ends import Asked
from planner.slicing.split.job import split
from planner.slicing.split.upkeep.again import split_again
from planner.slicing.split.upkeep.undoing import undo as undo_split
from planner.slicing.split.upkeep.updating import update as update_split
from planner.views import split as view

IS_QUESTION = False
EXIT_CODES = (
    "0    the branches are made, or with --dry-run could be",
    "1    at least one error: nothing was made",
)
EXAMPLES = (
    "planner split --dry-run                # what would be made of this branch",
    "planner split --chain                  # one stack, for hosts that have no trees",
)


def run(
    common: Common,
    base: Base = "",
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="REV", help="The end of the change; default: HEAD."),
    ] = None,
    onto: Annotated[
        str | None,
        typer.Option("--onto", metavar="REV", help="Start there; default: the merge base."),
    ] = None,
    chain: Annotated[
        bool, typer.Option("--chain", help="Put all branches into one stack.")
    ] = False,
    by_hunk: Annotated[
        bool,
        typer.Option("--by-hunk", help="Divide paths that several slices of one stack hold."),
    ] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the branches that an earlier run made.")
    ] = False,
    update: Annotated[
        bool,
        typer.Option("--update", help="Make again what is on a branch or a base that moved."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="First run the gates of each slice on its branch."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be made.")
    ] = False,
) -> Report:
    """Make a branch for each slice of a big change, stacked where one depends on another.

    The plan is that of the work tree, else that of the default branch. Each of its open slices that
    holds a changed path gets a branch with one commit. All branches together are proved to be the
    big branch, byte for byte; then all of them are made, or none. The work tree, the index and HEAD
    stay as they are.
    """
    refuse_empty({"--head": head, "--onto": onto})
    head, onto = head or "", onto or ""
    asked = Asked(
        base,
        head,
        onto,
        is_chain=chain,
        by_hunk=by_hunk,
        is_dry_run=dry_run,
        is_strict=common.strict,
    )
    others: dict[str, str | bool] = {"--chain": chain, "--by-hunk": by_hunk, "--verify": verify}
    if undo:
        _refuse_with("--undo", {"--update": update, "--base": base, "--onto": onto, **others})
    if update:
        _refuse_with("--update", others)
    with common.open() as opened:
        if undo:
            return view.undone(undo_split(opened, head, is_dry_run=dry_run), is_dry_run=dry_run)
        if update:
            plans = common.plans_known(opened)
            again = split_again(opened, plans, asked)
            if again is not None:
                return view.again(again)
            return view.updated(update_split(opened, plans, asked), is_dry_run=dry_run)
        plans = common.plans_known(opened)
        if not plans:
            find.in_folder(opened.repository.root, how="planner slice -o PLAN")  # says so
        if verify:
            return _verified(opened, plans, asked, is_quiet=common.quiet)
        return view.report(split(opened, plans, asked))


def _verified(run: Run, plans: Sequence[Plan], asked: Asked, *, is_quiet: bool) -> Report:
    """Split where the gates of each slice pass on its branch."""
    from planner.cli import progress, signals  # noqa: PLC0415 - for --verify alone
    from planner.evidence.rehearsal import Rehearsed, rehearse  # noqa: PLC0415 - as above

    signals.install_handlers()
    results: list[Rehearsed] = []

    def verify(made: Sequence[Made]) -> list[Diagnostic]:
        commits = [(one.planned.chosen, one.commit) for one in made if one.planned.chosen]
        with progress.showing(run.repository.root, is_quiet=is_quiet) as tell:
            results.extend(rehearse(run.repository, commits, tell))
        return [finding for one in results for finding in one.findings]

    return view.report(split(run, plans, asked, verify), results)


def _refuse_with(option: str, others: Mapping[str, str | bool]) -> None:
    given = [name for name, value in others.items() if value]
    if given:
        raise PlannerError(
            f"{' and '.join(given)} cannot be used with {option}", hint="planner split --help"
        )
