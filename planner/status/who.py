"""What the plans say of a path: which slices hold it, and whether it is shared or excluded."""

from typing import NamedTuple

from planner.paths import path_bytes
from planner.plan.model import Chosen, Entry
from planner.repository.git import Repository
from planner.scopes.fence import Fence


class Holders(NamedTuple):
    """What the plans say of a path.

    Attributes:
        slices: the open slices that hold it, each with the line by which it does.
        shared: the line by which several slices may touch it.
        excluded: the line by which no slice may touch it.
        is_folder: whether other paths are below it.
    """

    path: str
    slices: tuple[tuple[Chosen, Entry], ...]
    shared: Entry | None
    excluded: Entry | None
    is_plan_file: bool
    is_document: bool
    is_folder: bool


def holders(repository: Repository, fence: Fence, path: str) -> Holders:
    """Return what the plans of a fence say of a path; it need not exist."""
    raw = path_bytes(path)
    place = repository.root / path
    is_plan_file = fence.is_plan_file(raw)
    return Holders(
        path,
        fence.holders(raw),
        fence.shared_by(raw),
        fence.excluded_by(raw),
        is_plan_file,
        not is_plan_file and raw in fence.documents,
        # A submodule is one path to git.
        place.is_dir() and not place.is_symlink() and not (place / ".git").exists(),
    )
