"""Base and head as the CI system's event has them, and which slice its branch is."""

from pathlib import Path

import pytest
from shop import Shop, replaced

pytestmark = pytest.mark.slow


@pytest.fixture
def pull_request(shop: Shop) -> Shop:
    """A pull request of feature/api with one foreign path, while main has moved on."""
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "secret/key.txt": "mine\n"})
    shop.on_main({"README.md": "# Main\n", "src/web/x.ts": "let main\n"})
    return shop


def outside(ran_json: dict[str, list[dict[str, str]]]) -> list[str]:
    return [f["path"] for f in ran_json["findings"] if f["severity"] == "error"]


def test_the_merge_ref_is_compared_with_its_first_parent(pull_request: Shop) -> None:
    shop, head = pull_request, pull_request.git.rev_parse("feature/api")
    merge = shop.merge_ref("main", "feature/api")

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api", merge=merge))

    document = ran.json
    assert (ran.exit, document["slice"], outside(document)) == (1, "api", ["secret/key.txt"])
    assert document["base"] == {"revision": "main", "commit": shop.git.rev_parse("main")}
    assert document["head"]["commit"] == merge
    assert document["plan"]["commit"] == shop.git.rev_parse("main")
    assert document["findings"][0]["commit"] == head


def test_the_head_itself_is_compared_with_the_tip_of_the_base(pull_request: Shop) -> None:
    shop, head = pull_request, pull_request.git.rev_parse("feature/api")
    shop.git.switch("--quiet", "--detach", head)

    document = shop.check(env=shop.event(head=head, head_ref="feature/api")).json

    assert (document["slice"], outside(document)) == ("api", ["secret/key.txt"])
    assert document["base"] == {"revision": "origin/main", "commit": shop.git.rev_parse("main")}


def test_e06_a_stale_merge_ref_is_refused(pull_request: Shop) -> None:
    shop = pull_request
    merge = shop.merge_ref("main", "feature/api")
    shop.git.switch("--quiet", "feature/api")
    newer = shop.commit({"src/api/b.py": "b = 2\n"})
    shop.git.switch("--quiet", "--detach", merge)

    ran = shop.check(env=shop.event(head=newer, head_ref="feature/api", merge=merge))

    assert ran.exit == 2
    assert "run the workflow again" in ran.json["error"]["hint"]


def test_a_merge_commit_at_head_that_is_no_merge_ref_means_nothing(shop: Shop) -> None:
    # Attack pm2: what lies out of scope comes first, an empty merge makes HEAD^1 hide it.
    shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    shop.git.switch("--quiet", "-c", "side", "main")
    shop.commit({}, "nothing")
    shop.git.switch("--quiet", "feature/api")
    shop.git.merge("--quiet", "--no-ff", "-m", "merge", "side")
    head = shop.git.rev_parse("HEAD")

    for env in ({}, shop.event(head=head, head_ref="feature/api")):
        ran = shop.check(env=env)
        assert (ran.exit, outside(ran.json)) == (1, ["secret/key.txt"])
    # Even where GITHUB_SHA is that commit: its second parent is not the event's head.
    forged = shop.check(env=shop.event(head=head, head_ref="feature/api", merge=head))
    assert (forged.exit, outside(forged.json)) == (1, ["secret/key.txt"])


def test_a_head_that_merged_main_is_no_stale_merge_ref(pull_request: Shop) -> None:
    # Attack pm: HEAD has two parents, and the second is main.
    shop = pull_request
    shop.git.merge("--quiet", "--no-ff", "-m", "merge main", "main")
    head = shop.git.rev_parse("HEAD")

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api"))

    assert (ran.exit, outside(ran.json)) == (1, ["secret/key.txt"])


def test_e05_the_frozen_base_of_the_event_is_never_read(pull_request: Shop) -> None:
    # The event of the shop names a base.sha that exists nowhere: all events above pass it by.
    shop, head = pull_request, pull_request.git.rev_parse("feature/api")

    document = shop.check(env=shop.event(head=head, head_ref="feature/api")).json

    assert "0123456789abcdef" not in str(document)


def test_e48_a_retargeted_pull_request_is_held_to_its_new_base(shop: Shop) -> None:
    shop.branch("release", {"src/web/x.ts": "let release\n"})
    shop.publish("release")
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"}, at="release")
    shop.on_main({"README.md": "# Main\n"})

    onto_release = shop.event(head=head, head_ref="feature/api", base_ref="release")
    onto_main = shop.event(head=head, head_ref="feature/api")

    ran = shop.check(env=onto_release)
    assert (ran.exit, ran.json["base"]["revision"]) == (0, "origin/release")
    # The plan is the default branch's, whatever the change lands on.
    assert ran.json["plan"]["commit"] == shop.git.rev_parse("main")
    assert outside(shop.check(env=onto_main).json) == ["src/web/x.ts"]


