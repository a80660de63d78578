"""Reads the files to import, tells what wrote them, and makes a plan that lint takes."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from planner import files
from planner.agents.imports.draft import Draft, Waiting, draft
from planner.agents.imports.found import Found, Source, id_of
from planner.agents.imports.lists import spec_kit, spec_kitty, task_master
from planner.agents.imports.pages.read import false_claims, is_page, read_pages
from planner.agents.imports.prose import Prose
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, ordered
from planner.errors import PlannerError
from planner.lint.plans import lint
from planner.lint.tree import Tree, read_tree
from planner.plan import find
from planner.plan.document.nodes import LARGEST_BYTES
from planner.plan.document.writing import write_document
from planner.plan.parse import parse, usable_plans
from planner.repository import changes

_MOST_TASKS: Final = 2_000
_KNOWN: Final = (
    "it reads Spec Kit's tasks.md, spec-kitty's tasks/WP….md, Task Master's tasks.json, "
    "and PLAN.md with TASKS.md"
)


class Imported(NamedTuple):
    """A plan that was made of files.

    Attributes:
        path: where it belongs, from the repository root.
        text: the file; empty where what is wrong left no plan.
        findings: what is wrong with the files and with the plan, and what was left out.
    """

    kind: str
    path: str
    text: str
    findings: tuple[Diagnostic, ...]
    waiting: tuple[Waiting, ...] = ()
    counts: tuple[int, int] = (0, 0)
    remarks: tuple[str, ...] = ()


def read_import(run: Run, paths: Sequence[Path], *, plan: str, tag: str) -> Imported:
    """Return the plan that files say.

    Args:
        plan: the path of the plan, from the repository root; empty for the default.
        tag: which list of Task Master's file; empty for the only one, or `master`.

    Raises:
        PlannerError: a file cannot be read, is not of a known form, or is not UTF-8.
        UnusablePlanError: another plan of the repository is unusable.
    """
    root = run.repository.root
    sources = [_read(path, root) for path in paths]
    tree = read_tree(run)
    others = find.every_in_folder(root)
    kind = _form(sources)
    if tag and kind != "task-master":
        raise PlannerError(f"--tag is for Task Master; this is {_NAMES[kind]}", hint="drop it")
    if kind == "pages":
        return _of_pages(run, sources, plan, others, tree)
    found = _found(kind, sources, run, tag)
    count = sum(len(group.items) for group in found.groups)
    if count > _MOST_TASKS or len(found.groups) > _MOST_TASKS:
        raise PlannerError(
            f"there are more than {_MOST_TASKS:,} tasks", hint="split the list, import each part"
        )
    made = draft(found, tree, is_first=not others)
    path = plan or _default_path(others, found.title)
    return _linted(root, _Asked(kind, path, others), made, tree)._replace(remarks=found.remarks)


def _of_pages(
    run: Run, sources: Sequence[Source], plan: str, others: Sequence[str], tree: Tree
) -> Imported:
    prose = Prose(changes.list_tracked(run.repository), str(run.repository.root))
    title, made, claims = read_pages(sources, prose)
    path = plan or _default_path(others, title)
    imported = _linted(run.repository.root, _Asked("pages", path, others), made, tree)
    read = parse(imported.text.encode(), path).usable if imported.text else None
    false = false_claims(read, claims) if read else ()
    return imported._replace(findings=ordered([*imported.findings, *false]))


class _Asked(NamedTuple):
    """What a plan is made of, where it belongs, and the other plans."""

    kind: str
    path: str
    others: Sequence[str]


def _linted(root: Path, asked: _Asked, made: Draft, tree: Tree) -> Imported:
    """The plan, with what lint finds in it beside the other plans."""
    kind, path, others = asked
    if made.values is None:
        return Imported(kind, path, "", made.findings)
    text = write_document(made.values, comment=_TOP.format(_TITLES[kind]))
    usable_plans(contents := {one: find.content(root, one) for one in others if one != path})
    parsed = [parse(content, one) for one, content in contents.items()]
    mine = parse(text.encode(), path)
    all_found = lint([*parsed, mine], tree)
    own = [
        one
        for one in all_found
        if path in (one.location.path, *(each.location.path for each in one.related))
        and one.rule != "unplanned-rule"
    ]
    slices = mine.plan.slices if mine.plan else ()
    counts = (len(slices), sum(len(slice_.tasks) for slice_ in slices))
    findings = ordered([*made.findings, *own])
    return Imported(kind, path, text, findings, made.waiting, counts)


_TOP: Final = "Imported from {}; from now on this is the file to edit."


def _read(path: Path, root: Path) -> Source:
    content = files.read(path, most=LARGEST_BYTES + 1)
    if content is None:
        raise PlannerError(f"no file {str(path)!r}", hint="name a file: planner import FILE…")
    if len(content) > LARGEST_BYTES:
        raise PlannerError(
            f"{str(path)!r} is larger than {LARGEST_BYTES:,} bytes", hint="import a part of it"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlannerError(
            f"{str(path)!r} is not UTF-8 (byte {error.start:,})", hint="save it as UTF-8"
        ) from error
    if "\0" in text:
        raise PlannerError(f"{str(path)!r} is a binary file", hint=_KNOWN)
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    real = Path(os.path.realpath(absolute.parent)) / absolute.name
    shown = real.relative_to(root).as_posix() if root in real.parents else str(path)
    return Source(shown, text.replace("\r\n", "\n").replace("\r", "\n"))


def _form(sources: Sequence[Source]) -> str:
    """The form of the files.

    Raises:
        PlannerError: one has a form that is not known, or they do not belong together.
    """
    kinds = [_kind(source) for source in sources]
    for source, kind in zip(sources, kinds, strict=True):
        if not kind:
            raise PlannerError(f"planner does not know the form of {source.shown!r}", hint=_KNOWN)
    first = kinds[0]
    if set(kinds) != {first} or (len(kinds) > 1 and first in ("spec-kit", "task-master")):
        pairs = zip(sources, kinds, strict=True)
        shown = ", ".join(f"{source.shown!r} is {_NAMES[kind]}" for source, kind in pairs)
        raise PlannerError(f"these files do not make one plan: {shown}", hint="import one of them")
    return first


def _found(kind: str, sources: Sequence[Source], run: Run, tag: str) -> Found:
    """What the files say, by the reader of their form."""
    tracked = changes.list_tracked(run.repository)
    root = str(run.repository.root)
    if kind == "task-master":
        return task_master.read(sources[0], tracked, root, tag)
    if kind == "spec-kitty":
        return spec_kitty.read(sources, tracked, root)
    return spec_kit.read(sources[0], tracked, root)


_TITLES: Final = {
    "spec-kit": "a task list of Spec Kit",
    "spec-kitty": "work packages of spec-kitty",
    "task-master": "a task list of Task Master",
    "pages": "the pages of a plan",
}
_NAMES: Final = {
    "spec-kit": "a list of Spec Kit",
    "spec-kitty": "a work package of spec-kitty",
    "task-master": "a list of Task Master",
    "pages": "a page",
}


def _kind(source: Source) -> str:
    if task_master.is_task_master(source):
        return "task-master"
    if spec_kitty.is_spec_kitty(source.text):
        return "spec-kitty"
    if is_page(source.text):
        return "pages"
    return "spec-kit" if spec_kit.is_spec_kit(source.text) else ""


def _default_path(others: Sequence[str], title: str) -> str:
    folder = f"{find.FOLDER}/{id_of(title, 'imported')}" if others else find.FOLDER
    return f"{folder}/plan.yaml"
