"""Runs gates on commits that nobody has checked out, each in a work tree that is thrown away."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from planner.diagnostic import Diagnostic
from planner.evidence.demands import gates_of
from planner.evidence.job import RULES, new_logs, relative
from planner.evidence.setups import with_setups, without_setups
from planner.gates import run as gate_runs
from planner.gates.judge import Yardstick
from planner.gates.verdict import PHRASES, Event, Result
from planner.plan.model import Chosen, Gate
from planner.repository.git import Repository


class Rehearsed(NamedTuple):
    """What the gates of a slice say of a commit."""

    chosen: Chosen
    results: tuple[Result, ...]

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """The gates that did not pass."""
        return tuple(self._finding(one) for one in self.results if one.verdict != "passed")

    def _finding(self, result: Result) -> Diagnostic:
        gate, slice_id = result.gate, self.chosen.slice_.id
        return RULES[result.verdict].at(
            self.chosen.plan.where(gate.node),
            f"the gate {gate.id!r} {PHRASES[result.verdict]} on the branch of {slice_id!r}: "
            f"{result.reason}",
            f"the output is in {result.log}" if result.log else "",
            gate=gate.id,
            slice=slice_id,
        )


def rehearse(
    repository: Repository,
    commits: Sequence[tuple[Chosen, str]],
    tell: Callable[[Event], None],
) -> tuple[Rehearsed, ...]:
    """Run the gates of slices on commits, one commit after the other; nothing is recorded.

    What a gate demands of coverage against the base is left out: that is for run-gates.

    Raises:
        Interrupted: a signal came.
        PlannerError: gates cannot run here, or a work tree could not be made.
    """
    gate_runs.ensure_possible()
    from planner.evidence.worktree import sweep, worktree  # noqa: PLC0415 - fcntl: not on Windows

    sweep(repository)
    logs = new_logs(repository.git_dir / "planner" / "logs")
    found = []
    for chosen, commit in commits:
        gates = gates_of(chosen)
        if not gates:
            continue
        slice_id = chosen.slice_.id
        with worktree(repository, commit) as root:
            results = gate_runs.run(
                with_setups([_alone(gate) for gate in gates]),
                yardstick=Yardstick(root),
                logs=logs / slice_id,
                tell=_telling(tell, slice_id),
            )
        own = tuple(relative(one, repository) for one in without_setups(results))
        found.append(Rehearsed(chosen, own))
    return tuple(found)


def _telling(tell: Callable[[Event], None], slice_id: str) -> Callable[[Event], None]:
    return lambda event: tell(event._replace(gate=f"{slice_id}/{event.gate}"))


def _alone(gate: Gate) -> Gate:
    """A gate that compares its coverage with nothing."""
    coverage = gate.coverage
    if coverage is None:
        return gate
    return gate._replace(coverage=coverage._replace(no_regression=False, changed_lines=None))
