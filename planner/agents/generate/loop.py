"""Asks an agent for a plan, and tells it what is wrong with it, until the plan holds."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner import files
from planner.agents import proposal
from planner.agents.generate.answer import plan_in
from planner.agents.generate.asking import Said, ask
from planner.agents.generate.prompt import MOST_GOAL_BYTES, Draft, Wanted, prompt
from planner.agents.generate.survey import Survey, survey
from planner.branch.run import Run
from planner.diagnostic import Diagnostic
from planner.errors import PlannerError

ANSWER: Final = "answer.txt"
PLAN: Final = "plan.yaml"
"""The names of the files in which an answer and its plan are kept."""
INSTEAD: Final = "change that plan: --revise PATH"
"""What else to do where there is a plan already."""


class Request(NamedTuple):
    """What the user asks for.

    Attributes:
        before: the bytes of the plan that is changed; None for a new one.
        is_strict: whether a warning is an error.
    """

    wanted: Wanted
    agent: tuple[str, ...]
    rounds: int
    timeout_s: float
    before: bytes | None = None
    is_strict: bool = False


class Answer(NamedTuple):
    """An answer of an agent, and what is wrong with the plan in it."""

    printed: bytes
    text: str
    judged: proposal.Judged

    @property
    def content(self) -> bytes:
        """The plan as a file."""
        return self.text.encode("utf-8", "surrogateescape")


class Round(NamedTuple):
    """One call of the agent; without an answer that counts, that is None."""

    said: Said
    answer: Answer | None = None


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        last: the last answer that counts.
        folder: where it lies; None if its plan was written.
    """

    path: str
    rounds: tuple[Round, ...]
    last: Answer
    folder: Path | None = None


def first_prompt(run: Run, wanted: Wanted, before: bytes | None) -> str:
    """Return what the agent is told first.

    Raises:
        PlannerError: the goal is empty or too long.
        UnusablePlanError: another plan is unusable.
    """
    return _Teller(run, wanted, before).told


class _Teller:
    """What the agent is told next, in `told`."""

    def __init__(self, run: Run, wanted: Wanted, before: bytes | None) -> None:
        _refuse_goal(wanted.goal)
        self._wanted = wanted
        self._seen = self._look(run)
        draft = None
        if before is not None:
            found = proposal.judge(run, wanted.path, before).findings
            draft = Draft(before.decode("utf-8", "surrogateescape"), found, is_own=False)
        self.told = prompt(wanted, self._seen, draft)

    def _look(self, run: Run) -> Survey:
        seen = survey(run, proposal.other_plans(run, self._wanted.path))
        return seen._replace(has_plan=seen.has_plan or self._wanted.is_change)

    def correct(self, text: str, findings: Sequence[Diagnostic]) -> None:
        """Tell what is wrong with an answer: errors first."""
        ordered = sorted(findings, key=lambda one: one.severity != "error")
        self.told = prompt(self._wanted, self._seen, Draft(text, tuple(ordered)))


def _refuse_goal(goal: str) -> None:
    count = len(goal.encode("utf-8", "surrogateescape"))
    if not goal.strip():
        raise PlannerError("the goal is empty", hint='planner generate "GOAL" --agent CMD')
    if count > MOST_GOAL_BYTES:
        raise PlannerError(
            f"the goal has {count:,} bytes; the prompt takes at most {MOST_GOAL_BYTES:,}",
            hint="write the details into a file of the repository, and name that in the goal",
        )


