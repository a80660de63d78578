"""Which exceptions of a branch count, and why the others do not."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from planner.branch.read import Branch
from planner.check.scope.exceptions import QUOTING, Line, ScopeException, read_lines
from planner.check.scope.verdicts import Verdict
from planner.diagnostic import Diagnostic, Location
from planner.errors import GitError
from planner.paths import path_text
from planner.plan.model import ChosenRule
from planner.repository import lineage
from planner.repository.lineage import BranchMessages, History
from planner.rules import EXCEPTION_REFUSED, FOREIGN_PATH

_MOST: Final = 20  # lines that are told; a message may have a hundred thousand
_WIDEST: Final = 200  # characters of a path


class Earlier(NamedTuple):
    """What a merge queue has of the same slice before a commit.

    Attributes:
        ranges: the earlier commits, each as the commit before it and its own last one.
        excepted: the paths that they excepted.
    """

    ranges: tuple[tuple[str, str], ...] = ()
    excepted: frozenset[bytes] = frozenset()

    def extended(self, step: Branch, exceptions: Sequence[ScopeException]) -> "Earlier":
        """Return this with one more commit."""
        paths = frozenset(exception.path for exception in exceptions)
        return Earlier((*self.ranges, (step.merge_base, step.tip)), self.excepted | paths)


class Excepted(NamedTuple):
    """The exceptions that count, and a warning for each line that does not."""

    exceptions: tuple[ScopeException, ...] = ()
    refusals: tuple[Diagnostic, ...] = ()


def excepted(
    history: History, branch: Branch, verdicts: Sequence[Verdict], earlier: Earlier
) -> Excepted:
    """Return what the messages of a branch except, up to the limit of its slice.

    Only paths outside the scope can be excepted, and only by commits of the branch itself.

    Raises:
        GitError: a shallow clone lacks commits, which may contain exceptions.
    """
    outside = [verdict for verdict in verdicts if verdict.kind == "outside"]
    is_staged = branch.request.is_staged
    if is_staged and not outside:
        return Excepted()
    # For what is staged, HEAD stands in the place of the merge base.
    messages = lineage.branch_messages(history, "" if is_staged else branch.merge_base)
    for base, tip in reversed(earlier.ranges):
        before = lineage.messages(history.repository, [base], tip)
        messages = messages._replace(own=(*before, *messages.own))
    reader = _Reader(branch, {verdict.change.path: verdict for verdict in verdicts}, earlier)
    found = reader.read(messages)
    wanted = min(branch.exceptions, len(outside))
    if len(found.exceptions) < wanted and _is_cut(history, messages):
        raise GitError(
            "this shallow clone lacks commits of the branch, which may contain exceptions",
            hint="git fetch --unshallow (actions/checkout: fetch-depth: 0)",
            findings=tuple(verdict.finding for verdict in outside if verdict.finding),
        )
    return found


def _is_cut(history: History, messages: BranchMessages) -> bool:
    cut = lineage.boundary(history.repository)
    return any(one.commit in cut for one in messages.own)


class _Refusal(NamedTuple):
    why: str
    hint: str


_REMOVE: Final = "leave the line out"
_LITERAL: Final = "name one literal path in each line"
_PLAN_FIRST: Final = "revert the change, or change the plan first, in a pull request of its own"


class _Reader(NamedTuple):
    branch: Branch
    verdicts: Mapping[bytes, Verdict]
    earlier: Earlier

    def read(self, messages: BranchMessages) -> Excepted:
        found: dict[bytes, ScopeException] = {}
        refused: list[tuple[ScopeException, _Refusal]] = []
        left = self.branch.exceptions - len(self.earlier.excepted)
        for line in read_lines(messages.own):
            path = line.exception.path
            verdict = self.verdicts.get(path)
            is_open = verdict is not None and verdict.kind == "outside" and path not in found
            is_new = path not in self.earlier.excepted
            if is_open and not line.fault and (left > 0 or not is_new):
                found[path] = line.exception
                left -= is_new
            elif len(refused) < _MOST:
                refusal = self._refusal(line, found)
                refused += [(line.exception, refusal)] if refusal else []
        refused += self._merged(messages, found)
        told = tuple(self._finding(*pair) for pair in refused[:_MOST])
        return Excepted(tuple(found.values()), told)

    def _refusal(self, line: Line, found: Mapping[bytes, ScopeException]) -> _Refusal | None:
        """Why a line does not count; None where it counts for what is not judged here."""
        if line.fault:
            return _Refusal(line.fault, line.hint)
        path = line.exception.path
        verdict = self.verdicts.get(path)
        if verdict is None:
            # With --staged, earlier commits are not judged again.
            return None if self.branch.request.is_staged else self._of_unchanged(path)
        if verdict.kind == "forbidden":
            return self._of_forbidden(verdict)
        if verdict.kind != "outside":
            return _Refusal("the branch may touch the path anyway", _REMOVE)
        if path in found:
            return _Refusal(f"commit {found[path].commit[:12]} excepts the path already", _REMOVE)
        return self._beyond_limit()

    def _of_unchanged(self, path: bytes) -> _Refusal:
        """Why a line about a path that the branch does not change does not count."""
        changed = [change.path for change in self.branch.changes]
        if path in changed:
            return _Refusal("a plan file cannot be excepted", _PLAN_FIRST)
        bare = path.strip(b"'`\"<> \t").removeprefix(b"./")
        if bare in changed:
            is_dotted = path.startswith(b"./")
            why = "its path starts with './'" if is_dotted else QUOTING
            return _Refusal(why, f"write it as {path_text(bare)}")
        if any(one.startswith(bare.rstrip(b"/") + b"/") for one in changed):
            return _Refusal("it names a folder", _LITERAL)
        if re.search(rb"[*?\[]", path):
            return _Refusal("it names a pattern", _LITERAL)
        if not frozenset(re.split(rb"[\s,;]+", path)).isdisjoint(changed):
            return _Refusal("it names several paths", _LITERAL)
        return _Refusal("the branch does not change the path", _REMOVE)

    def _of_forbidden(self, verdict: Verdict) -> _Refusal:
        finding = verdict.finding
        if finding is not None and finding.rule == FOREIGN_PATH.name:
            owner = dict(finding.details)["owner_slice"]
            return _Refusal(f"the slice {owner!r} holds the path", finding.hint)
        return _Refusal("a plan excludes the path", finding.hint if finding else "")

    def _beyond_limit(self) -> _Refusal:
        if isinstance(self.branch.judged_by, ChosenRule):
            return _Refusal("a branch without a slice may except no path", _PLAN_FIRST)
        if self.branch.is_revert:
            return _Refusal("a revert may except no path", _PLAN_FIRST)
        limit = self.branch.exceptions
        if not limit:
            return _Refusal("its slice may except no path (limits.exceptions)", _PLAN_FIRST)
        paths = "1 path" if limit == 1 else f"{limit} paths"
        return _Refusal(f"its slice may except {paths} (limits.exceptions)", _PLAN_FIRST)

    def _merged(
        self, messages: BranchMessages, found: Mapping[bytes, ScopeException]
    ) -> Iterator[tuple[ScopeException, _Refusal]]:
        """The lines in commits that were merged in, about paths that are still out of scope."""
        hint = "repeat the line in a commit of the branch: git commit --allow-empty"
        for line in read_lines(messages.merged):
            verdict = self.verdicts.get(line.exception.path)
            is_open = verdict and verdict.kind == "outside" and line.exception.path not in found
            if is_open and not line.fault:
                yield line.exception, _Refusal("its commit was merged into the branch", hint)

    def _finding(self, line: ScopeException, refusal: _Refusal) -> Diagnostic:
        shown = path_text(line.path)
        shown = f" for '{shown[:_WIDEST]}{'…' if len(shown) > _WIDEST else ''}'" if shown else ""
        verdict = self.verdicts.get(line.path)
        judged_by = self.branch.judged_by
        place = path_text(line.path) if verdict else judged_by.plan.path if judged_by else ""
        details: dict[str, Any] = {"change": verdict.change.status} if verdict else {}
        details["commit"] = line.commit
        return EXCEPTION_REFUSED.at(
            Location(place),
            f"the exception{shown} in commit {line.commit[:12]} does not count: {refusal.why}",
            refusal.hint,
            **details,
        )
