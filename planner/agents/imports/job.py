"""Makes a plan of the files to import, and lets lint judge it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner.agents import proposal
from planner.agents.imports.drafts.draft import Draft, Waiting, draft
from planner.agents.imports.found import Found, Source
from planner.agents.imports.lists import spec_kit, spec_kitty, task_master
from planner.agents.imports.pages.read import false_claims, read_pages
from planner.agents.imports.prose import Prose
from planner.agents.imports.sources import NAMES, Form, form_of, read_source
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, has_errors, ordered
from planner.errors import PlannerError
from planner.lint.tree import tree_of
from planner.plan import find
from planner.plan.document.writing import write_document
from planner.plan.parse import parse
from planner.repository import changes
from planner.rules import UNPLANNED_RULE

_MOST_TASKS: Final = 1_000


class Imported(NamedTuple):
    """A plan that was made of files.

    Attributes:
        path: where it belongs, from the repository root.
        text: the file; empty where what is wrong left no plan.
        findings: what is wrong with the files and with the plan, and what was left out.
        counts: of slices and of tasks.
        remarks: lines for people.
        has_rule: whether the plan has a rule for branches that are no slice.
    """

    form: Form
    path: str
    text: str
    findings: tuple[Diagnostic, ...]
    waiting: tuple[Waiting, ...] = ()
    counts: tuple[int, int] = (0, 0)
    remarks: tuple[str, ...] = ()
    has_rule: bool = False

    def strict(self) -> "Imported":
        """Return the same with warnings as errors."""
        findings = tuple(
            one._replace(severity="error") if one.severity == "warning" else one
            for one in self.findings
        )
        return self._replace(findings=findings)


def read_import(run: Run, paths: Sequence[Path], *, plan: str, tag: str) -> Imported:
    """Return the plan that files say.

    Args:
        plan: the path of the plan, from the repository root; empty for the default.
        tag: which list of Task Master's file; empty for the only one, or `master`.

    Raises:
        PlannerError: a file cannot be read, or is not of a known form; or there is something in
            the place of the plan.
        UnusablePlanError: another plan of the repository is unusable.
    """
    sources = [read_source(path, run.repository.root) for path in paths]
    form = form_of(sources)
    if tag and form != "task-master":
        raise PlannerError(f"--tag is for Task Master; this is {NAMES[form]}", hint="drop it")
    if form == "pages":
        return _of_pages(run, sources, plan)
    found = _found(form, sources, run, tag)
    count = sum(len(group.items) for group in found.groups)
    if max(count, len(found.groups)) > _MOST_TASKS:
        raise PlannerError(
            f"there are more than {_MOST_TASKS:,} tasks", hint="split the list, import each part"
        )
    if not found.groups and not has_errors(found.findings):
        raise PlannerError(
            "there is nothing to plan: the list has no open task", hint="add one, then import again"
        )
    is_first = proposal.free_path(run, found.title or "plan") == find.FIRST
    made = draft(found, tree_of(run), is_first=is_first)
    imported = _judged(run, form, made, plan or proposal.free_path(run, found.title))
    return imported._replace(remarks=found.remarks)


def _found(form: Form, sources: Sequence[Source], run: Run, tag: str) -> Found:
    """What the files say, by the reader of their form."""
    tracked = changes.list_tracked(run.repository)
    root = str(run.repository.root)
    if form == "task-master":
        return task_master.read(sources[0], tracked, root, tag)
    if form == "spec-kitty":
        return spec_kitty.read(sources, tracked, root)
    return spec_kit.read(sources[0], tracked, root)


def _of_pages(run: Run, sources: Sequence[Source], plan: str) -> Imported:
    prose = Prose(changes.list_tracked(run.repository), str(run.repository.root))
    title, made, claims = read_pages(sources, prose)
    imported = _judged(run, "pages", made, plan or proposal.free_path(run, title))
    read = parse(imported.text.encode(), imported.path).usable if imported.text else None
    false = false_claims(read, claims) if read else ()
    return imported._replace(findings=ordered([*imported.findings, *false]))


def _judged(run: Run, form: Form, made: Draft, path: str) -> Imported:
    """The plan, with what lint finds in it beside the other plans."""
    proposal.refuse_taken(run, path)
    if made.values is None:
        return Imported(form, path, "", made.findings)
    text = write_document(made.values, comment=_TOP.format(_TITLES[form]))
    content = text.encode()
    found = [
        one
        for one in proposal.judge(run, path, content).findings
        if one.rule != UNPLANNED_RULE.name  # the plan says so itself
    ]
    plan = parse(content, path).plan
    slices = plan.slices if plan else ()
    counts = (len(slices), sum(len(slice_.tasks) for slice_ in slices))
    findings = ordered([*made.findings, *found])
    has_rule = bool(plan and plan.unplanned)
    return Imported(form, path, text, findings, made.waiting, counts, has_rule=has_rule)


_TOP: Final = "Imported from {}; from now on this is the file to edit."
_TITLES: Final = {
    "spec-kit": "a task list of Spec Kit",
    "spec-kitty": "work packages of spec-kitty",
    "task-master": "a task list of Task Master",
    "pages": "the pages of a plan",
}
