"""`planner generate`: have an agent write a plan, and check it until it holds."""

from typing import Annotated

import typer

from planner.agents import proposal
from planner.agents.generate import report as view
from planner.agents.generate.asking import refuse_missing, words_of
from planner.agents.generate.loop import INSTEAD, Request, first_prompt, generate
from planner.agents.generate.prompt import Wanted
from planner.branch.run import Run
from planner.cli import output, signals
from planner.cli.options import Common
from planner.errors import PlannerError
from planner.plan import find
from planner.plan.efforts import timeout_s
from planner.report import Report

IS_QUESTION = False
EXAMPLES = (
    'planner generate "Search for notes" --agent "claude -p"   # ask an agent, up to 3 times',
    'planner generate "Search for notes" --prompt              # only print the first prompt',
)


def run(
    common: Common,
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What the plan should achieve.")],
    agent: Annotated[
        str,
        typer.Option(
            "--agent", metavar="CMD", help="Command that reads a prompt and prints the plan."
        ),
    ] = "",
    out: Annotated[
        str,
        typer.Option("--out", "-o", metavar="PATH", help="Plan to write; as in --plan."),
    ] = "",
    revise: Annotated[
        str, typer.Option("--revise", metavar="PATH", help="Plan to change and to replace.")
    ] = "",
    prompt: Annotated[
        bool, typer.Option("--prompt", help="Print the first prompt and exit.")
    ] = False,
    rounds: Annotated[
        int, typer.Option("--rounds", metavar="N", help="Maximum number of rounds.")
    ] = 3,
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="TIME", help="How long each answer may take.")
    ] = "10m",
) -> Report:
    """Have an agent write a plan for a goal, and check the plan until it has no errors.

    The command reads a prompt on standard input and prints the plan. The prompt has the goal, the
    rules and keys of plans, a summary of the repository, and the open slices of other plans. What
    lint finds is sent back to the command in the next round. It runs in the root of the repository,
    without a shell.

    Only a plan without an error is written: to -o, else to what --plan names, else to
    docs/plan/plan.yaml, or docs/plan/WORDS-OF-GOAL/plan.yaml if there is a plan already. No file is
    overwritten; only --revise replaces the plan that it names. Exit code 1: no answer was a plan
    without errors; the last answer is kept, and the output says where.
    """
    limit_s = _limit(timeout, rounds)
    signals.install_handlers()
    with common.open() as opened:
        wanted, before = _wanted(opened, common, goal, out=out, revise=revise)
        if prompt:
            return view.of_prompt(first_prompt(opened, wanted, before), wanted.path)
        if not agent:
            raise PlannerError("no agent is named", hint='--agent "claude -p", or --prompt')
        words = words_of(agent)
        refuse_missing(words, opened.repository.root)
        request = Request(wanted, tuple(words), rounds, limit_s, before, is_strict=common.strict)
        tell = (lambda _line: None) if common.quiet else output.notice
        return view.report(generate(opened, request, tell))


def _limit(timeout: str, rounds: int) -> float:
    limit_s = timeout_s(timeout)
    if limit_s is None:
        raise PlannerError(f"--timeout: {timeout!r} is not a time", hint="such as 90s, 10m or 1h")
    if rounds < 1:
        raise PlannerError(f"--rounds: {rounds} is less than 1", hint="planner generate --help")
    return limit_s


def _wanted(
    opened: Run, common: Common, goal: str, *, out: str, revise: str
) -> tuple[Wanted, bytes | None]:
    """What the plan is for; and the bytes of the plan that is changed.

    Raises:
        PlannerError: there is a file where it goes, or none that could be changed.
    """
    if out and revise:
        raise PlannerError("--revise writes the plan that it names", hint="drop -o")
    if revise:
        path = common.path_of_plan(opened, revise)
        return Wanted(goal, path, is_change=True), find.content(opened.repository.root, path)
    path = common.path_of_plan(opened, out) if out else common.named_plan(opened)
    path = path or proposal.free_path(opened, goal)
    proposal.refuse_taken(opened, path, INSTEAD)
    return Wanted(goal, path), None
