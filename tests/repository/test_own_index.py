"""Nothing that the user or a setting hides from git is hidden from planner's own index."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import git
import pytest
from world import commit, root, write

from planner.errors import GitError
from planner.repository.git import open_repository
from planner.repository.own_index import own_index

FILES = {"a.sh": "exit 1\n", "src/b.py": "b = 1\n", ".gitignore": "*.tmp\n"}
Change = Callable[[git.Repo], object]


def differing(repo: git.Repo, revision: str = "HEAD") -> tuple[list[str], list[str]]:
    """Return the changed and the untracked paths."""
    repository = open_repository(root(repo))
    with own_index(repository, str(repo.git.rev_parse(revision))) as index:
        changed = [path.decode() for path in index.changed()]
        return changed, [path.decode() for path in index.untracked()]


def rewrite(repo: git.Repo) -> None:
    """Change a file without changing its size or its time."""
    path = root(repo) / "a.sh"
    times = path.stat()
    path.write_text("exit 0\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def lying_filter(repo: git.Repo, attributes: Path) -> None:
    repo.git.config("filter.lie.clean", "git cat-file blob HEAD:%f")
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("* filter=lie\n")
    rewrite(repo)
    repo.git.add("--renormalize", ".")  # the user's index now takes the file for unchanged


def hide_by_global_attributes(repo: git.Repo) -> None:
    attributes = Path(os.environ["HOME"]) / ".config" / "git" / "attributes"
    attributes.parent.mkdir(parents=True)
    lying_filter(repo, attributes)


def run(*words: str) -> Change:
    """Return what runs git in the repository."""
    return lambda repo: repo.git.execute(["git", *words])


def file(name: str, content: bytes = b"") -> Change:
    """Return what writes a file."""
    return lambda repo: write(repo, {name: content})


HIDDEN: dict[str, tuple[Change, ...]] = {
    "assume-unchanged": (run("update-index", "--assume-unchanged", "a.sh"), rewrite),
    "skip-worktree": (run("update-index", "--skip-worktree", "a.sh"), rewrite),
    "the execute bit": (
        run("config", "core.fileMode", "false"),
        lambda repo: (root(repo) / "a.sh").chmod(0o755),
    ),
    "trustctime": (run("config", "core.trustctime", "false"), rewrite),
    "checkStat": (
        run("config", "core.checkStat", "minimal"),
        run("config", "core.trustctime", "false"),
        rewrite,
    ),
    "ignoreStat": (
        run("config", "core.ignoreStat", "true"),
        run("update-index", "--really-refresh"),
        rewrite,
    ),
    "autocrlf": (run("config", "core.autocrlf", "input"), file("a.sh", b"exit 1\r\n")),
    "a filter of info": (
        lambda repo: lying_filter(repo, Path(repo.git_dir, "info", "attributes")),
    ),
    "a filter of the user": (hide_by_global_attributes,),
    "a filter of the work tree": (lambda repo: lying_filter(repo, root(repo) / ".gitattributes"),),
    "split index": (
        run("update-index", "--split-index"),
        run("update-index", "--assume-unchanged", "a.sh"),
        rewrite,
    ),
    "a link": (
        run("config", "core.symlinks", "false"),
        lambda repo: (root(repo) / "a.sh").unlink(),
        lambda repo: (root(repo) / "a.sh").symlink_to("src/b.py"),
    ),
}


@pytest.mark.parametrize("steps", HIDDEN.values(), ids=HIDDEN)
def test_a_change_is_seen_whatever_hides_it(steps: tuple[Change, ...], repo: git.Repo) -> None:
    commit(repo, FILES)
    assert differing(repo) == ([], [])

    for step in steps:
        step(repo)

    changed, untracked = differing(repo)
    assert changed == ["a.sh"]
    assert set(untracked) <= {".gitattributes"}


def test_the_index_of_the_user_does_not_count(repo: git.Repo) -> None:
    commit(repo, FILES)
    repo.git.rm("a.sh", cached=True, quiet=True)

    assert differing(repo) == ([], [])


def exclude(repo: git.Repo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("new.py\n")
    write(repo, {"new.py": ""})


NEW: dict[str, tuple[Change, ...]] = {
    "nothing": (file("new.py"),),
    "info/exclude": (lambda repo: exclude(repo, Path(repo.git_dir, "info", "exclude")),),
    "excludesFile": (
        run("config", "core.excludesFile", "../ignore"),
        lambda repo: exclude(repo, root(repo).parent / "ignore"),
    ),
    "the user's ignore": (
        lambda repo: exclude(repo, Path(os.environ["HOME"], ".config/git/ignore")),
    ),
    "showUntrackedFiles": (run("config", "status.showUntrackedFiles", "no"), file("new.py")),
    "untrackedCache": (
        run("update-index", "--force-untracked-cache"),
        run("status"),
        file("new.py"),
    ),
    "the index": (file("new.py"), run("add", "new.py")),
}


@pytest.mark.parametrize("steps", NEW.values(), ids=NEW)
def test_a_new_file_is_seen_whatever_hides_it(steps: tuple[Change, ...], repo: git.Repo) -> None:
    commit(repo, FILES)

    for step in steps:
        step(repo)

    assert differing(repo) == ([], ["new.py"])


def test_ignore_files_of_the_work_tree_count_but_not_beside_tracked_files(repo: git.Repo) -> None:
    commit(repo, FILES)
    write(repo, {"x.tmp": "", "venv/.gitignore": "*\n", "venv/lib.py": ""})
    assert differing(repo) == ([], [])

    write(repo, {"src/.gitignore": "*\n", "src/hidden.py": ""})
    assert differing(repo) == ([], ["src/.gitignore"])


def test_attributes_that_the_commit_ignores_do_not_count(repo: git.Repo) -> None:
    commit(repo, {**FILES, ".gitignore": ".gitattributes\n"})
    lying_filter(repo, root(repo) / "src" / ".gitattributes")

    changed, untracked = differing(repo)

    assert (changed, untracked) == (["a.sh"], ["src/.gitattributes"])


def test_attributes_that_hide_their_own_change_are_seen(repo: git.Repo) -> None:
    commit(repo, {**FILES, ".gitattributes": "*.png binary\n"})
    lying_filter(repo, root(repo) / ".gitattributes")

    assert ".gitattributes" in differing(repo)[0]


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_conversions_that_the_commit_asks_for_are_no_change(form: str, tmp_path: Path) -> None:
    repo = git.Repo.init(tmp_path / "r", initial_branch="main", object_format=form)
    repo.git.config("filter.up.clean", "tr a-z A-Z")
    commit(repo, {".gitattributes": "*.up filter=up\n*.txt text eol=crlf\n", "a.up": "word\n"})
    write(repo, {"b.txt": "b\r\n"})
    repo.git.add("b.txt")
    repo.git.commit(message="b")
    assert repo.git.show("HEAD:a.up") == "WORD"
    assert (root(repo) / "a.up").read_text() == "word\n"

    assert differing(repo) == ([], [])

    write(repo, {"a.up": "other\n"})
    assert differing(repo) == (["a.up"], [])


def test_a_sparse_checkout_is_told(repo: git.Repo) -> None:
    commit(repo, {**FILES, "web/c.py": ""})
    repo.git.sparse_checkout("set", "src")
    repository = open_repository(root(repo))
    with own_index(repository, str(repo.head.commit)) as index:
        assert index.is_sparse
        assert list(index.changed()) == [b"web/c.py"]
    repo.git.sparse_checkout("disable")
    with own_index(repository, str(repo.head.commit)) as index:
        assert not index.is_sparse


def with_submodules(repo: git.Repo) -> None:
    """Make a repository with a submodule that has one itself, all checked out."""
    beside = root(repo).parent
    for name, of in (("inner", None), ("outer", "inner")):
        one = git.Repo.init(beside / name, initial_branch="main")
        commit(one, {"lib.sh": "exit 1\n"})
        if of:
            one.git(c="protocol.file.allow=always").submodule("add", "--quiet", f"../{of}", of)
            one.git.commit(message=of)
    words = ("add", "--quiet", str(beside / "outer"), "vendor")
    repo.git(c="protocol.file.allow=always").submodule(*words)
    repo.git.config("--file", ".gitmodules", "submodule.vendor.ignore", "all")
    repo.git.config("submodule.vendor.ignore", "all")
    commit(repo, FILES)
    repo.git(c="protocol.file.allow=always").submodule("update", "--init", "--recursive", "--quiet")


def test_submodules_hide_nothing(repo: git.Repo) -> None:
    with_submodules(repo)
    vendor = git.Repo(root(repo) / "vendor")
    assert differing(repo) == ([], [])

    write(vendor, {"lib.sh": "exit 0\n", "new.sh": "", "inner/lib.sh": "", "inner/new.sh": ""})
    assert differing(repo) == (
        ["vendor/lib.sh", "vendor/inner/lib.sh"],
        ["vendor/new.sh", "vendor/inner/new.sh"],
    )

    commit(vendor, {})
    assert differing(repo) == (["vendor"], [])
    vendor.git.reset("--hard", "HEAD^")
    vendor.git.commit("--amend", "--quiet", message="another commit with the same tree")
    assert differing(repo)[0] == ["vendor"]


def test_a_submodule_that_is_not_checked_out_is_no_change(repo: git.Repo) -> None:
    with_submodules(repo)
    repo.git.submodule("deinit", "--force", "--all")
    assert differing(repo) == ([], [])

    write(repo, {"vendor/lib.sh": "exit 0\n"})
    assert differing(repo)[0] == ["vendor"]
    shutil.rmtree(root(repo) / "vendor")
    assert differing(repo)[0] == ["vendor"]
    write(repo, {"vendor": "a file"})
    assert differing(repo)[0] == ["vendor"]


def test_nothing_is_written_and_the_second_look_sees_changes(repo: git.Repo) -> None:
    with_submodules(repo)
    commit(repo, {f"many/{number}.py": "" for number in range(50)})

    def state() -> dict[str, tuple[int, int]]:
        paths = (path for path in root(repo).rglob("*") if path.is_file())
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}

    before = state()
    folders = sorted(root(repo).parent.iterdir())
    with own_index(open_repository(root(repo)), str(repo.head.commit)) as index:
        assert (list(index.changed()), list(index.untracked())) == ([], [])
        rewrite(repo)
        assert list(index.changed()) == [b"a.sh"]
        (root(repo) / "a.sh").write_text("exit 1\n")
        assert list(index.changed()) == []
    after = state()
    assert {path for path in after if before.get(path) != after[path]} == {str(root(repo) / "a.sh")}
    assert sorted(root(repo).parent.iterdir()) == folders


def test_a_temporary_folder_that_is_not_there_is_an_error(
    repo: git.Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = commit(repo, FILES)
    monkeypatch.setattr("tempfile.tempdir", str(root(repo) / "nowhere"))
    with pytest.raises(GitError, match="cannot make an index"):  # noqa: SIM117
        with own_index(open_repository(root(repo)), head):
            pass


def test_a_file_that_cannot_be_read_is_a_change(repo: git.Repo) -> None:
    commit(repo, FILES)
    path = root(repo) / "a.sh"
    path.unlink()
    os.mkfifo(path)
    assert stat.S_ISFIFO(path.stat().st_mode)

    assert differing(repo) == (["a.sh"], [])
