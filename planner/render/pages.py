"""Which documents the plans render to, where they go, and whether they may be written."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from planner import files
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan import find
from planner.plan.parse import usable
from planner.render import documents
from planner.render.freshness import Page, judge, text_of
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.rules import EDITED_DOCUMENT, STALE_DOCUMENT
from planner.schedule import schedule

_LARGEST_RECORD_BYTES: Final = 1 << 20


def read_pages(
    repository: Repository,
    objects: Objects,
    plans: Iterable[str],
    *,
    out: str = "",
    templates: str = "",
) -> tuple[Page, ...]:
    """Render plans of the work tree, and compare the documents with the files in their place.

    Args:
        plans: paths of plan files, relative to the repository root.
        out: the folder for the documents; empty for the folder of each plan.
        templates: a folder of templates, searched first.

    Raises:
        PlannerError: a plan, a template or a file cannot be used.
    """
    recorded = _read_record(_record_path(repository))
    return tuple(
        page
        for plan in plans
        for page in _plan_pages(repository, objects, plan, (out, templates), recorded)
    )


def _plan_pages(
    repository: Repository,
    objects: Objects,
    plan: str,
    folders: tuple[str, str],
    recorded: dict[str, str],
) -> Iterator[Page]:
    out, templates = folders
    paths = find.documents(plan)
    if out:
        paths = tuple(str(Path(out).absolute() / name) for name in find.DOCUMENTS)
    texts = _render(repository, plan, find.content(repository.root, plan), templates)
    before: tuple[str, ...] | None = None
    for at, (path, text) in enumerate(zip(paths, texts, strict=True)):
        on_disk = files.read(repository.root / path)
        in_head = None if out else objects.content(path_bytes(f"HEAD:{path}"))
        old = "" if on_disk is None else text_of(on_disk)
        rendered = (old,) if recorded.get(path) == _hash(old) else ()
        page = judge(path, text, on_disk=on_disk, in_head=in_head, rendered=rendered)
        if page.action == "refuse" and not page.is_foreign:
            # The file may be what the plan in HEAD renders to, but was not committed with it.
            before = _render_head(repository, objects, plan) if before is None else before
            page = judge(path, text, on_disk=on_disk, in_head=in_head, rendered=before[at : at + 1])
        yield page


def _render(repository: Repository, path: str, content: bytes, templates: str) -> tuple[str, ...]:
    """Return the documents of a plan, in the order of `find.DOCUMENTS`."""
    folders = [repository.root / documents.FOLDER]
    if templates:
        if not Path(templates).is_dir():
            raise PlannerError(
                f"there is no folder {templates!r}", hint="name a folder: --templates DIR"
            )
        folders.insert(0, Path(templates))
    plan = usable(content, path)
    return tuple(documents.render(plan, schedule(plan), folders=tuple(folders)).values())


def _render_head(repository: Repository, objects: Objects, path: str) -> tuple[str, ...]:
    """Return the documents of the plan in HEAD; none when it cannot be rendered."""
    content = objects.content(path_bytes(f"HEAD:{path}"))
    try:
        return () if content is None else _render(repository, path, content, "")
    except PlannerError:
        return ()


def read_document(repository: Repository, plans: tuple[str, ...], name: str, templates: str) -> str:
    """Render one document of the only plan.

    Raises:
        PlannerError: there are several plans, there is no such document, or it cannot be rendered.
    """
    if name not in find.DOCUMENTS:
        raise PlannerError(
            f"there is no document {name!r}", hint=f"name one of: {', '.join(find.DOCUMENTS)}"
        )
    if len(plans) > 1:
        raise PlannerError(
            f"there are {len(plans)} plans, but one document is requested",
            hint="name the plan: --plan PATH",
        )
    texts = _render(repository, plans[0], find.content(repository.root, plans[0]), templates)
    return texts[find.DOCUMENTS.index(name)]


def stale(pages: Iterable[Page]) -> tuple[Diagnostic, ...]:
    """Report each page whose file is missing or not what the plan renders to."""
    return tuple(
        STALE_DOCUMENT.at(
            Location(page.path),
            f"{page.path!r} is not what the plan renders to",
            "update it: planner render",
        )
        for page in pages
        if page.action != "same"
    )


def refused(pages: Iterable[Page]) -> tuple[Diagnostic, ...]:
    """Report each page whose file contains text that writing would lose."""
    return tuple(
        EDITED_DOCUMENT.at(Location(page.path), *_refusal(page))
        for page in pages
        if page.action == "refuse"
    )


def _refusal(page: Page) -> tuple[str, str]:
    if page.is_foreign:
        return (
            f"{page.path!r} was not written by planner, and rendering would replace it "
            "(diff above)",
            "move it away, or replace it: planner render --force",
        )
    return (
        f"{page.path!r} was edited by hand, and rendering would discard the edit (diff above)",
        "move the edit into the plan, or discard it: planner render --force",
    )


def write_pages(repository: Repository, pages: Iterable[Page]) -> None:
    """Write the pages that differ from their files, also those that `refused` reports.

    Records what was written, as hashes in the git folder of this work tree: a plan is edited and
    rendered many times before it is committed, and without the record the second time would look
    like an edit by hand. Losing the record costs one --force.

    Raises:
        PlannerError: a file cannot be written.
    """
    record = _record_path(repository)
    before = _read_record(record)
    after = dict(before)
    for page in pages:
        if page.action != "same":
            files.write(repository.root / page.path, page.content.encode())
        after[page.path] = _hash(page.content)
    if after != before:
        files.write(record, json.dumps(after, indent=1, sort_keys=True).encode())


def _record_path(repository: Repository) -> Path:
    return repository.git_dir / "planner" / "rendered.json"


def _read_record(path: Path) -> dict[str, str]:
    """Return the hashes of what was last rendered, by path; none when the file is malformed."""
    try:
        record = json.loads(files.read(path, most=_LARGEST_RECORD_BYTES) or b"{}")
    except (ValueError, RecursionError):  # deeply nested JSON raises the latter
        return {}
    entries = record.items() if isinstance(record, dict) else ()
    return {key: value for key, value in entries if isinstance(value, str)}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
