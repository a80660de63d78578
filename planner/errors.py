"""Why planner could not run."""

from planner.diagnostic import Diagnostic, Location


class PlannerError(Exception):
    """What stops planner: it could not tell, and exits 2.

    Attributes:
        message: what happened, in one line.
        hint: what to do about it; may be empty.
        location: where, when a file is at fault.
        findings: what is wrong with the plan that stopped it, all at once.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        findings: tuple[Diagnostic, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location
        self.findings = findings


class GitError(PlannerError):
    """git is missing, refused, or gave no answer that can be trusted."""


class UnusablePlanError(PlannerError):
    """A plan that cannot be judged by: `findings` says why."""
