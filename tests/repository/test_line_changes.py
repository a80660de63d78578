"""The lines that a branch added and removed, for any file name and content."""

import difflib
import os

import git
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import commit, root, write

from planner.repository.git import open_repository
from planner.repository.lines import LineChange, line_changes

NAMES = (
    "plain.py",
    "with space.py",
    'quoted ".py',
    'quote".py',
    "new\nline.py",
    "new\n line.py",
    "tab\t.py",
    "back\\slash.py",
    "ünï.py",
    "b/a/b.py",
    " lead.py",
    "trail ",
    "+++ b/x.py",
)


def added(repo: git.Repo) -> dict[str, set[int]]:
    return {path: set(change.added) for path, change in changes(repo).items() if change.added}


def changes(repo: git.Repo) -> dict[str, LineChange]:
    return line_changes(open_repository(root(repo)), "main")


@pytest.fixture
def branch(repo: git.Repo) -> git.Repo:
    """Return a branch from a commit with one file."""
    commit(repo, {"old.py": "1\n2\n3\n4\n5\n"})
    repo.git.switch("--quiet", "--create", "topic")
    return repo


def test_lines_are_found_for_any_file_name(branch: git.Repo) -> None:
    commit(branch, dict.fromkeys(NAMES, "1\n2\n"))

    assert added(branch) == {name: {1, 2} for name in NAMES}


def test_name_that_is_not_utf8_is_skipped(branch: git.Repo) -> None:
    commit(branch, {os.fsdecode(b"\xff.py"): "1\n", "b.py": "1\n"})

    assert added(branch) == {"b.py": {1}}


def test_content_that_looks_like_a_diff_is_not_parsed(branch: git.Repo) -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +100,50 @@\n++ b/y\n-- a/y\n"
    commit(branch, {"z.py": text, "old.py": "++ b/other.py\n@@ -1 +9 @@\n"})

    assert added(branch) == {"z.py": set(range(1, 7)), "old.py": {1, 2}}


def test_only_what_was_added_or_changed_counts(branch: git.Repo) -> None:
    commit(branch, {"old.py": "0\n1\n2\nthree\n5\n"})

    assert added(branch) == {"old.py": {1, 4}}


def test_deleted_emptied_and_moved_files_have_their_present_lines(branch: git.Repo) -> None:
    commit(branch, {"old.py": None, "moved.py": "1\n2\n3\n4\n5\n", "empty.py": ""})

    assert added(branch) == {"moved.py": {1, 2, 3, 4, 5}}


def test_removed_lines_count_in_the_file_as_it_was(branch: git.Repo) -> None:
    commit(branch, {"gone.py": "1\n2\n", 'quoted ".py': "1\n"})
    branch.git.branch("--force", "main")
    commit(branch, {"old.py": "0\n1\n4\nfive\n", "gone.py": None, 'quoted ".py': None})

    assert changes(branch) == {
        "old.py": LineChange(frozenset({1, 4}), frozenset({2, 3, 5})),
        "gone.py": LineChange(removed=frozenset({1, 2})),
        'quoted ".py': LineChange(removed=frozenset({1})),
    }


def test_change_of_mode_changes_no_line(branch: git.Repo) -> None:
    (root(branch) / "old.py").chmod(0o755)
    commit(branch, {})

    assert added(branch).get("old.py", set()) == set()


def test_last_line_without_an_end_counts(branch: git.Repo) -> None:
    commit(branch, {"old.py": "1\n2\n3\n4\n5", "new.py": "1\n2"})

    assert added(branch) == {"old.py": {5}, "new.py": {1, 2}}


def test_attributes_hide_no_line(branch: git.Repo) -> None:
    commit(branch, {".gitattributes": "*.py -diff\n", "old.py": "one\n2\n3\n4\n5\n"})
    assert added(branch)["old.py"] == {1}

    commit(branch, {".gitattributes": "*.py binary\n"})
    assert added(branch)["old.py"] == {1}


