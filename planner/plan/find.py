"""Where plans lie, which files belong to them, and which slice is meant."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.files import read
from planner.paths import path_bytes
from planner.plan.document.reading import LARGEST_BYTES

FOLDER: Final = "docs/plan"
DOCUMENTS: Final = ("PLAN.md", "TASKS.md")
PLAN_FILES: Final = (f"{FOLDER}/plan.yaml", f"{FOLDER}/*/plan.yaml", ".planner/", ".planner")
_OWN_FOLDER: Final = b".planner/"
_MAY_BE: Final = (b"docs/plan/", b".planner")


def is_plan_path(path: bytes) -> bool:
    """Whether a plan lies at a path by its name: docs/plan/[NAME/]plan.yaml."""
    is_named_so = path.startswith(b"docs/plan/") and path.endswith(b"/plan.yaml")
    return is_named_so and path.count(b"/") in (2, 3)


def is_own_folder(path: bytes) -> bool:
    """Whether a path is .planner/ or in it: a link of that name would be the folder as well."""
    return path.startswith(_OWN_FOLDER) or path == _OWN_FOLDER[:-1]


def is_plan_file(plans: Collection[str]) -> Callable[[bytes], bool]:
    """Tells plan files: plans by their name, the plans given here, and all of .planner/."""
    known = frozenset(path_bytes(path) for path in plans)

    def tells(path: bytes) -> bool:
        if not path.startswith(_MAY_BE):  # nearly all paths of a branch end here
            return path in known
        return path in known or is_plan_path(path) or is_own_folder(path)

    return tells


def documents(plan: str) -> tuple[str, ...]:
    """The paths of the documents that are rendered from a plan: they lie beside it."""
    folder = plan.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in DOCUMENTS)


def in_folder(root: Path, named: str = "") -> tuple[str, ...]:
    """The plans of a work tree, as paths from its root: all of them, or the one named.

    Raises:
        PlannerError: there is none.
    """
    if named:
        return (named,)
    here = root / FOLDER
    try:
        found = [f"{FOLDER}/plan.yaml"] if (here / "plan.yaml").is_file() else []
        names = sorted(child.name for child in here.iterdir() if (child / "plan.yaml").is_file())
    except (FileNotFoundError, NotADirectoryError):
        found, names = [], []
    except OSError as error:
        raise PlannerError(f"cannot read {FOLDER!r}: {error.strerror}") from error
    found.extend(f"{FOLDER}/{name}/plan.yaml" for name in names)
    if not found:
        raise PlannerError(
            f"there is no plan: neither {FOLDER}/plan.yaml nor {FOLDER}/NAME/plan.yaml",
            hint="write one (docs/tutorial.md), or name it: --plan PATH",
        )
    return tuple(found)


def content(root: Path, path: str) -> bytes:
    """The bytes of a plan file of a work tree.

    Raises:
        PlannerError: it is not there, or cannot be read.
    """
    found = read(root / path, most=LARGEST_BYTES + 1)
    if found is None:
        raise PlannerError(f"there is no plan {path!r}", hint="name it: --plan PATH")
    return found
