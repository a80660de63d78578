"""Messages of merges, as GitHub, GitLab, Azure DevOps, Bitbucket, Gitea and git write them."""

import pytest

from planner.branch.messages import landing

TITLE = "feat: answer searches"


@pytest.mark.parametrize(
    ("message", "is_merge", "brings"),
    [
        (f"{TITLE} (#12)", False, TITLE),
        (f"{TITLE} (!12)", False, TITLE),
        (f"Merged PR 12: {TITLE}", False, TITLE),
        (
            f"Pull request #12: {TITLE}\n\nMerge in ACME/shop from feat/one to main",
            True,
            "feat/one",
        ),
        (f"Merge pull request #12 from acme/feat/one\n\n{TITLE}", True, TITLE),
        ("Merge pull request #12 from acme/feat/one", True, "feat/one"),
        ("Merge branch 'feat/one' into 'main'\n\nSee merge request acme/shop!12", True, "feat/one"),
        ("Merge branch 'feat/one'", True, "feat/one"),
        ("Merge branch 'feat/one' of example.org:shop into main", True, "feat/one"),
        ("Merged in feat/one (pull request #12)", False, "feat/one"),
        (f"Merge pull request '{TITLE}' (#12) from feat/one into main", True, "feat/one"),
        (f"Merge pull request '{TITLE}' (#12) from dana:feat/one into main", True, "feat/one"),
        (f"Merge pull request '{TITLE}' (#12) from agent/7 into main", True, TITLE),
        ("Merge pull request 12 from feat/one into main", True, "feat/one"),
        ("Merge remote-tracking branch 'origin/feat/one'", True, "feat/one"),
        (
            f"Pull request #12: {TITLE}\n\nMerge in ACME/shop from ~DANA/shop:feat/one to main",
            True,
            "feat/one",
        ),
        ("chore: x\n\nSlice: one\n", False, "Slice: one"),
    ],
)
def test_a_message_says_what_landed(message: str, is_merge: bool, brings: str) -> None:
    found = landing("c" * 40, message, "main", is_merge=is_merge)

    assert brings in (*found.lines, found.branch)


@pytest.mark.parametrize(
    ("message", "is_merge"),
    [
        (f'Revert "{TITLE}"', False),
        (f"chore: x\n\n{TITLE}", False),  # the body of a commit that is no merge
        ("Merge branch 'feat/one' into 'release'", True),
        ("Merge branch 'main' into feat/one", True),
        (f"Merge pull request '{TITLE}' (#12) from feat/one into release", True),
        ("see Merged in feat/one (pull request #12)", False),
        ("Merge pull request 12 from feat/one into release", True),
        ("Merge remote-tracking branch 'origin/feat/one' into release", True),
    ],
)
def test_other_messages_say_nothing(message: str, is_merge: bool) -> None:
    found = landing("c" * 40, message, "main", is_merge=is_merge)

    assert TITLE not in found.lines
    assert found.branch != "feat/one"
