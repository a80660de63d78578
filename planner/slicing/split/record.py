"""What a split made, kept under `refs/planner/split/`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from planner.errors import GitError, PlannerError
from planner.paths import path_text
from planner.repository.authors import Signature
from planner.repository.git import Repository
from planner.repository.objects import Objects
from planner.repository.writing import Writer
from planner.slicing.split.building import Ends, Made

PLACE: Final = "refs/planner/split"
_FILE: Final = "split.json"
_VERSION: Final = 1


class Branch(NamedTuple):
    """A branch that a split made.

    Attributes:
        plan: the path of the plan of its slice; empty for the branch of plans.
        on: the branch that it is stacked on, by its place; None where it is on none.
        parent: the commit that it starts from.
    """

    plan: str
    slice_id: str
    name: str
    on: int | None
    parent: str
    commit: str

    @property
    def ref(self) -> str:
        """The full name of its ref."""
        return f"refs/heads/{self.name}"


class How(NamedTuple):
    """The options of a split that decide what it makes."""

    is_chain: bool = False
    by_hunk: bool = False


class Record(NamedTuple):
    """What a split made: `commit` is that of the record itself; empty where it is new."""

    ends: Ends
    branches: tuple[Branch, ...]
    how: How = How()
    commit: str = ""


def backup_ref(name: str) -> str:
    """Return the ref that keeps the head of a big branch."""
    return f"{PLACE}/{name}/backup"


def record_ref(name: str) -> str:
    """Return the ref of what was made of a big branch."""
    return f"{PLACE}/{name}/record"


def record_of(ends: Ends, made: Iterable[Made], how: How) -> Record:
    """Return the record of branches that were made."""
    branches = (
        Branch(
            one.planned.chosen.plan.path if one.planned.chosen else "",
            one.planned.slice_id,
            one.planned.name,
            one.planned.on,
            one.parent,
            one.commit,
        )
        for one in made
    )
    return Record(ends, tuple(branches), how)


def write(writer: Writer, record: Record, signature: Signature) -> str:
    """Write a record as a commit, whose parents are all that it names, so that git keeps them."""
    content = {
        "version": _VERSION,
        "ends": record.ends._asdict(),
        "branches": [branch._asdict() for branch in record.branches],
        **({"how": record.how._asdict()} if any(record.how) else {}),
    }
    text = json.dumps(content, indent=1) + "\n"
    parents = dict.fromkeys([record.ends.head, *(branch.commit for branch in record.branches)])
    tree = writer.file(_FILE, text.encode())
    return writer.commit(tree, list(parents), signature, b"planner: split\n")


def read(objects: Objects, name: str) -> Record | None:
    """Return the record of a big branch; None where there is none.

    Raises:
        PlannerError: it was written by another version of planner, or is damaged.
    """
    commit = objects.ref(record_ref(name))
    if commit is None:
        return None
    content = objects.blob(commit, _FILE) or b""
    try:
        read_: dict[str, Any] = json.loads(content)
        if read_["version"] == _VERSION:
            branches = tuple(Branch(**branch) for branch in read_["branches"])
            return Record(Ends(**read_["ends"]), branches, How(**read_.get("how", {})), commit)
    except (ValueError, KeyError, TypeError):
        pass
    raise PlannerError(
        f"{record_ref(name)} is not a record of this version of planner",
        hint=f"use the version that made it, or remove it: git update-ref -d {record_ref(name)}",
    )


def names(repository: Repository) -> list[str]:
    """List the big branches of which a split made branches."""
    printed = path_text(repository.run("for-each-ref", "--format=%(refname)", PLACE))
    end = "/record"
    refs = (ref.removeprefix(f"{PLACE}/") for ref in printed.split("\n"))
    return [ref.removesuffix(end) for ref in refs if ref.endswith(end)]


def needed(objects: Objects, named: str) -> Record:
    """Return the record of a big branch; else of the one checked out, else the only one there is.

    Args:
        named: how the user calls the big branch; may be empty.

    Raises:
        PlannerError: there is none, or there are several.
    """
    known = names(objects.repository)
    own = objects.repository.branch
    head = objects.commit("HEAD") or ""
    if not named:
        usual = [own, head[:12], *(known if len(known) == 1 else ())]
        named = next((name for name in usual if name in known), "")
    found = read(objects, named) if named in known else None
    if found is not None:
        return found
    what = f"of {named!r} " if named else ""
    hint = f"name one: --head {' or '.join(known)}" if known else "planner split makes branches"
    raise PlannerError(f"no branches {what}were made by planner split", hint=hint)


class Tip(NamedTuple):
    """Where a branch stands now, and the work tree that has it checked out; may be empty."""

    commit: str
    worktree: str


def tips(repository: Repository, branches: Sequence[Branch]) -> dict[str, Tip]:
    """Return where branches stand now, by name; those that are gone are left out.

    Raises:
        GitError: git failed.
    """
    words = ("for-each-ref", "--format=%(objectname) %(refname)%00%(worktreepath)")
    printed = path_text(repository.run(*words, *(branch.ref for branch in branches)))
    return dict(_tips(printed, {branch.ref: branch.name for branch in branches}))


def _tips(printed: str, known: dict[str, str]) -> Iterator[tuple[str, Tip]]:
    for line in filter(None, printed.split("\n")):
        head, separator, worktree = line.partition("\0")
        commit, _, ref = head.partition(" ")
        if not separator:
            raise GitError("git for-each-ref printed an unknown line")
        if ref in known:
            yield known[ref], Tip(commit, worktree)
