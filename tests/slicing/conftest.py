"""A repository with a branch to slice."""

from collections.abc import Callable
from typing import Any, NamedTuple

import git
import pytest
from world import Files, Ran, commit, planner

Texts = Files


class Big(NamedTuple):
    """A repository whose branch `big` is sliced.

    `main` has a history in which no two files were changed together.
    """

    repo: git.Repo

    def slice(self, *words: str) -> Ran:
        """Run `planner slice` on the branch."""
        return planner("slice", "--format", "json", *words, at=self.repo)

    def groups(self, *words: str) -> list[set[str]]:
        """Return the paths of each slice, in order."""
        ran = self.slice(*words)
        assert ran.exit == 0, ran.stderr or ran.stdout
        return [set(one["paths"]) for one in ran.json["slices"]]

    def order(self, *words: str) -> list[tuple[str, str, str, str]]:
        """Return for each reason of an order its kind and name, and the two paths in order."""
        ran = self.slice(*words).json
        return [
            (one["kind"], one["name"], one["defined"]["path"], one["used"]["path"])
            for order in ran["order"]
            for one in order["because"]
        ]


Make = Callable[..., Big]


@pytest.fixture
def big(repo: git.Repo) -> Make:
    """Make a repository: some files on main, and commits on the branch `big`."""

    def make(base: Files, *changes: Files, messages: tuple[str, ...] = ()) -> Big:
        commit(repo, {"README.md": "# Shop\n", **base}, "start")
        repo.git.switch("--quiet", "--create", "big")
        for number, change in enumerate(changes):
            message = messages[number] if number < len(messages) else f"work {number}"
            commit(repo, change, message)
        return Big(repo)

    return make


def words(*names: str, number: int = 4) -> str:
    """Return a text of lines that use names, so that files with the same names belong together."""
    return "".join(
        f"{name} = {name}_{index}({name})\n" for index in range(number) for name in names
    )


def of(found: Any, path: str) -> Any:
    """Return what a document of `slice` says of a path."""
    return next(one for one in found["paths"] if one["path"] == path)