def test_the_base_that_was_not_fetched_is_named(pull_request: Shop) -> None:
    shop, head = pull_request, pull_request.git.rev_parse("feature/api")
    env = shop.event(head=head, head_ref="feature/api", base_ref="release/1.2")

    ran = shop.check(env=env)

    assert ran.exit == 2
    assert "origin/release/1.2" in ran.json["error"]["message"]
    assert "git fetch origin" in ran.json["error"]["hint"]


@pytest.mark.parametrize("fork", ["mallory/shop", None, ""])
def test_the_name_of_a_forks_branch_counts_for_nothing(shop: Shop, fork: str | None) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.switch("--quiet", "--detach", head)

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api", fork=fork))

    assert (ran.exit, ran.rules) == (1, ["unplanned-branch"])


def test_a_slice_names_the_fork_that_it_may_come_from(shop: Shop) -> None:
    head = shop.branch("claude/web-1", {"src/web/x.ts": "let y\n"})
    for fork, branch, code in (
        ("acme/fork", "claude/web-1", 0),
        ("acme/other", "claude/web-1", 1),
        ("acme/fork", "revert-7-feature/web", 0),
        ("acme/fork", "dependabot/npm", 1),
        ("acme/fork", "feature/api", 1),
    ):
        shop.git.switch("--quiet", "--detach", head)
        ran = shop.check(env=shop.event(head=head, head_ref=branch, fork=fork))
        assert ran.exit == code, (fork, branch)


def test_a_star_lets_every_fork_in(shop: Shop) -> None:
    shop.on_main({"docs/plan/plan.yaml": replaced(("from: acme/fork", 'from: "*"'))})
    head = shop.branch("feature/web", {"src/web/x.ts": "let y\n"})

    for fork in ("mallory/shop", None):
        assert shop.check(env=shop.event(head=head, head_ref="feature/web", fork=fork)).exit == 0


def test_plannings_own_slice_variable_is_ignored_in_ci(shop: Shop) -> None:
    head = shop.branch("patch-1", {"src/api/a.py": "a = 2\n"})

    assert shop.check(env={"PLANNER_SLICE": "api"}).exit == 0
    assert shop.check(env={"PLANNER_SLICE": "api", "CI": "true"}).rules == ["unplanned-branch"]
    event = shop.event(head=head, head_ref="patch-1", PLANNER_SLICE="api")
    assert shop.check(env=event).rules == ["unplanned-branch"]
    assert shop.check("--slice", "api", env=event).exit == 0


def test_other_pull_request_events_are_pull_requests(pull_request: Shop) -> None:
    shop, head = pull_request, pull_request.git.rev_parse("feature/api")
    merge = shop.merge_ref("main", "feature/api")
    env = shop.event(head=head, head_ref="feature/api", merge=merge)

    review = shop.check(env=env | {"GITHUB_EVENT_NAME": "pull_request_review"})
    assert outside(review.json) == ["secret/key.txt"]
    # pull_request_target checks the base out: nothing of the branch was looked at.
    shop.git.switch("--quiet", "--detach", "main")
    target = {"GITHUB_EVENT_NAME": "pull_request_target", "GITHUB_REF": "refs/heads/main"}
    ran = shop.check(env=env | target | {"GITHUB_SHA": shop.git.rev_parse("main")})
    assert ran.exit == 2
    given = shop.check("--head", head, env=env | target)
    assert (given.exit, outside(given.json)) == (1, ["secret/key.txt"])


def test_e11_e13_a_push_is_compared_with_the_base_and_never_with_before(shop: Shop) -> None:
    head = shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    shop.commit({"src/api/a.py": "a = 2\n"})
    for before in ("0" * 40, head):
        env = shop.run(
            {"before": before, "after": shop.git.rev_parse("HEAD")},
            GITHUB_EVENT_NAME="push",
            GITHUB_REF="refs/heads/feature/api",
            GITHUB_SHA=shop.git.rev_parse("HEAD"),
        )
        assert outside(shop.check(env=env).json) == ["secret/key.txt"]