def generate(run: Run, request: Request, tell: Callable[[str], None]) -> Outcome:
    """Have an agent write a plan, and write it if it holds.

    Args:
        tell: called with each line about what happens.

    Raises:
        Interrupted: a signal came; nothing was written.
        PlannerError: the agent gave no answer that counts, or the plan cannot be written.
    """
    teller = _Teller(run, request.wanted, request.before)
    path = request.wanted.path
    rounds: list[Round] = []
    last: Answer | None = None
    for number in range(1, request.rounds + 1):
        of = f"round {number} of {request.rounds}"
        tell(f"{of}: asking {request.agent[0]}")
        said = _ask(run, request, teller.told, tell)
        answer = _judged(run, path, said, teller.told)
        rounds.append(Round(said, answer))
        tell(f"{of}: {_line(rounds[-1])}")
        if answer is None:
            continue
        last = answer
        if not _errors(answer, is_strict=request.is_strict):
            _write(run, request, answer)
            return Outcome(path, tuple(rounds), answer)
        teller.correct(answer.text, answer.judged.findings)
    if last is None:
        raise _no_answer(rounds)
    return Outcome(path, tuple(rounds), last, _keep(run, last.printed, last.text))


def _ask(run: Run, request: Request, told: str, tell: Callable[[str], None]) -> Said:
    prompt_bytes = told.encode("utf-8", "backslashreplace")
    return ask(request.agent, prompt_bytes, run.repository.root, request.timeout_s, tell)


def _judged(run: Run, path: str, said: Said, told: str) -> Answer | None:
    """The answer with what is wrong with it; None if it does not count: it may end early."""
    if said.fault or not said.answer.strip():
        return None
    text = plan_in(said.answer, told)
    with _keeping(run, said.answer, text):
        content = text.encode("utf-8", "surrogateescape")
        return Answer(said.answer, text, proposal.judge(run, path, content))


def _line(one: Round) -> str:
    """How a round ended."""
    said = one.said
    ended = f"exit {said.exit}" if not said.fault else said.fault
    line = f"{ended}, {said.seconds:.1f} s"
    if one.answer is None:
        line += "; no answer" if said.fault else "; it printed nothing"
    else:
        line += f"; {counted(one.answer)}"
    return (
        line if said.exit == 0 or not said.message else f"{line}; its last message: {said.message}"
    )


def counted(answer: Answer) -> str:
    """Return how many errors and warnings a plan has, in words."""
    found = [one.severity for one in answer.judged.findings]
    counts = [(found.count("error"), "error"), (found.count("warning"), "warning")]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _errors(answer: Answer, *, is_strict: bool) -> int:
    wrong = ("error", "warning") if is_strict else ("error",)
    return sum(one.severity in wrong for one in answer.judged.findings)


def _write(run: Run, request: Request, answer: Answer) -> None:
    root, path = run.repository.root, request.wanted.path
    with _keeping(run, answer.printed, answer.text):
        if request.before is None:
            proposal.refuse_taken(run, path, INSTEAD)
            proposal.write_new(root, path, answer.content)
        else:
            proposal.replace(root, path, request.before, answer.content)


def _no_answer(rounds: Sequence[Round]) -> PlannerError:
    """Why nothing can be told: no round gave an answer that counts."""
    said = rounds[-1].said
    why = f"it {said.fault}" if said.fault else f"it printed nothing (exit {said.exit})"
    count = f"{len(rounds)} rounds" if len(rounds) > 1 else "one round"
    return PlannerError(
        f"the agent gave no answer in {count}: {why}",
        hint=f"its last message: {said.message}" if said.message else "run the command by hand",
    )


@contextlib.contextmanager
def _keeping(run: Run, printed: bytes, text: str) -> Iterator[None]:
    """Keep an answer, and say where, if an error stops planner."""
    try:
        yield
    except PlannerError as error:
        error.hint = "; ".join(
            filter(None, [error.hint, f"the answer is in {_keep(run, printed, text)}"])
        )
        raise


def _keep(run: Run, printed: bytes, text: str) -> Path:
    """Write an answer and the plan in it to a folder of their own, outside the work tree."""
    place = Path(os.path.realpath(tempfile.gettempdir()))
    root = run.repository.root
    is_inside = place == root or root in place.parents
    folder = Path(
        tempfile.mkdtemp(
            prefix="planner-generate-", dir=run.repository.git_dir if is_inside else place
        )
    )
    files.create(folder / ANSWER, printed)
    files.create(folder / PLAN, text.encode("utf-8", "surrogateescape"))
    return folder
