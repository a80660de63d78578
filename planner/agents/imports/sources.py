"""Reads the files to import, and tells what wrote them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from planner import files
from planner.agents.imports.found import Source
from planner.agents.imports.lists import spec_kit, spec_kitty, task_master
from planner.agents.imports.pages.read import is_page
from planner.errors import PlannerError
from planner.plan.document.nodes import LARGEST_BYTES

Form = Literal["spec-kit", "spec-kitty", "task-master", "pages"]
_KNOWN: Final = (
    "it reads Spec Kit's tasks.md, spec-kitty's tasks/WP….md, Task Master's tasks.json, "
    "and PLAN.md with TASKS.md"
)


def read_source(path: Path, root: Path) -> Source:
    """Return a file with its line endings as LF.

    Raises:
        PlannerError: it cannot be read, is too large, is binary, or not UTF-8.
    """
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


def form_of(sources: Sequence[Source]) -> Form:
    """Return the form of the files.

    Raises:
        PlannerError: one has a form that is not known, or they do not belong together.
    """
    kinds = []
    for source in sources:
        kind = _kind(source)
        if kind is None:
            raise PlannerError(f"planner does not know the form of {source.shown!r}", hint=_KNOWN)
        kinds.append(kind)
    first = kinds[0]
    if set(kinds) != {first} or (len(kinds) > 1 and first in ("spec-kit", "task-master")):
        pairs = zip(sources, kinds, strict=True)
        shown = ", ".join(f"{source.shown!r} is {NAMES[kind]}" for source, kind in pairs)
        raise PlannerError(f"these files do not make one plan: {shown}", hint="import one of them")
    return first


NAMES: Final = {
    "spec-kit": "a list of Spec Kit",
    "spec-kitty": "a work package of spec-kitty",
    "task-master": "a list of Task Master",
    "pages": "a page",
}


def _kind(source: Source) -> Form | None:
    if task_master.is_task_master(source):
        return "task-master"
    if spec_kitty.is_spec_kitty(source.text):
        return "spec-kitty"
    if is_page(source.text):
        return "pages"
    return "spec-kit" if spec_kit.is_spec_kit(source.text) else None
