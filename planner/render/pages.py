"""Which documents the plans render to, where they go, and whether they may be written."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from planner import files
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Location
from planner.errors import PlannerError
from planner.paths import path_bytes
from planner.plan import find
from planner.render import limited, templates
from planner.render.freshness import Page, judge, text_of
from planner.render.templates import Templates
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.rules import EDITED_DOCUMENT, STALE_DOCUMENT

_LARGEST_RECORD_BYTES: Final = 1 << 20


def own_templates(run: Run, named: str = "") -> Templates:
    """Return the repository's own templates; those of the folder that is named come before them.

    In CI those of the trusted commit: a branch is not judged by templates that it brings along.

    Raises:
        PlannerError: a folder cannot be read, or is a link; or the work tree has templates in CI,
            and nothing tells the trusted commit.
    """
    root = run.repository.root
    own = templates.in_folder(root / templates.FOLDER, root=root)
    if run.event.is_ci and run.trusted_tip:
        own = templates.in_commit(run.objects, run.trusted_tip.commit)
    elif run.event.is_ci and own:
        raise PlannerError(
            f"cannot tell whose {templates.FOLDER} counts: the default branch is not in this clone",
            hint="fetch the full history (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)",
        )
    first = templates.in_folder(Path(named), root=root, is_needed=True) if named else {}
    return {**own, **first}


def read_pages(
    repository: Repository, objects: Objects, plan: str, own: Templates, *, out: str = ""
) -> tuple[Page, ...]:
    """Render a plan of the work tree, and compare its documents with the files in their place.

    Args:
        plan: the path of the plan file, relative to the repository root.
        own: the repository's own templates.
        out: the folder for the documents; empty for the folder of the plan.

    Raises:
        PlannerError: the plan, a template or a file cannot be used.
    """
    root = repository.root
    texts = limited.render(find.content(root, plan), plan, own)
    recorded = _read_record(_record_path(repository))
    render_head = cache(lambda: _render_head(objects, plan, own))

    def rendered(path: str, name: str, on_disk: bytes | None) -> Iterator[str]:
        old = text_of(on_disk or b"")
        if recorded.get(path) == _hash(old):
            yield old
        # The file may be what the plan in HEAD renders to, but was not committed with it.
        yield render_head().get(name, "")

    pages = []
    for path, (name, text) in zip(_places(plan, out), texts.items(), strict=True):
        files.refuse_links(root / path, root)
        on_disk = files.read(root / path)
        in_head = None if out else objects.content(path_bytes(f"HEAD:{path}"))
        before = rendered(path, name, on_disk)
        pages.append(judge(path, text, on_disk=on_disk, in_head=in_head, rendered=before))
    return tuple(pages)


def _places(plan: str, out: str) -> tuple[str, ...]:
    """Return the paths of a plan's documents.

    In a folder of their own, those of `docs/plan/NAME/plan.yaml` go to its folder NAME: several
    plans would overwrite each other.
    """
    if not out:
        return find.documents(plan)
    effort = plan.removeprefix(f"{find.FOLDER}/").rpartition("/")[0]
    folder = Path(out).absolute() / (effort if find.is_plan_path(path_bytes(plan)) else "")
    return tuple(str(folder / name) for name in find.DOCUMENTS)


def _render_head(objects: Objects, path: str, own: Templates) -> dict[str, str]:
    """Return the documents of the plan in HEAD; none when it cannot be rendered."""
    content = objects.content(path_bytes(f"HEAD:{path}"))
    try:
        return {} if content is None else limited.render(content, path, own)
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
    try:
        for page in pages:
            if page.action != "same":
                files.write(repository.root / page.path, page.content.encode())
            after[page.path] = _hash(page.content)
    finally:  # a page that was written before another could not be is known the next time
        if after != before:
            files.write(record, json.dumps(after, indent=1, sort_keys=True).encode())


def _record_path(repository: Repository) -> Path:
    return repository.git_dir / "planner" / "rendered.json"


def _read_record(path: Path) -> dict[str, str]:
    """Return the hashes of what was last rendered, by path; none when the file is malformed."""
    try:
        record = json.loads(files.read(path, most=_LARGEST_RECORD_BYTES) or b"{}")
    # Deeply nested JSON raises a RecursionError; a folder in the file's place is not a file.
    except (ValueError, RecursionError, PlannerError):
        return {}
    entries = record.items() if isinstance(record, dict) else ()
    return {key: value for key, value in entries if isinstance(value, str)}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
