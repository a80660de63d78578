"""Where plans are in a repository, and which files belong to them."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.files import read, refuse_links
from planner.paths import path_bytes
from planner.plan.document.nodes import LARGEST_BYTES

FOLDER: Final = "docs/plan"
DOCUMENTS: Final = ("PLAN.md", "TASKS.md")
PLAN_FILES: Final = (f"{FOLDER}/plan.yaml", f"{FOLDER}/*/plan.yaml", ".planner/", ".planner")


def is_plan_path(path: bytes) -> bool:
    """Whether a path is that of a plan by its name: docs/plan/[NAME/]plan.yaml."""
    is_named_so = path.startswith(b"docs/plan/") and path.endswith(b"/plan.yaml")
    return is_named_so and path.count(b"/") in (2, 3)


def is_own_folder(path: bytes) -> bool:
    """Whether a path is in .planner/, or is .planner itself, which may be a symbolic link."""
    return path.startswith(b".planner/") or path == b".planner"


def is_plan_file(plans: Collection[str]) -> Callable[[bytes], bool]:
    """Return a test for plan files: plans by name, the plans given here, and all of .planner/."""
    known = frozenset(path_bytes(path) for path in plans)

    def is_match(path: bytes) -> bool:
        if not path.startswith((b"docs/plan/", b".planner")):  # nearly all paths of a branch
            return path in known
        return path in known or is_plan_path(path) or is_own_folder(path)

    return is_match


def documents(plan: str) -> tuple[str, ...]:
    """Return the paths of the documents that are rendered from a plan, in the plan's folder."""
    folder = plan.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in DOCUMENTS)


def in_folder(root: Path, named: str = "") -> tuple[str, ...]:
    """List the paths of the plans in a work tree, relative to its root; or only the named one.

    Raises:
        PlannerError: the work tree has no plan, or docs/plan cannot be read.
    """
    plans = (named,) if named else every_in_folder(root)
    if not plans:
        raise PlannerError(
            f"no plan found: neither {FOLDER}/plan.yaml nor {FOLDER}/NAME/plan.yaml exists",
            hint=f"write {FOLDER}/plan.yaml, or name a plan: --plan PATH",
        )
    return plans


def every_in_folder(root: Path) -> tuple[str, ...]:
    """List the paths of the plans in docs/plan of a work tree, relative to its root.

    One that is no file, such as a broken link, is listed as well: reading it says what it is.

    Raises:
        PlannerError: docs/plan cannot be read.
    """
    folder = root / FOLDER
    try:
        names = ["", *(f"{name}/" for name in sorted(child.name for child in folder.iterdir()))]
        plans = [f"{name}plan.yaml" for name in names if _is_there(folder / name / "plan.yaml")]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise PlannerError(f"cannot read {FOLDER!r}: {error.strerror}") from error
    return tuple(f"{FOLDER}/{path}" for path in plans)


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def content(root: Path, path: str) -> bytes:
    """Return the bytes of a plan file in a work tree.

    Raises:
        PlannerError: the file does not exist, cannot be read, or is a link or behind one that
            leaves the repository: what it links to may be private, and messages quote a plan.
    """
    refuse_links(root / path, root)
    plan = read(root / path, most=LARGEST_BYTES + 1)
    if plan is None:
        raise PlannerError(f"no plan at {path!r}", hint="name the path of a plan: --plan PATH")
    return plan
