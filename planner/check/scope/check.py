"""The way from a request to a report: one branch, or each commit of a merge queue."""

from planner.branch import read
from planner.branch.head import Head
from planner.branch.read import Request
from planner.check.scope.judge import Judging
from planner.check.scope.report import ScopeReport, started
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.pull_request import PullRequest


def check(repository: Repository, request: Request, event: PullRequest) -> ScopeReport:
    """Judge a branch, or each commit of a merge queue by itself.

    Raises:
        PlannerError: it cannot be told for certain.
    """
    if request.is_staged:
        repository = repository.with_index_of_hook()
    with Objects(repository) as objects:
        branch = read.read(repository, objects, request, event)
        report = started(branch)
        is_commit = not (request.is_staged or request.is_worktree)
        is_judged = branch.changes if request.is_worktree else request.is_staged
        if not is_judged and branch.merge_base == branch.head.commit:
            return report._replace(is_nothing=True)
        if is_commit and event.event == "merge_group" and not (request.base or request.head):
            from planner.check.scope import queue  # noqa: PLC0415 - only a merge queue needs it

            return queue.judged(repository, objects, branch, report)
        head = Head(repository, objects, request, branch)
        return Judging(repository, head, request, branch).report(report)
