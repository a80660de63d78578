"""Which documents the plans render to, where they go, and whether they may be written."""

import hashlib
import json
from collections.abc import Iterable
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
    repository: Repository, objects: Objects, plan: str, *, out: str = "", templates: str = ""
) -> tuple[Page, ...]:
    """Render a plan of the work tree, and compare its documents with the files in their place.

    Args:
        plan: the path of the plan file, relative to the repository root.
        out: the folder for the documents; empty for the folder of the plan.
        templates: a folder of templates, searched first.

    Raises:
        PlannerError: the plan, a template or a file cannot be used.
    """
    texts = render(repository, plan, find.content(repository.root, plan), templates)
    paths = [str(Path(out).absolute() / name) for name in find.DOCUMENTS] if out else None
    recorded = _read_record(_record_path(repository))
    before: dict[str, str] | None = None
    pages = []
    for path, (name, text) in zip(paths or find.documents(plan), texts.items(), strict=True):
        on_disk = files.read(repository.root / path)
        in_head = None if out else objects.content(path_bytes(f"HEAD:{path}"))
        old = "" if on_disk is None else text_of(on_disk)
        rendered = (old,) if recorded.get(path) == _hash(old) else ()
        page = judge(path, text, on_disk=on_disk, in_head=in_head, rendered=rendered)
        if page.action == "refuse" and not page.is_foreign:
            # The file may be what the plan in HEAD renders to, but was not committed with it.
            before = _render_head(repository, objects, plan) if before is None else before
            page = judge(path, text, on_disk=on_disk, rendered=(before.get(name, ""),))
        pages.append(page)
    return tuple(pages)


def render(
    repository: Repository, path: str, content: bytes, templates: str = ""
) -> dict[str, str]:
    """Return the documents of a plan by name, by the templates of the work tree.

    Raises:
        PlannerError: the plan or a template cannot be used.
    """
    folders = [Path(templates)] if templates else []
    if templates and not folders[0].is_dir():
        raise PlannerError(f"there is no folder {templates!r}", hint="name one: --templates DIR")
    folders.append(repository.root / documents.FOLDER)
    plan = usable(content, path)
    return documents.render(plan, schedule(plan), folders=tuple(folders))


def _render_head(repository: Repository, objects: Objects, path: str) -> dict[str, str]:
    """Return the documents of the plan in HEAD; none when it cannot be rendered."""
    content = objects.content(path_bytes(f"HEAD:{path}"))
    try:
        return {} if content is None else render(repository, path, content)
    except PlannerError:
        return {}


def stale(pages: Iterable[Page]) -> tuple[Diagnostic, ...]:
    """Report each page whose file is missing or not what the plan renders to."""
    message, hint = "is not what the plan renders to", "update it: planner render"
    return tuple(
        STALE_DOCUMENT.at(Location(page.path), f"{page.path!r} {message}", hint)
        for page in pages
        if page.action != "same"
    )


def refused(pages: Iterable[Page]) -> tuple[Diagnostic, ...]:
    """Report each page whose file contains text that writing would lose."""
    diagnostics = []
    for page in pages:
        if page.action == "refuse":
            message = "was edited by hand, and rendering would discard the edit"
            hint = (
                "move the edit into the plan, or discard it with planner render --force; "
                "planner render --diff shows it"
            )
            if page.is_foreign:
                message = "was not written by planner, and rendering would replace it"
                hint = "move it away, or replace it: planner render --force"
            location = Location(page.path)
            diagnostics.append(EDITED_DOCUMENT.at(location, f"{page.path!r} {message}", hint))
    return tuple(diagnostics)


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
