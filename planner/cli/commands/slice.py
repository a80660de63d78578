"""`planner slice`: propose slices for a big change."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from planner.agents import proposal as new_plan
from planner.branch.run import Run
from planner.cli.options import Base, Common, refuse_empty
from planner.diagnostic import Diagnostic, has_errors
from planner.errors import PlannerError
from planner.paths import path_text, shell_text
from planner.plan.branches import slice_of_branch
from planner.plan.model import Plan
from planner.report import Report
from planner.repository import code_owners
from planner.slicing import plan_text
from planner.slicing.ends import find_ends
from planner.slicing.job import propose
from planner.slicing.proposal import Proposal
from planner.status.guesses import as_gates, guesses
from planner.views import slice as view

IS_QUESTION = True
EXIT_CODES = ("0    proposed",)
EXAMPLES = (
    "planner slice                          # what this branch changed, in slices",
    "planner slice -o docs/plan/plan.yaml   # and write them as a plan",
)


def run(
    common: Common,
    base: Base = "",
    head: Annotated[
        str,
        typer.Option("--head", metavar="REV", help="The end of the change; default: HEAD."),
    ] = "",
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="PATH", help="Plan to write; as in --plan."),
    ] = None,
    by_commit: Annotated[
        bool,
        typer.Option("--by-commit", help="Keep what a commit of the branch changed together."),
    ] = False,
    by_hunk: Annotated[
        bool,
        typer.Option("--by-hunk", help="Divide files whose hunks belong to several slices."),
    ] = False,
) -> Report:
    """Propose slices for a big change: which files go together, in which order, and why.

    The change is what HEAD has since its merge base with the default branch. Files that share rare
    words, names or history go together. Only a name or a file that the change adds or removes puts
    slices in order. Where there is a plan, its open slices take what they hold first.

    With -o the slices are written as a plan; no file is overwritten. Move paths as you like, then
    run planner split.
    """
    refuse_empty({"--out": out})
    with common.open() as opened:
        path = common.path_of_plan(opened, out) if out else ""
        if path:
            new_plan.refuse_taken(opened, path)
        plans = common.plans_known(opened)
        proposal = propose(
            opened, find_ends(opened, base, head), plans, by_commit=by_commit, by_hunk=by_hunk
        )
        if path:
            _write(opened, path, proposal, plans)
        return view.report(proposal, path)


def _write(run: Run, path: str, proposal: Proposal, plans: tuple[Plan, ...]) -> None:
    if all(one.is_declared for one in proposal.slices):
        raise PlannerError(
            "the plan's slices hold the whole change; nothing was written", hint="planner split"
        )
    _refuse_accepted(plans, [one.branch for one in proposal.slices if not one.is_declared])
    missing = [one.path for one in plans if not (run.repository.root / one.path).exists()]
    if missing:
        raise PlannerError(
            f"the work tree lacks {missing[0]!r} of the default branch, which holds a part of the "
            "change; nothing was written",
            hint=f"bring it into the branch: git merge {shell_text(run.default_branch)}",
        )
    has_rule = any(plan.unplanned for plan in plans)
    text = plan_text.plan_text(proposal, _known(run, proposal), has_rule=has_rule)
    _refuse_covering(run, path, text, plan_text.covered(proposal))
    new_plan.write_new(run.repository.root, path, text.encode())


def _known(run: Run, proposal: Proposal) -> list[plan_text.Known]:
    """The owner of each slice by CODEOWNERS of the base, and its gates by the work tree."""
    owners = code_owners.read(run.objects, proposal.ends.base.commit)
    is_here = proposal.ends.head.commit == run.objects.commit("HEAD")
    found = []
    for one in proposal.slices:
        paths = [path for edit in one.edits for path in edit.paths]
        owner = owners.only_owner(path for path in paths if path not in proposal.shared)
        guessed = guesses(run.repository.root, paths) if is_here else ()
        gates = as_gates(guessed) if guessed else None
        found.append(plan_text.Known(owner.removeprefix("@"), gates))
    return found


def _refuse_accepted(plans: Sequence[Plan], names: Sequence[str]) -> None:
    """Stop where an open slice accepts a branch of another one: no command could use the plans."""
    for name in names:
        chosen = slice_of_branch(plans, name, None)
        if chosen is not None:
            raise PlannerError(
                f"the open slice {chosen.slice_.id!r} accepts the branch {name!r} as well; nothing "
                "was written",
                hint=f"give that slice narrower branch names in {chosen.plan.path!r}, or close it",
            )


def _refuse_covering(run: Run, path: str, text: str, covered: Mapping[bytes, str | None]) -> None:
    """Stop where a pattern that stands for a path meets what other slices hold."""
    lost = [name for name, pattern in covered.items() if pattern is None]
    findings: tuple[Diagnostic, ...] = ()
    if covered and not lost:
        findings = new_plan.judge(run, path, text.encode()).findings
        lost = [*covered] if has_errors(findings) else []
    if lost:
        raise PlannerError(
            f"no pattern can spell the path '{path_text(lost[0])}'; nothing was written",
            hint="rename it, or change it on a branch of its own",
            findings=tuple(one for one in findings if one.severity == "error"),
        )
