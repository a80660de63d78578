"""Laws of `planner split`, for changes of all kinds of paths, and for being killed at any moment.

For a long run: `SPLIT_EXAMPLES=2000 python -m pytest -n 2 tests/slicing/test_split_laws.py`.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import git
import pytest
from big import big_branch, refs, split, state
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planned import PLAN, plan_of, sliced, text_of
from world import commit, planner, root

from planner.boundary.pattern import literally
from planner.branch.run import open_run
from planner.plan.model import Plan
from planner.slicing.split.ends import Asked
from planner.slicing.split.job import split as split_here
from planner.slicing.split.upkeep.again import split_again
from planner.slicing.split.upkeep.undoing import undo
from planner.slicing.split.upkeep.updating import update

EXAMPLES = int(os.environ.get("SPLIT_EXAMPLES", "8"))  # read before the tests are sealed

CONTENTS = [
    b"",
    b"one line\n",
    b"no end",
    b"carriage\r\nreturns\r\n",
    b"caf\xe9 in Latin-1\n",
    b"\0\1\2binary\xff",
    "käse\n".encode(),
    b"def shared_name():\n    return 1\n",
    b"from a import shared_name\n",
    b"long\n" * 200,
]
NAMES = [
    b"a", b"b.py", b"a/b", b"a/b/c", b"a/d.py", b"b.py/x", b"with space", b"\xff\xfe.txt",
    b"caf\xe9/menu", "ü/ö".encode(), b"tab\there", b'quo"te', b"*star", b"[id]/page", b"-dash",
    b"line\nbreak", b"deep/er/still/x", b"deep/er/y", b".hidden", b"C:", b"z",
]  # fmt: skip
MODES = ["100644", "100755", "120000", "160000"]

State = Mapping[bytes, tuple[str, str]]


class Example(NamedTuple):
    """A change, the slice of each changed path, and the slice that each slice depends on."""

    before: Mapping[bytes, tuple[str, int]]
    after: Mapping[bytes, tuple[str, int]]
    slice_of: Mapping[bytes, int]
    on: list[int | None]

    @property
    def changed(self) -> list[bytes]:
        paths = {*self.before, *self.after}
        return sorted(path for path in paths if self.before.get(path) != self.after.get(path))


@st.composite
def trees(draw: st.DrawFn) -> dict[bytes, tuple[str, int]]:
    """The paths of a tree, none of them in another: mode, and the number of a content."""
    found: dict[bytes, tuple[str, int]] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=12)):
        if not any(
            other.startswith(name + b"/") or name.startswith(other + b"/") for other in found
        ):
            mode = draw(st.sampled_from([*MODES, "100644", "100644", "100644"]))
            found[name] = (mode, draw(st.integers(0, len(CONTENTS) - 1)))
    return found


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """A change with a random partition; a file and the folder in its place stay together."""
    before, after = draw(trees()), draw(trees())
    moved = draw(st.booleans())
    if moved and before:  # a rename, perhaps with the same content elsewhere
        name = draw(st.sampled_from(sorted(before)))
        after = {path: one for path, one in after.items() if path != name}
        after[b"moved/" + name.replace(b"/", b"-")] = before[name]
    count = draw(st.integers(1, 4))
    on = [draw(st.none() | st.integers(0, at - 1)) if at else None for at in range(count)]
    slice_of: dict[bytes, int] = {}
    for path in sorted({*before, *after}):
        folders = [path[: at.start()] for at in re.finditer(b"/", path)]
        own = [slice_of[folder] for folder in folders if folder in slice_of]
        slice_of[path] = own[0] if own else draw(st.integers(0, count - 1))
    return Example(before, after, slice_of, on)


def pattern(path: bytes) -> str:
    """A pattern that holds a path; no text has its bytes that are not UTF-8, and no tab."""
    text = literally(path).text
    return re.sub(r"[\udc80-\udcff\x00-\x1f]", "?", text)


def git_run(folder: Path, *words: str, stdin: bytes = b"", index: str = "") -> bytes:
    env = {**os.environ, **({"GIT_INDEX_FILE": index} if index else {})}
    ran = subprocess.run(
        ["git", *words], cwd=folder, input=stdin, env=env, capture_output=True, check=True
    )
    return ran.stdout


class World:
    """A repository whose commits are made of paths, modes and contents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        git_run(folder, "init", "--quiet", "--initial-branch=main")
        self.oids = []
        for content in CONTENTS:
            printed = git_run(folder, "hash-object", "-w", "--stdin", stdin=content)
            self.oids.append(printed.decode().strip())

    def side(self, mode: str, content: int) -> tuple[str, str]:
        """What git has at a path; any id is one of a submodule."""
        return mode, self.oids[content]

    def commit(self, tree: Mapping[bytes, tuple[str, int]], *parents: str) -> str:
        index = str(self.folder / ".git" / "index-of-test")
        git_run(self.folder, "read-tree", "--empty", index=index)
        sides = ((path, self.side(*one)) for path, one in tree.items())
        listed = b"".join(f"{mode} {oid}\t".encode() + path + b"\0" for path, (mode, oid) in sides)
        git_run(self.folder, "update-index", "-z", "--index-info", stdin=listed, index=index)
        made = git_run(self.folder, "write-tree", index=index).decode().strip()
        words = [word for parent in parents for word in ("-p", parent)]
        return git_run(self.folder, "commit-tree", made, *words, stdin=b"x").decode().strip()

    def tips(self) -> dict[str, str]:
        """Where each branch stands."""
        form = "--format=%(refname:short) %(objectname)"
        printed = git_run(self.folder, "for-each-ref", form, "refs/heads").decode()
        return dict(line.split(" ") for line in printed.splitlines())

    def work(self, branch: str, content: int, *, is_amended: bool) -> None:
        """Give the file of a slice another content, in its last commit or in a new one."""
        tip = self.tips()[branch]
        sides = {path: (mode, self.oids.index(oid)) for path, (mode, oid) in self.tree(tip).items()}
        sides[branch.encode()] = ("100644", content)
        parent = git_run(self.folder, "rev-parse", f"{tip}^").decode().strip()
        made = self.commit(sides, parent if is_amended else tip)
        git_run(self.folder, "update-ref", f"refs/heads/{branch}", made)

    def tree(self, commit: str) -> State:
        printed = git_run(self.folder, "ls-tree", "-r", "-z", commit)
        found = {}
        for entry in printed.split(b"\0")[:-1]:
            head, _, path = entry.partition(b"\t")
            mode, _, oid = head.decode().split(" ")
            found[path] = (mode, oid)
        return found


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(examples())
def test_every_branch_has_its_paths_alone_and_all_together_are_the_head(example: Example) -> None:
    if not example.changed:
        return
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        base = world.commit(example.before)
        head = world.commit(example.after, base)
        git_run(world.folder, "update-ref", "refs/heads/main", base)
        git_run(world.folder, "update-ref", "refs/heads/big", head)
        slices = [
            sliced(
                f"s{at}",
                *[pattern(path) for path, slice_ in example.slice_of.items() if slice_ == at],
                "none",
                depends_on=[] if on is None else [f"s{on}"],
            )
            for at, on in enumerate(example.on)
        ]
        before = (world.folder / ".git" / "HEAD").read_bytes()
        with open_run(world.folder, {}) as run:
            found = split_here(run, [plan_of(slices)], Asked(head="big"))

        assert found.is_kept, found.findings
        assert found.proof
        assert found.proof.is_same
        assert not (world.folder / ".git" / "index").exists()
        assert (world.folder / ".git" / "HEAD").read_bytes() == before
        _check(world, example, {one.planned.slice_id: one.commit for one in found.made})


