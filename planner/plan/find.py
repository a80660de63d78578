"""Where plans are in a repository, and which files belong to them."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from planner.errors import PlannerError
from planner.files import read, refuse_links
from planner.paths import path_bytes
from planner.plan.document.nodes import LARGEST_BYTES

FOLDER: Final = "docs/plan"
FIRST: Final = f"{FOLDER}/plan.yaml"
DOCUMENTS: Final = ("PLAN.md", "TASKS.md")
BESIDE: Final = (".gitattributes", ".gitignore")  # decide how git shows and merges a plan
PLAN_FILES: Final = (
    *(f"{place}/{name}" for place in (FOLDER, f"{FOLDER}/*") for name in ("plan.yaml", *BESIDE)),
    ".planner/",
    ".planner",
)


def is_plan_path(path: bytes) -> bool:
    """Whether a path is that of a plan by its name: docs/plan/[NAME/]plan.yaml."""
    return path.endswith(b"/plan.yaml") and _is_in_plan_folder(path)


def _is_in_plan_folder(path: bytes) -> bool:
    return path.startswith(b"docs/plan/") and path.count(b"/") in (2, 3)


def is_beside(path: bytes) -> bool:
    """Whether a path that is a plan file is not a plan, but belongs to plans.

    That is a .gitattributes or .gitignore beside one, all in .planner/, and .planner itself, which
    may be a symbolic link.
    """
    is_own = path.startswith(b".planner/") or path == b".planner"
    return is_own or path.rpartition(b"/")[2] in _BESIDE


_BESIDE: Final = frozenset(map(path_bytes, BESIDE))


def is_plan_file(plans: Collection[str]) -> Callable[[bytes], bool]:
    """Return a test for plan files.

    These are plans by name and the plans given here, a .gitattributes or .gitignore beside any of
    them, and all of .planner/.
    """
    known = frozenset(path_bytes(name) for path in plans for name in (path, *beside(path)))

    def is_match(path: bytes) -> bool:
        if not path.startswith((b"docs/plan/", b".planner")):  # nearly all paths of a branch
            return path in known
        if path in known or is_plan_path(path):
            return True
        return is_beside(path) and (path.startswith(b".planner") or _is_in_plan_folder(path))

    return is_match


def beside(plan: str) -> tuple[str, ...]:
    """Return the paths of the files of git that decide how it shows and merges a plan."""
    folder = plan.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in BESIDE)


def documents(plan: str) -> tuple[str, ...]:
    """Return the paths of the documents that are rendered from a plan, in the plan's folder."""
    folder = plan.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in DOCUMENTS)


def in_folder(root: Path, named: str = "", *, how: str = "planner init") -> tuple[str, ...]:
    """List the paths of the plans in a work tree, relative to its root; or only the named one.

    Args:
        how: what writes a first plan, for the hint.

    Raises:
        PlannerError: the work tree has no plan, or docs/plan cannot be read.
    """
    plans = (named,) if named else every_in_folder(root)
    if not plans and (root / FOLDER / "plan.yml").is_file():
        raise PlannerError(
            f"{FOLDER}/plan.yml has another name than a plan",
            hint=f"git mv {FOLDER}/plan.yml {FOLDER}/plan.yaml",
        )
    if not plans:
        raise PlannerError(
            f"no plan found: neither {FOLDER}/plan.yaml nor {FOLDER}/NAME/plan.yaml exists",
            hint=f"write a first one: {how}, or name a plan: --plan PATH",
        )
    return plans


def every_in_folder(root: Path) -> tuple[str, ...]:
    """List the paths of the plans in docs/plan of a work tree, relative to its root.

    A path that is not a file, such as a broken link, is listed as well; reading it is an error.

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


def path_of(root: Path, folder: Path, name: str) -> str:
    """Return the path, from the root, of a plan named by its file, its folder or its effort.

    Args:
        root: the root of the work tree.
        folder: what the name is relative to.

    Raises:
        PlannerError: it is outside the repository.
    """
    if _resolve(folder / name) == _resolve(root):
        return "plan.yaml"
    path = from_root(root, folder, name)
    if (root / path).is_file() or path.endswith((".yaml", ".yml")):
        return path
    if "/" not in name and not (root / path / "plan.yaml").is_file():
        path = f"{FOLDER}/{name}"
    return f"{path}/plan.yaml"


def from_root(root: Path, folder: Path, path: str) -> str:
    """Return a path that the user named as one from the root, with `/`.

    Args:
        root: the root of the work tree.
        folder: what the path is relative to.

    Raises:
        PlannerError: it is outside the repository.
    """
    # The folder is resolved, the last name is not: a link is a path of its own.
    absolute = _resolve(folder) / path
    if absolute.name == "..":
        absolute = _resolve(absolute)
    parent = _resolve(absolute.parent)
    top = _resolve(root)
    if absolute == top:
        raise PlannerError(f"{path!r} is the repository itself", hint="name a path in it")
    if parent != top and top not in parent.parents:
        raise PlannerError(
            f"{path!r} is outside the repository {str(root)!r}", hint="name a path in it"
        )
    return (parent.relative_to(top) / absolute.name).as_posix()


def _resolve(path: Path) -> Path:
    # Path.resolve() raises a RuntimeError for a loop of links in some versions of Python.
    return Path(os.path.realpath(path))
