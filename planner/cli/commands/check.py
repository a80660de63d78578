"""`planner check`: check everything that a pull request must pass."""

import os
from functools import partial
from typing import Annotated, Any, Literal

import typer

from planner.branch.read import Request, read_branch
from planner.check.parts import PARTS, check_parts, chosen_parts, not_checked
from planner.check.title import message_of
from planner.cli import signals
from planner.cli.options import Base, BranchName, Common, Fetch, SliceId, requested_slice
from planner.cli.results import Baseline, From, baseline_files, results_of_run
from planner.report import Report

_PARTS = ", ".join(PARTS)
_NO_TITLE = "a merge, the first commit of a repository, or an empty message"
IS_QUESTION = False
EXAMPLES = (
    "planner check                          # all parts; the gates are run here",
    "planner check --from gates/            # with the results of other jobs of this CI run",
)


def run(
    common: Common,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PART,…", help=f"Check only these parts: {_PARTS}."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="PART,…", help="Skip these parts."),
    ] = None,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="The title; default: as the CI tells.")
    ] = "",
    message: Annotated[
        str,
        typer.Option(
            "--message", metavar="FILE", help="Check this commit message in the title's place."
        ),
    ] = "",
    gates: Annotated[
        Literal["run", "recorded"],
        typer.Option("--gates", help="Run the gates, or look up their recorded results."),
    ] = "run",
    from_: From = "",
    trust_notes: Annotated[
        bool, typer.Option("--trust-notes", help="Accept gate results stored in git notes, in CI.")
    ] = False,
    baseline: Baseline = None,
    slice_id: SliceId = "",
    base: Base = "",
    branch: BranchName = "",
    fetch: Fetch = False,
) -> Report:
    """Check everything that a pull request must pass, part by part: its scope, its gates and more.

    The branch is checked by the plan of the default branch. Gates are run here by default. A part
    that does not apply says so. In a commit-msg hook: --only title --message FILE.
    """
    signals.install_handlers()
    names = chosen_parts(_listed(only), _listed(skip))
    with common.open(is_online=fetch, is_hook=bool(message)) as opened:
        settings: dict[str, dict[str, Any]] = {}
        if "gates" in names:
            from planner.check.gates import Source  # noqa: PLC0415 - takes as long as other parts
            from planner.cli import progress  # noqa: PLC0415 - as above

            source = Source(
                partial(progress.showing, opened.repository.root, is_quiet=common.quiet),
                is_recorded=gates == "recorded",
                of_run=results_of_run(from_),
                may_trust=trust_notes or not opened.event.is_ci,
                baselines=baseline_files(baseline or []),
            )
            settings["gates"] = {"source": source}
        # Where no editor was used, git sets this for its hooks.
        is_edited = os.environ.get("GIT_EDITOR") != ":"
        text = message_of(opened, message, is_edited=is_edited) if message else ""
        if message and not text and names == ("title",):  # the repository may have no commit yet
            return Report("check", parts={"title": not_checked(_NO_TITLE)})
        request = Request(
            slice_id=requested_slice(slice_id, opened),
            base=base,
            branch=branch,
            plan=common.named_plan(opened),
        )
        read = read_branch(opened, request)
        settings["title"] = {"title": title, "message": text}
        return check_parts(opened, read, names, **settings)


def _listed(values: list[str] | None) -> list[str]:
    """The parts that an option names, several of them separated by commas."""
    return [name.strip() for value in values or [] for name in value.split(",")]