def _check(world: World, example: Example, commits: Mapping[str, str]) -> None:
    """Compare each branch with what Python says that it must be."""
    union = {path: world.side(*one) for path, one in example.before.items()}
    for at in range(len(example.on)):
        own = [path for path in example.changed if example.slice_of[path] == at]
        assert bool(own) == (f"s{at}" in commits)
        if not own:
            continue
        below = [at]
        while (lower := example.on[below[-1]]) is not None:
            below.append(lower)
        expected = {path: world.side(*one) for path, one in example.before.items()}
        for path in example.changed:
            if example.slice_of[path] in below:
                _apply(expected, path, world, example)
        assert world.tree(commits[f"s{at}"]) == expected
        for path in own:
            _apply(union, path, world, example)
    assert union == world.tree("big")


def _apply(tree: dict[bytes, tuple[str, str]], path: bytes, world: World, example: Example) -> None:
    tree.pop(path, None)
    if path in example.after:
        tree[path] = world.side(*example.after[path])


class Later(NamedTuple):
    """What happens after a split: slices on which somebody works, and whether the base moves."""

    on: list[int | None]
    amended: set[int]
    extended: set[int]
    is_moved: bool


@st.composite
def later(draw: st.DrawFn) -> Later:
    count = draw(st.integers(2, 5))
    on = [draw(st.none() | st.integers(0, at - 1)) if at else None for at in range(count)]
    some = st.sets(st.integers(0, count - 1), max_size=2)
    return Later(on, draw(some), draw(some), draw(st.booleans()))