def test_a_push_to_the_default_branch_has_nothing_to_judge(shop: Shop) -> None:
    env = shop.run({}, GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/main")

    ran = shop.check(env=env)

    assert (ran.exit, ran.json["counts"]["changed"], ran.rules) == (0, 0, [])
    assert shop.text(env=env).stdout.startswith("nothing to judge: ")


def test_an_event_file_that_cannot_be_read_stops_the_check(shop: Shop, tmp_path: Path) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    env = shop.event(head=head, head_ref="feature/api")
    missing = {"GITHUB_EVENT_PATH": str(tmp_path / "none.json")}
    for content in (b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"pull_request": 7}', None):
        if content is not None:
            (tmp_path / "odd.json").write_bytes(content)
        odd = {"GITHUB_EVENT_PATH": str(tmp_path / "odd.json")} if content is not None else missing
        for name in ("pull_request", "merge_group"):
            ran = shop.check(env=env | odd | {"GITHUB_EVENT_NAME": name})
            assert (ran.exit, ran.json["schema"]) == (2, "planner.error/1"), (content, name)


def gitlab(shop: Shop, **more: str) -> dict[str, str]:
    return {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": "main",
        "CI_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/api",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_PROJECT_PATH": "acme/shop",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": "0123456789abcdef0123456789abcdef01234567",
        "CI_COMMIT_SHA": shop.git.rev_parse("HEAD"),
        **more,
    }


def test_gitlab_merge_requests_are_compared_with_their_target(pull_request: Shop) -> None:
    shop = pull_request
    shop.git.switch("--quiet", "--detach", "feature/api")

    document = shop.check(env=gitlab(shop)).json
    assert (document["slice"], outside(document)) == ("api", ["secret/key.txt"])
    assert document["base"]["revision"] == "origin/main"
    # A merged-results pipeline has the merge of target and source checked out.
    merge = shop.merge_ref("main", "feature/api")
    document = shop.check(env=gitlab(shop)).json
    assert (document["head"]["commit"], outside(document)) == (merge, ["secret/key.txt"])


def test_a_merged_result_is_compared_with_what_it_is_merged_into(shop: Shop) -> None:
    one = shop.branch("feature/web", {"src/web/a.py": "a = 2\n"})
    two = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    # In a merge train that is not the target branch, but the merge of the requests before.
    shop.git.switch("--quiet", "--detach", "main")
    shop.git.merge("--quiet", "--no-ff", one, message="the request before")
    before = shop.git.rev_parse("HEAD")
    shop.git.merge("--quiet", "--no-ff", two, message="merge train")
    source = {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": two}

    document = shop.check(env=gitlab(shop, **source)).json
    assert (document["slice"], document["ok"]) == ("api", True)
    assert document["base"]["commit"] == before
    # Nothing but the merge of this very source counts as one.
    other = gitlab(shop, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=one)
    document = shop.check(env=other).json
    assert (document["ok"], outside(document)) == (False, ["src/web/a.py"])


def test_gitlab_with_another_commit_checked_out_is_refused(shop: Shop) -> None:
    one = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    two = shop.commit({"src/api/a.py": "a = 3\n"})

    ran = shop.check(env=gitlab(shop, CI_COMMIT_SHA=one))

    assert (ran.exit, ran.json["error"]["message"]) == (
        2,
        f"the checked-out commit {two[:12]} is not that of the pipeline, {one[:12]}",
    )
    assert shop.check("--head", two, env=gitlab(shop, CI_COMMIT_SHA=one)).exit == 0


def test_pull_request_target_says_how_to_check_the_head(shop: Shop) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.switch("--quiet", "--detach", "main")
    env = shop.event(
        head=head, head_ref="feature/api", GITHUB_EVENT_NAME="pull_request_target",
        GITHUB_REF="refs/heads/main", GITHUB_SHA=shop.git.rev_parse("main"),
    )  # fmt: skip

    ran = shop.check(env=env)

    assert ran.exit == 2
    assert ran.json["error"]["message"].startswith("pull_request_target checks out the base: HEAD")
    assert (
        "git fetch origin refs/pull/7/head && planner check-scope --head FETCH_HEAD"
        in (ran.json["error"]["hint"])
    )
    (shop.folder / ".git" / "FETCH_HEAD").write_text(f"{head}\t\t'refs/pull/7/head' of origin\n")
    told = shop.check("--head", "FETCH_HEAD", env=env)
    assert (told.exit, told.json["slice"], told.json["counts"]["changed"]) == (0, "api", 1)


def test_gitlab_forks_and_branch_pipelines(pull_request: Shop) -> None:
    shop = pull_request
    shop.git.switch("--quiet", "--detach", "feature/api")

    fork = gitlab(shop, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="mallory/shop")
    assert shop.check(env=fork).rules == ["unplanned-branch"]
    branch = {
        "CI": "true", "GITLAB_CI": "true", "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_BRANCH": "feature/api",
    }  # fmt: skip
    assert outside(shop.check(env=branch).json) == ["secret/key.txt"]


def test_any_other_ci_names_the_slice_itself(shop: Shop) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.switch("--quiet", "--detach", head)

    ran = shop.check(env={"CI": "true"})
    assert (ran.exit, ran.rules) == (1, ["unplanned-branch"])
    assert "--slice" in ran.json["findings"][0]["hint"]
    assert shop.check("--slice", "api", env={"CI": "true"}).exit == 0
