"""Which documents the plans render to, where they go, and whether they may be written."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
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
    render_head = cache(lambda: _render_head(repository, objects, plan))

    def rendered(path: str, name: str, on_disk: bytes | None) -> Iterator[str]:
        old = text_of(on_disk or b"")
        if recorded.get(path) == _hash(old):
            yield old
        # The file may be what the plan in HEAD renders to, but was not committed with it.
        yield render_head().get(name, "")

    pages = []
    for path, (name, text) in zip(paths or find.documents(plan), texts.items(), strict=True):
        on_disk = files.read(repository.root / path)
        in_head = None if out else objects.content(path_bytes(f"HEAD:{path}"))
        before = rendered(path, name, on_disk)
        pages.append(judge(path, text, on_disk=on_disk, in_head=in_head, rendered=before))
    return tuple(pages)


def render(
    repository: Repository, path: str, content: bytes, templates: str = ""
) -> dict[str, str]:
    """Return the documents of a plan by name, by the templates of the work tree.

    Raises:
        PlannerError: the plan or a template cannot be used.
    """
    own = repository.root / documents.FOLDER
    folders = [Path(templates), own] if templates else [own]
    if templates:
        _check_folder(templates)
    plan = usable(content, path)
    return documents.render(plan, schedule(plan), folders=tuple(folders))


def _check_folder(templates: str) -> None:
    """Refuse a folder that cannot be read: Jinja would take the packaged templates instead."""
    try:
        os.scandir(f"{templates}/.").close()  # "/.": so that it must be searchable as well
    except OSError as error:
        message = f"cannot read the folder of templates {templates!r}: {error.strerror}"
        raise PlannerError(message, hint="name a readable folder: --templates DIR") from error


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
        STALE_DOCUMENT.at(Location(page.path), message, hint)
        for page in pages
        if page.action != "same"
    )


_REFUSALS: Final = {
    "edited": (
        "was edited by hand, and rendering would discard the edit",
        "move the edit into the plan, or discard it with planner render --force; "
        "planner render --diff shows it",
    ),
    "foreign": (
        "was not written by planner, and rendering would replace it",
        "move it away, or replace it: planner render --force",
    ),
}


def refused(pages: Iterable[Page]) -> tuple[Diagnostic, ...]:
    """Report each page whose file contains text that writing would lose."""
    return tuple(
        EDITED_DOCUMENT.at(Location(page.path), *_REFUSALS[page.action])
        for page in pages
        if page.action in _REFUSALS
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