@pytest.mark.slow
@settings(max_examples=max(3, EXAMPLES // 3), deadline=None)
@given(later())
def test_after_an_update_every_branch_has_the_work_of_all_that_are_below(case: Later) -> None:
    with tempfile.TemporaryDirectory() as name:
        world = _split_by(case, Path(name))
        before = world.tips()
        for at in case.amended:
            world.work(f"s{at}", 2, is_amended=True)
        for at in case.extended - case.amended:
            world.work(f"s{at}", 3, is_amended=False)
        if case.is_moved:
            moved = world.commit({b"kept": ("100644", 4)}, before["main"])
            git_run(world.folder, "update-ref", "refs/heads/main", moved)
        worked = world.tips()
        with open_run(world.folder, {}) as run:
            updated = update(run, (), Asked(head="big"))
            again = update(run, (), Asked(head="big"))

        assert updated.proof
        assert updated.proof.is_same == (not case.amended and not case.extended)
        assert not any(now.is_remade for now in again.branches.values())
        _check_later(world, case, before, worked)


def _split_by(case: Later, folder: Path) -> World:
    """A repository with a branch of a file for each slice, and the branches of these."""
    world = World(folder)
    files = {f"s{at}".encode(): ("100644", 1) for at in range(len(case.on))}
    base = world.commit({b"kept": ("100644", 0)})
    head = world.commit({b"kept": ("100644", 0), **files}, base)
    git_run(world.folder, "update-ref", "refs/heads/main", base)
    git_run(world.folder, "update-ref", "refs/heads/big", head)
    slices = [
        sliced(f"s{at}", f"s{at}", depends_on=[] if on is None else [f"s{on}"])
        for at, on in enumerate(case.on)
    ]
    with open_run(world.folder, {}) as run:
        split_here(run, [plan_of(slices)], Asked(head="big"))
    return world


def _check_later(
    world: World, case: Later, before: Mapping[str, str], worked: Mapping[str, str]
) -> None:
    tips = world.tips()
    for at in range(len(case.on)):
        below = [at]
        while (lower := case.on[below[-1]]) is not None:
            below.append(lower)
        content = {
            one: 2 if one in case.amended else 3 if one in case.extended else 1 for one in below
        }
        expected = {b"kept": world.side("100644", 4 if case.is_moved else 0)}
        expected |= {f"s{one}".encode(): world.side("100644", content[one]) for one in below}
        assert world.tree(tips[f"s{at}"]) == expected
        is_affected = case.is_moved or any(
            before[f"s{one}"] != worked[f"s{one}"] for one in below[1:]
        )
        assert (tips[f"s{at}"] != worked[f"s{at}"]) == is_affected


class Planned(NamedTuple):
    """Which of six paths each of four slices holds, and what each depends on."""

    slice_of: list[int]
    on: list[int | None]

    def plan(self) -> Plan:
        return plan_of(
            [
                sliced(
                    f"s{at}",
                    *(f"p{number}" for number, one in enumerate(self.slice_of) if one == at),
                    "none",
                    depends_on=[] if on is None else [f"s{on}"],
                )
                for at, on in enumerate(self.on)
            ]
        )


@st.composite
def planned(draw: st.DrawFn) -> Planned:
    on = [draw(st.none() | st.integers(0, at - 1)) if at else None for at in range(4)]
    return Planned([draw(st.integers(0, 3)) for _ in range(6)], on)


@pytest.mark.slow
@settings(max_examples=max(3, EXAMPLES // 3), deadline=None)
@given(planned(), planned(), st.booleans(), st.booleans())
def test_an_update_by_another_plan_gives_what_a_new_split_gives(
    first: Planned, second: Planned, is_chain: bool, has_more: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        files = {f"p{number}".encode(): ("100644", 1) for number in range(6)}
        base = world.commit({b"kept": ("100644", 0)})
        head = world.commit({b"kept": ("100644", 0), **files}, base)
        git_run(world.folder, "update-ref", "refs/heads/main", base)
        git_run(world.folder, "update-ref", "refs/heads/big", head)
        asked = Asked(head="big", is_chain=is_chain)
        with open_run(world.folder, {}) as run:
            split_here(run, [first.plan()], asked)
            if has_more:
                head = world.commit({b"kept": ("100644", 0), **files, b"p0": ("100644", 2)}, head)
                git_run(world.folder, "update-ref", "refs/heads/big", head)
        with open_run(world.folder, {}) as run:
            again = split_again(run, [second.plan()], Asked(head="big"))
        updated = world.tips()
        with open_run(world.folder, {}) as run:
            undo(run, "big", is_dry_run=False)
            assert world.tips().keys() == {"main", "big"}
            split_here(run, [second.plan()], asked)

        assert again is not None or (first.slice_of == second.slice_of and not has_more)
        if again is not None:
            assert updated == world.tips()


SLICES = [sliced(name, f"{name}/") for name in "abcdefgh"]
FILES = {f"{name}/{number}": f"{name}{number}\n" for name in "abcdefgh" for number in range(3)}


KILLS = int(os.environ.get("SPLIT_KILLS", "5"))


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_all_refs_or_none(repo: git.Repo) -> None:
    big_branch(repo, SLICES, FILES)
    none, before = refs(repo), state(repo)
    started = time.monotonic()
    split(repo)
    took = time.monotonic() - started
    whole = refs(repo)
    split(repo, "--undo")
    for number in range(KILLS):
        _kill(repo, (), took * (number % 10 + 1) / 6)
        now = refs(repo)
        assert now in (none, whole)
        if now == whole:
            assert planner("split", "--undo", at=repo).exit == 0
    assert state(repo) == before
    assert split(repo).exit == 0
    assert refs(repo) == whole


def _kill(repo: git.Repo, words: Sequence[str], after_s: float) -> None:
    """Start `planner split`, and kill it and what it has started after a time."""
    run = subprocess.Popen(
        [sys.executable, "-m", "planner", "split", *words],
        cwd=repo.working_dir, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(after_s)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()


STACKED = [
    {**sliced(name, f"{name}/"), **({"depends_on": [on], "stacked": True} if on else {})}
    for name, on in zip("abcdefgh", ["", "a", "b", "", "d", "", "f", "g"], strict=True)
]


@pytest.mark.slow
@pytest.mark.parametrize("words", ["--update", "--undo"])
def test_killed_at_any_moment_it_is_finished_by_the_next_run(repo: git.Repo, words: str) -> None:
    big_branch(repo, STACKED, FILES)
    split(repo)
    repo.git.switch("--quiet", "b")
    commit(repo, {"b/0": "more\n"})
    repo.git.switch("--quiet", "main")
    commit(repo, {"kept.txt": "moved\n"})
    before, files = refs(repo), state(repo)
    started = time.monotonic()
    split(repo, words)
    took = time.monotonic() - started
    whole = refs(repo)
    for number in range(KILLS):
        _restore(repo, before)
        _kill(repo, [words], took * (number % 10 + 4) / 12)
        for lock in (root(repo) / ".git").rglob("*.lock"):
            lock.unlink()  # as the message of the next run says
        assert split(repo, words).exit == 0 or refs(repo) == whole
        assert refs(repo) == whole
    assert state(repo) == files


@pytest.mark.slow
def test_killed_at_any_moment_a_new_split_is_finished_by_the_next_run(repo: git.Repo) -> None:
    big_branch(repo, STACKED, FILES)
    split(repo)
    commit(repo, {PLAN: text_of([sliced(name, f"{name}/") for name in "dcbahgf"] + [LAST])})
    before, files = refs(repo), state(repo)
    started = time.monotonic()
    assert "removed" in split(repo, "--update").json
    took = time.monotonic() - started
    whole = refs(repo)
    for number in range(KILLS):
        _restore(repo, before)
        _kill(repo, ["--update"], took * (number % 10 + 4) / 12)
        for lock in (root(repo) / ".git").rglob("*.lock"):
            lock.unlink()
        assert split(repo, "--update").exit == 0
        assert refs(repo) == whole
    assert state(repo) == files


LAST = sliced("last", "e/")


def _restore(repo: git.Repo, before: Mapping[str, str]) -> None:
    for ref in refs(repo).keys() - before.keys():
        repo.git.update_ref("-d", ref)
    for ref, tip in before.items():
        repo.git.update_ref(ref, tip)
