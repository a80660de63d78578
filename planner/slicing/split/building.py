"""Builds a branch for each slice, and proves that all of them together are the big branch."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from planner.errors import GitError
from planner.paths import path_text
from planner.plan.model import Chosen
from planner.repository.authors import CoAuthor, Signature
from planner.repository.edits import Side
from planner.repository.lines import Hunk
from planner.repository.writing import Writer


class Planned(NamedTuple):
    """A branch to be made.

    Attributes:
        chosen: its slice; None for the branch of plans and their documents.
        sides: what it changes, each path as it becomes.
        on: the branch that it is stacked on, by its place; None where it is on none.
        hunks: by path, what it changes of files that are divided.
    """

    chosen: Chosen | None
    name: str
    sides: tuple[Side, ...]
    on: int | None
    hunks: Mapping[bytes, tuple[Hunk, ...]] = {}

    @property
    def slice_id(self) -> str:
        """The id of its slice; empty where it has none."""
        return self.chosen.slice_.id if self.chosen else ""


class Ends(NamedTuple):
    """What is split.

    Attributes:
        name: how the big branch is called; the start of an id where it is no branch.
        base: the commit that it was compared with.
        base_name: what that was called.
        merge_base: where it starts.
        root: where the branches of slices start, if they are not stacked.
    """

    name: str
    base: str
    base_name: str
    head: str
    merge_base: str
    root: str


class Made(NamedTuple):
    """A branch that was made; no ref names it yet."""

    planned: Planned
    parent: str
    commit: str
    tree: str


class Proof(NamedTuple):
    """The tree of the merge base with all that the branches change, and the tree of the head."""

    tree: str
    expected: str

    @property
    def is_same(self) -> bool:
        """Whether nothing is lost and nothing is added."""
        return self.tree == self.expected


class By(NamedTuple):
    """Who the commits are by.

    Attributes:
        co_authors: who else wrote the big branch.
        changed: every path that it changes.
    """

    signature: Signature
    co_authors: tuple[CoAuthor, ...]
    changed: frozenset[bytes]

    def credited(self, paths: Collection[bytes]) -> list[bytes]:
        """Return who wrote some of the paths, or nothing that is left; the latter is on all."""
        return [
            one.person
            for one in self.co_authors
            if not one.paths.isdisjoint(paths) or one.paths.isdisjoint(self.changed)
        ]


def build(writer: Writer, ends: Ends, planned: Sequence[Planned], by: By) -> tuple[Made, ...]:
    """Make a commit for each branch, with nothing but what the branch changes.

    Raises:
        GitError: git failed.
    """
    made: list[Made] = []
    for one in planned:
        parent = ends.root if one.on is None else made[one.on].commit
        tree = writer.tree(parent, one.sides)
        message = _message(one, ends, by)
        commit = writer.commit(tree, [parent], by.signature, message)
        made.append(Made(one, parent, commit, tree))
    return tuple(made)


def _message(one: Planned, ends: Ends, by: By) -> bytes:
    people = by.credited([side.path for side in one.sides])
    trailers = [b"Co-authored-by: " + person for person in people]
    if one.chosen is None:
        subject = f"docs: the plan of {ends.name}"
    else:
        slice_ = one.chosen.slice_
        subject = " ".join((slice_.commit or slice_.title).split())
        trailers.insert(0, f"Slice: {slice_.id}".encode())
    end = [b"", *trailers] if trailers else []
    return b"\n".join([subject.encode("utf-8", "surrogateescape"), *end, b""])


def prove(writer: Writer, ends: Ends, made: Sequence[Made], expected: str) -> Proof:
    """Prove that the branches are what was planned, and together the big branch.

    What each branch changes is read again from its commit. Paths in two branches that were not to
    be divided, or changed in another way than planned, are a bug: git or planner did something
    else.

    Args:
        expected: the tree of the head.

    Raises:
        GitError: a branch is not what was planned, or git failed.
    """
    union: dict[bytes, Side] = {}
    for one in made:
        changed = {new.path: new for _, new in writer.sides(one.parent, one.commit)}
        _refuse_other(one, changed, union)
        union |= changed
    return Proof(writer.tree(ends.merge_base, union.values()), expected)


def _refuse_other(one: Made, changed: Mapping[bytes, Side], union: Mapping[bytes, Side]) -> None:
    planned = {side.path: side for side in one.planned.sides}
    wrong = sorted(
        {path for path in {*planned, *changed} if planned.get(path) != changed.get(path)}
        | (changed.keys() & union.keys() - one.planned.hunks.keys())
    )
    if wrong:
        raise GitError(
            f"the branch {one.planned.name!r} would change {path_text(wrong[0])!r} in another way "
            "than the big branch; nothing was made",
            hint="this is a bug in planner: report it with the plan and the names of the paths",
        )
