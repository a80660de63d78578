"""The part `documents` of `check`: are PLAN.md and TASKS.md what the head's plans render to?"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from planner.branch.read import Branch
from planner.branch.run import Run
from planner.branch.trusted import plan_files
from planner.diagnostic import Diagnostic, Location, Related, Severity
from planner.errors import PlannerError
from planner.paths import path_bytes, path_keys, path_text
from planner.plan import find
from planner.report import Places, Report, undecided_part
from planner.repository.changes import REGULAR
from planner.repository.objects import Objects, TreeEntry
from planner.rules import STALE_DOCUMENT

_TEMPLATES = b".planner/templates/"


class Document(NamedTuple):
    """A document of a plan in the head.

    Attributes:
        entry: what is at its path in the head; None where the branch deleted it.
    """

    path: str
    plan: str
    entry: TreeEntry | None


class Judged(NamedTuple):
    """A document, what it says, and what its plan renders to."""

    document: Document
    text: str
    wanted: str

    @property
    def is_stale(self) -> bool:
        """Whether it is not what the plan renders to, or is not a file any more."""
        return self.document.entry is None or self.text != self.wanted


def check(run: Run, branch: Branch) -> Report:
    """Check the documents in the head of a branch, by the templates of the trusted commit.

    A plan of the head or a template that cannot be used leaves the part undecided.

    Raises:
        GitError: git failed.
    """
    if branch.is_nothing:
        return Report("check", not_applicable="nothing changed")
    contents = _plans(run, branch)
    found = [one for plan in contents for one in _documents(run.objects, branch, plan)]
    if not found:
        return Report("check", not_applicable="no plan has a rendered page")
    try:
        judged = tuple(_judged(run, branch, contents, found))
    except PlannerError as error:  # a plan that the branch broke is told by the part `scope`
        return undecided_part("documents", error)
    many = f"{len(judged)} document{'' if len(judged) == 1 else 's'}"
    return Report(
        "check",
        tuple(_finding(branch, one) for one in judged if one.is_stale),
        summary=(f"{many} compared with what the plans of the branch render to",),
        payload={
            "documents": [
                {**path_keys(path_bytes(one.document.path)), "plan": one.document.plan,
                 "state": _state(one)}
                for one in judged
            ],
        },
        places=Places(first_lines=partial(_first_lines, judged)),
    )  # fmt: skip


def _plans(run: Run, branch: Branch) -> dict[str, bytes]:
    """The plans of the head by path, with those that are not in docs/plan."""
    head = branch.head.commit
    contents = dict(plan_files(run.objects, head))
    for path in branch.trusted.paths:
        if path not in contents:
            content = run.objects.blob(head, path)
            if content is not None:
                contents[path] = content
    return contents


def _documents(objects: Objects, branch: Branch, plan: str) -> Iterator[Document]:
    """The documents of a plan that the head has, or that it deleted."""
    for path in find.documents(plan):
        entry = _entry(objects, branch.head.commit, path)
        if entry is not None or _entry(objects, branch.merge_base, path) is not None:
            yield Document(path, plan, entry)


def _entry(objects: Objects, commit: str, path: str) -> TreeEntry | None:
    folder, _, name = path_bytes(path).rpartition(b"/")
    entries = objects.tree(commit.encode() + b":" + folder)
    return next((entry for entry in entries if entry.name == name), None)


def _judged(
    run: Run, branch: Branch, contents: Mapping[str, bytes], documents: Sequence[Document]
) -> Iterator[Judged]:
    # jinja2 is slow to load, and most branches of a repository without documents do without it.
    from planner.render import limited, templates  # noqa: PLC0415

    own = templates.in_commit(run.objects, branch.trusted.revision.commit)
    for plan in dict.fromkeys(one.plan for one in documents):
        texts = limited.render(contents[plan], plan, own)
        wanted = dict(zip(find.documents(plan), texts.values(), strict=True))
        for one in documents:
            if one.plan == plan:
                content = _content(run.objects, one)
                yield Judged(one, path_text(content), wanted[one.path])


def _content(objects: Objects, document: Document) -> bytes:
    """What a document says; empty where it is not a regular file."""
    entry = document.entry
    if entry is None or entry.mode not in REGULAR:
        return b""
    return objects.needed(entry.oid, f"the document {document.path!r}")


def _finding(branch: Branch, one: Judged) -> Diagnostic:
    message, hint = "is not what the plan renders to", "update it: planner render"
    if one.document.entry is None:
        message = "was deleted, but its plan was not"
        hint = "restore it: planner render"
    elif one.text.replace("\r\n", "\n") == one.wanted:
        message = "has other line endings than the LF that the plan renders to"
    if any(change.path.startswith(_TEMPLATES) for change in branch.changes):
        hint += f"; the templates of {branch.trusted.revision} count, not those of the branch"
    related = Related(Location(one.document.plan, 1), "the plan")
    # The base, or a new version of planner, made it stale: that must not stop all other branches.
    touched = {path_bytes(one.document.path), path_bytes(one.document.plan)}
    is_own = any(change.path in touched for change in branch.changes)
    severity: Severity | None = None if is_own else "warning"
    place = Location(one.document.path)
    return STALE_DOCUMENT.at(place, message, hint, severity=severity, related=(related,))


def _state(one: Judged) -> str:
    if one.document.entry is None:
        return "deleted"
    return "stale" if one.is_stale else "current"


def _first_lines(judged: Sequence[Judged], paths: Collection[str]) -> Mapping[str, int]:
    """The first line of each document that differs."""
    lines = {}
    for one in judged:
        if one.document.path in paths and one.text:
            ours, theirs = one.text.split("\n"), one.wanted.split("\n")
            pairs = zip(ours, theirs, strict=False)
            same = next((at for at, (a, b) in enumerate(pairs) if a != b), len(theirs))
            lines[one.document.path] = min(same + 1, len(ours) - one.text.endswith("\n"))
    return lines
