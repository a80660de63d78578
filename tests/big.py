"""A big branch with a plan for its slices, and what `planner split` made of it.

Use it for every test of `planner split`: `big_branch` makes the repository, `split` runs it.
"""

from typing import Any

import git
from planned import PLAN, Record, text_of
from world import Files, Ran, commit, planner, root

API = 'def search(words):\n    """Find lists by their words."""\n    return sorted(words)\n'
PAGE = "from api import search\n\n\ndef page(words):\n    return search(words)\n"


def big_branch(repo: git.Repo, slices: list[Record], files: Files, **top: Any) -> git.Repo:
    """Commit a plan to main, and files to the branch `big` on top of it."""
    commit(repo, {PLAN: text_of(slices, **top), "kept.txt": "kept\n", **before(files)}, "plan")
    repo.git.switch("--quiet", "--create", "big")
    commit(repo, files, "feat: everything")
    return repo


def before(files: Files) -> Files:
    """What there was of files that the branch removes."""
    return {path: f"{path}\n" for path, content in files.items() if content is None}


def split(repo: git.Repo, *words: str) -> Ran:
    """Run the command, and return its document."""
    return planner("split", *words, "--format", "json", at=repo)


def branches(ran: Ran) -> dict[str, dict[str, Any]]:
    """The branches that were made, by name."""
    return {branch["branch"]: branch for branch in ran.json["branches"]}


def refs(repo: git.Repo) -> dict[str, str]:
    """All refs, with what they name."""
    printed = repo.git.for_each_ref("--format=%(refname) %(objectname)")
    return dict(line.split(" ") for line in printed.splitlines())


def short(repo: git.Repo, name: str = "big") -> str:
    """The start of an id, as planner shows it."""
    return str(repo.git.rev_parse("--short=12", name))


def state(repo: git.Repo) -> dict[str, bytes]:
    """The bytes of HEAD, the index and every file of the work tree."""
    folder = root(repo)
    own = (folder / ".git" / name for name in ("HEAD", "index", "config"))
    work = (path for path in folder.rglob("*") if ".git" not in path.parts)
    return {
        str(path): path.read_bytes()
        for path in (*own, *work)
        if path.is_file() and not path.is_symlink()
    }


def changed(repo: git.Repo, before_: str, after: str) -> set[str]:
    """The paths that differ between two commits."""
    printed = repo.git.diff_tree("-r", "-z", "--name-only", "--no-renames", before_, after)
    return set(printed.split("\0")) - {""}