def test_bytes_of_any_kind_have_lines(branch: git.Repo) -> None:
    commit(branch, {"blob": b"\0\xff\n\r\n\x0b\x1c\n", "cr.py": b"1\r2\r\n3\r\n"})

    assert added(branch) == {"blob": {1, 2, 3}, "cr.py": {1, 2}}


def test_a_file_that_becomes_a_link_or_the_reverse_has_the_lines_of_the_file(
    branch: git.Repo,
) -> None:
    (root(branch) / "was-link.py").symlink_to("old.py")
    (root(branch) / "gone-link.py").symlink_to("old.py")
    commit(branch, {"to-folder": "1\n"})
    branch.git.branch("--force", "main")
    write(branch, {"was-link.py": None, "gone-link.py": None, "old.py": None, "to-folder": None})
    write(branch, {"was-link.py": "1\n2\n", "to-folder/a.py": "1\n2\n"})
    (root(branch) / "old.py").symlink_to("was-link.py")
    commit(branch, {})

    assert changes(branch) == {
        "was-link.py": LineChange(added=frozenset({1, 2})),
        "old.py": LineChange(removed=frozenset({1, 2, 3, 4, 5})),
        "to-folder": LineChange(removed=frozenset({1})),
        "to-folder/a.py": LineChange(added=frozenset({1, 2})),
    }


def test_files_that_are_large_or_not_text_are_not_compared(branch: git.Repo) -> None:
    large = b"a line\n" * 2_400_000
    image = b"\x89PNG\0" + b"\n" * 100_000
    commit(branch, {"large.c": large, "gone.c": large, "small.py": "1\n"})
    branch.git.branch("--force", "main")
    commit(branch, {"large.c": large + b"1\n", "gone.c": None, "image.png": image, "old.py": "0\n"})

    assert changes(branch) == {
        "large.c": LineChange(is_whole=True),
        "gone.c": LineChange(is_whole=True),
        "image.png": LineChange(is_whole=True),
        "old.py": LineChange(frozenset({1}), frozenset({1, 2, 3, 4, 5})),
    }


def test_many_files_are_compared_in_several_turns(branch: git.Repo) -> None:
    commit(branch, {f"{number}.py": "1\n" for number in range(1100)})

    assert added(branch) == {f"{number}.py": {1} for number in range(1100)}


def test_work_tree_counts_and_untracked_files_do_not(branch: git.Repo) -> None:
    write(branch, {"old.py": "1\n2\n3\n4\n5\n6\n", "untracked.py": "1\n"})

    assert added(branch) == {"old.py": {6}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.srcPrefix", "x/"),
        ("diff.dstPrefix", "y/"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("diff.external", "false"),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("diff.suppressBlankEmpty", "true"),
        ("diff.submodule", "log"),
        ("diff.wordRegex", "."),
        ("diff.orderFile", "nowhere"),
        ("diff.colorMoved", "zebra"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.quotePath", "true"),
        ("core.pager", "false"),
    ],
)
def test_no_setting_of_the_user_changes_the_answer(branch: git.Repo, key: str, value: str) -> None:
    commit(branch, {"old.py": "1\n2\nthree\n4\n\n5\n", "sub/ü w.py": "1\n"})
    branch.git.config(key, value)

    assert added(branch) == {"old.py": {3, 5}, "sub/ü w.py": {1}}


LINES = st.lists(st.sampled_from(["a", "b", "+++ b/x", "@@ -1 +1 @@", "", "\\ No newline"]))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=LINES, after=LINES)
def test_unchanged_lines_are_a_common_part(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], after: list[str]
) -> None:
    """Without the changed lines both sides are the same text: no changed line is missing."""
    folder = tmp_path_factory.mktemp("law")
    repo = git.Repo.init(folder, initial_branch="main")
    commit(repo, {"f": "".join(f"{line}\n" for line in before)})
    write(repo, {"f": "".join(f"{line}\n" for line in after)})

    change = changes(repo).get("f", LineChange())

    kept = [line for number, line in enumerate(after, 1) if number not in change.added]
    assert kept == [line for number, line in enumerate(before, 1) if number not in change.removed]
    least = difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    assert len(kept) >= max((block.size for block in least), default=0)
