"""Files that install planner name the repository that this planner was installed from."""

import json
from typing import Any

import pytest

from planner.status.origin import UNKNOWN, origin_of
from planner.status.starters import starters

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def direct_url(url: str, **more: Any) -> str:
    return json.dumps({"url": url, **more})


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/planner", "https://github.com/acme/planner.git"]
)
def test_what_pip_installed_from_git_is_named_with_its_commit(url: str) -> None:
    source = origin_of(direct_url(url, vcs_info={"vcs": "git", "commit_id": COMMIT}))

    assert source == ("https://github.com/acme/planner", "acme/planner", COMMIT, True)
    texts = [
        one.text for ci in ("github", "gitlab") for one in starters(ci, source, has_pre_commit=True)
    ]
    assert all(COMMIT in text and "OWNER" not in text for text in texts)
    assert f"      - uses: acme/planner@{COMMIT}\n" in texts[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        direct_url("file:///home/ada/planner", dir_info={"editable": True}),
        direct_url("https://example.org/pr_planner-1-py3-none-any.whl", archive_info={}),
        direct_url(
            "ssh://git@github.com/acme/planner", vcs_info={"vcs": "git", "commit_id": COMMIT}
        ),
    ],
)
def test_without_a_repository_of_the_web_its_place_is_left_open(text: str) -> None:
    assert origin_of(text) == UNKNOWN
    for one in starters("github", UNKNOWN, has_pre_commit=True):
        assert (
            "# OWNER/planner stands for the repository that you install planner from." in one.text
        )
