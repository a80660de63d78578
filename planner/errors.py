"""Errors that stop planner."""

from planner.diagnostic import Diagnostic, Location


class PlannerError(Exception):
    """An error that stops planner before it has an answer: exit code 2.

    Attributes:
        message: what happened, in one line.
        hint: what to do about it; may be empty.
        location: where, if a file is the cause.
        findings: all that is wrong with the plans, if a plan is the cause.
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
    """git is missing or failed, or its answer cannot be trusted."""


class NoRepositoryError(GitError):
    """There is no repository with a work tree at a place."""


class MissingObjectError(GitError):
    """An object is not in this partial clone."""


class TooBigError(GitError):
    """git prints more than planner reads, or computes for too long."""


class UnusablePlanError(PlannerError):
    """A plan has errors, which are in `findings`, so nothing can be checked against it."""
