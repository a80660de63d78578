"""The parts of `check` about a pull request: where it lands, its title and its commits."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import git
import pytest
from shop import PLAN, PLAN_PATH, Shop
from world import Ran, commit, planner, root, write

from planner.plan.conventional import fault_of, parse_subject

DECLARED = PLAN.replace(
    "    branch: feature/api\n", '    branch: feature/api\n    commit: "feat(api): add lists"\n'
)


@pytest.fixture
def declared(shop: Shop) -> Shop:
    """The shop on the branch of a slice that declares its commit."""
    shop.commit({PLAN_PATH: DECLARED})
    shop.publish("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.commit("--quiet", "--amend", "-m", "feat(api): add lists")
    return shop


def check(shop: Shop, *words: str, **env: str) -> Ran:
    return planner("check", "--format", "json", *words, at=shop.folder, env=env)


def part(ran: Ran, name: str) -> Any:
    return ran.json["parts"][name]


# conventionalcommits.org/en/v1.0.0
@pytest.mark.parametrize(
    ("subject", "is_one"),
    [
        ("feat(scope)!: break", True),
        ("FEAT: upper", True),
        ("wip: x", True),
        ("fix: a", True),
        ("feat(a b): x", True),
        ("feat:no space", False),
        ("feat : x", False),
        ("feat(): x", False),
        ("feat( ): x", False),
        ("feat: ", False),
        ("feat:", False),
        ("Mergesort is bad", False),
        ("Revertable design", False),
        ("Merge branch 'a' into b", False),
        ("fixup! feat: x", False),
        ("", False),
        (": x", False),
        ("f\u00e9at: x", True),
        ("fe\u0301at: x", True),
        ("\u0447\u0438\u043d\u043a\u0430: x", True),
        ("\u4fee\u5fa9(\u753b\u9762)!: x", True),
        ("build.deps: x", True),
        ("C++: x", True),
        ("ci/cd: x", True),
        ("fix(app/(group)): x", True),
        ("fix((group)/(other))!: x", True),
        ("fix(a): b (c): d", True),
        ("fix(app/(group): x", False),
        ("fix(app)): x", False),
        ("fix(a)(b): x", False),
        ("fix(a) (b): x", False),
        ("fix!!: x", False),
        ("!: x", False),
        ("(a): x", False),
        ("12: x", False),
        ("#12: x", False),
        ("feat\u200b: x", False),
        ("feat\x1b[31m: x", False),
        ("feat\u00a0more: x", False),
        ("feat:  x", False),
        ("feat:\u00a0x", False),
        ("feat\uff1a x", False),
    ],
)
def test_a_subject_is_judged_by_the_text_of_the_specification(subject: str, is_one: bool) -> None:
    assert (parse_subject(subject) is not None) == is_one
    assert (fault_of(subject) == "") == is_one


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("feat: x\n\nbody\n\nBREAKING-CHANGE: all\n", ""),
        ("feat: x\n", ""),
        ("feat: x\nbody\n", "no blank line follows its first line"),
        ("feat:x", "the colon must be followed by one space"),
        ("feat(api ): x", "its scope starts or ends with a space"),
        ("12: x", "it does not start with a type and a colon"),
        ("feat(api: x", "the parentheses of its scope do not pair"),
        ("feat(app/(group)) : x", "a space precedes the colon"),
        ("feat(app/(group)):x", "the colon must be followed by one space"),
        ("feat(app/(group) ): x", "its scope starts or ends with a space"),
        ("feat: ", "nothing follows the colon"),
        ("feat : x", "a space precedes the colon"),
        ("feat(): x", "its scope is empty"),
        ("done", "it does not start with a type and a colon"),
    ],
)
def test_what_is_wrong_with_a_message_is_told(message: str, fault: str) -> None:
    assert fault_of(message) == fault


def test_the_title_of_the_event_is_checked(declared: Shop) -> None:
    head = declared.git.rev_parse("HEAD")
    titles = {
        "feat(api): add other lists": [],
        "FEAT(API): add lists": [],
        "feat(api)!: add lists": [],
        "fix(api): add lists": ["title-differs"],
        "feat(web): add lists": ["title-differs"],
        "feat: add lists": ["title-differs"],
        "Add lists": ["title-grammar"],
        "Draft: feat(api): add lists": ["title-differs"],
        "feat(api): a\n::error::x": ["title-grammar"],
    }
    for title, rules in titles.items():
        env = declared.event(head=head, head_ref="feature/api", title=title)
        ran = check(declared, "--only", "title", **env)
        assert (title, ran.rules, ran.exit) == (title, rules, int(bool(rules)))
        assert part(ran, "title")["applies"]


def test_an_option_stands_above_the_event(declared: Shop) -> None:
    env = declared.event(head=declared.git.rev_parse("HEAD"), head_ref="feature/api", title="x")
    ran = check(declared, "--only=title", "--title", "feat(api): y", **env)

    assert (ran.exit, part(ran, "title")["title"]) == (0, "feat(api): y")


@pytest.mark.parametrize("draft", ["Draft: ", "[Draft] ", "(Draft) ", "draft:", ""])
def test_the_mark_of_a_draft_is_no_part_of_a_gitlab_title(draft: str, declared: Shop) -> None:
    env = {
        "GITLAB_CI": "true",
        "CI_DEFAULT_BRANCH": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/api",
        "CI_MERGE_REQUEST_TITLE": f"{draft}feat(api): add lists",
        "CI_COMMIT_SHA": declared.git.rev_parse("HEAD"),
    }
    ran = check(declared, "--only", "title", **env)

    assert (ran.exit, part(ran, "title")["applies"]) == (0, True)


def test_a_part_that_does_not_apply_says_why_and_finds_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    ran = check(shop, "--only", "branch,title,commits")

    assert ran.exit == 0
    assert {name: one["why"] for name, one in ran.json["parts"].items()} == {
        "branch": "there is no pull request",
        "title": "the slice 'api' declares no commit",
        "commits": "the slice 'api' declares no commit",
    }
    assert [one["applies"] for one in ran.json["parts"].values()] == [False] * 3
    text = planner("check", "--only", "title", at=shop.folder).stdout
    assert text == "title: not checked: the slice 'api' declares no commit\npassed\n"


def test_a_revert_has_no_title_of_the_slice(declared: Shop) -> None:
    declared.git.switch("--quiet", "main")
    declared.git.merge("--quiet", "--no-ff", "-m", "Merge feature/api", "feature/api")
    declared.publish("main")
    declared.start("revert-7-feature/api")
    declared.git.revert("--no-edit", "-m", "1", "HEAD")
    env = declared.event(
        head=declared.git.rev_parse("HEAD"),
        head_ref="revert-7-feature/api",
        title='Revert "feat(api): add lists"',
    )

    ran = check(declared, "--only", "title,commits,branch", **env)

    assert (ran.exit, ran.rules) == (0, [])
    assert not part(ran, "title")["applies"]


def test_own_commits_are_checked_and_merges_are_not(declared: Shop) -> None:
    declared.commit({"src/api/b.py": "b = 2\n"}, "wip")
    declared.commit({"src/api/b.py": "b = 3\n"}, "fixup! feat(api): add lists")
    declared.commit({"src/api/b.py": "b = 4\n"}, "fix: x\nno blank line")
    declared.git.revert("--no-edit", "HEAD")
    declared.on_main({"README.md": "new\n"}, "whatever")
    declared.git.merge("--quiet", "--no-edit", "main")

    ran = check(declared, "--only", "commits")

    assert ran.exit == 0
    assert [(one["rule"], one["severity"]) for one in ran.json["findings"]] == [
        ("commit-grammar", "warning"),
        ("commit-grammar", "warning"),
        ("fixup-commit", "warning"),
    ]
    assert len(part(ran, "commits")["commits"]) == 5
    assert check(declared, "--only", "commits", "--strict").exit == 1


def test_a_warning_keeps_its_fingerprint_when_the_commit_before_it_is_gone(
    declared: Shop,
) -> None:
    def prints(*subjects: str) -> list[str]:
        declared.git.reset("--quiet", "--hard", "main")
        for number, subject in enumerate(subjects):
            declared.commit({"src/api/b.py": f"{number}\n"}, subject)
        ran = planner("check", "--only", "commits", "--format", "gitlab", at=declared.folder)
        return [one["fingerprint"] for one in ran.json]

    whole = prints("don't a", "can't b", "plain c", 'isn\'t "d"')
    assert len(set(whole)) == 4
    assert set(prints("can't b", "plain c", 'isn\'t "d"')) < set(whole)
    assert set(prints("can't b")) & set(prints("don't a")) == set()


def test_a_commit_that_only_looks_like_a_merge_is_checked(declared: Shop) -> None:
    declared.commit({"src/api/b.py": "b = 2\n"}, "Merge branch 'a' into b")

    assert check(declared, "--only", "commits").rules == ["commit-grammar"]


@pytest.mark.parametrize(("base", "rules"), [("main", []), ("develop", ["wrong-base"])])
def test_a_pull_request_lands_on_the_base_of_its_slice(
    base: str, rules: list[str], declared: Shop
) -> None:
    declared.git.branch("develop", "main")
    declared.publish("develop")
    head = declared.git.rev_parse("HEAD")
    env = declared.event(head=head, head_ref="feature/api", base_ref=base)

    ran = check(declared, "--only", "branch", **env)

    assert (ran.rules, ran.exit) == (rules, len(rules))
    assert part(ran, "branch")["lands_on"] == base
    # Elsewhere the base is given by hand.
    by_hand = check(declared, "--only", "branch", "--base", f"origin/{base}")
    assert by_hand.rules == rules


def test_a_stacked_branch_lands_on_that_of_its_parent_and_has_its_commits(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.branch("feature/guide", {"docs/guide/new.md": "new\n"}, at="feature/api")
    head = shop.git.rev_parse("HEAD")
    shop.publish("feature/api", "feature/guide")

    on_parent = shop.event(head=head, head_ref="feature/guide", base_ref="feature/api")
    assert check(shop, "--only", "branch", **on_parent).rules == []
    on_main = shop.event(head=head, head_ref="feature/guide", base_ref="main")
    ran = check(shop, "--only", "branch", **on_main)
    assert ran.rules == ["wrong-base"]
    assert "'feature/api', the branch of the slice 'api'" in ran.json["findings"][0]["message"]

    shop.git.switch("--quiet", "feature/api")
    shop.commit({"src/api/b.py": "b = 2\n"})
    shop.publish("feature/api")
    shop.git.switch("--quiet", "feature/guide")
    for env in ({}, on_parent):
        ran = check(shop, "--only", "branch", **env)
        assert (ran.exit, ran.rules) == (0, ["behind-parent"])
        assert "lacks 1 commit of 'origin/feature/api'" in ran.json["findings"][0]["message"]


def test_commits_that_a_shallow_clone_lacks_are_told(declared: Shop, tmp_path: Path) -> None:
    declared.commit({"src/api/b.py": "b = 2\n"}, "no grammar")
    head = declared.commit({"src/api/b.py": "b = 3\n"}, "feat(api): more")
    merge = declared.merge_ref("main", "feature/api")
    env = declared.event(head=head, head_ref="feature/api", merge=merge)
    clone = git.Repo.init(tmp_path / "clone")
    clone.git.fetch("--quiet", "--depth=2", declared.folder.as_uri(), merge)
    clone.git.checkout("--quiet", merge)

    ran = planner("check", "--only", "commits", "--format", "json", at=clone, env=env)

    assert (ran.exit, ran.rules) == (0, ["unknown-history"])


def stacked(shop: Shop) -> str:
    """Stack a branch on one that has gone on since, and return its commit."""
    for number in range(6):
        shop.on_main({"README.md": f"{number}\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    head = shop.branch("feature/guide", {"docs/guide/new.md": "new\n"}, at="feature/api")
    shop.git.switch("--quiet", "feature/api")
    shop.commit({"src/api/b.py": "b = 2\n"})
    return head


def test_a_shallow_clone_tells_that_a_branch_lacks_commits_of_its_parent(
    shop: Shop, tmp_path: Path
) -> None:
    stacked(shop)
    words = ("--quiet", "--no-single-branch", "--depth=5", "--branch=feature/guide")
    git.Git(tmp_path).clone(*words, shop.folder.as_uri(), "clone")
    clone = git.Repo(tmp_path / "clone")

    ran = planner("check", "--only", "branch", "--format", "json", at=clone)

    assert (ran.exit, ran.rules) == (0, ["behind-parent"])
    assert "lacks 1 commit of 'origin/feature/api'" in ran.json["findings"][0]["message"]
    clone.git.merge("--quiet", "--no-edit", "origin/feature/api")
    assert planner("check", "--only", "branch", "--format", "json", at=clone).rules == []


def test_a_shallow_clone_that_cannot_know_what_a_branch_lacks_says_so(
    shop: Shop, tmp_path: Path
) -> None:
    head = stacked(shop)
    merge = shop.merge_ref("feature/api", "feature/guide")
    env = shop.event(head=head, head_ref="feature/guide", base_ref="feature/api", merge=merge)
    clone = git.Repo.init(tmp_path / "clone")
    specs = (f"+refs/heads/{name}:refs/remotes/origin/{name}" for name in ("main", "feature/api"))
    clone.git.fetch("--quiet", "--depth=2", shop.folder.as_uri(), merge, *specs)
    clone.git.checkout("--quiet", merge)
    words = ("check", "--only", "branch", "--format", "json")

    ran = planner(*words, at=clone, env=env)

    assert (ran.exit, ran.rules) == (0, ["unknown-history"])
    assert ran.json["findings"][0]["message"] == (
        "this clone lacks commits of the branch: whether it has all of 'origin/feature/api', which "
        "it is stacked on, is unknown"
    )
    clone.git.fetch("--quiet", "--unshallow", shop.folder.as_uri(), merge)
    assert planner(*words, at=clone, env=env).rules == ["behind-parent"]


HOOK = f"""\
#!/bin/sh
exec '{sys.executable}' -m planner check --only title --message "$1"
"""


@pytest.fixture
def hooked(declared: Shop, tmp_path: Path) -> Shop:
    """The same with a commit-msg hook."""
    hook = declared.folder / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    return declared


def committed(shop: Shop, message: str) -> bool:
    """Whether git takes a commit with the message: its hook ran."""
    write(shop.repo, {"src/api/a.py": f"a = {message!r}\n"})
    words = ["git", "commit", "--quiet", "--all", "--cleanup=verbatim", "-m", message]
    done = subprocess.run(words, cwd=shop.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "error: the message" in done.stdout + done.stderr
    return done.returncode == 0


def test_the_hook_holds_a_message_to_the_grammar(hooked: Shop) -> None:
    assert committed(hooked, "feat(api): more")
    assert not committed(hooked, "more")
    assert committed(hooked, "test: another type is a warning")
    assert committed(hooked, "feat(api): x\n\n# a comment\n")
    assert committed(hooked, "# a comment first\nfeat(api): y")
    assert not committed(hooked, "feat(api): x\nno blank line")
    assert committed(hooked, "fixup! feat(api): more")
    cut = "# ------------------------ >8 ------------------------\ndiff"
    assert committed(hooked, f"feat(api): z\n{cut}")


def test_the_hook_checks_comments_that_git_keeps(hooked: Shop) -> None:
    assert not committed(hooked, "#12 fix the thing")
    assert not committed(hooked, "#12 fix\n\n# the thing")
    write(hooked.repo, {"src/api/a.py": "a = 3\n"})
    # In an editor git removes them, and takes no message without a text.
    done = subprocess.run(
        ["git", "commit", "--all",],
        cwd=hooked.folder, capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_EDITOR": "sh -c 'echo \"#12 fix\" >$1' -"},
    )  # fmt: skip
    assert "empty commit message" in done.stderr
    assert "error:" not in done.stdout + done.stderr


SCISSORS = f"{'-' * 24} >8 {'-' * 24}"


@pytest.mark.parametrize(
    ("char", "line", "is_cut"),
    [
        ("", f"# {SCISSORS}", True),
        ("", f"; {SCISSORS}", False),
        ("", "bad - >8 -", False),
        ("", f"# {SCISSORS}-", False),
        ("", f"#  {SCISSORS}", False),
        (";", f"; {SCISSORS}", True),
        (";", f"# {SCISSORS}", False),
        ("auto", f"; {SCISSORS}", True),
        ("auto", f"x {SCISSORS}", False),
    ],
)
def test_a_message_is_cut_at_the_line_that_git_writes(
    char: str, line: str, is_cut: bool, declared: Shop
) -> None:
    if char:
        declared.git.config("core.commentChar", char)
    (declared.folder.parent / "message").write_text(f"feat(api): x\n{line}\ndiff\n")

    ran = check(declared, "--only", "title", "--message", "../message")

    assert ran.rules == ([] if is_cut else ["title-grammar"])


def test_what_looks_like_the_line_to_cut_at_is_checked(declared: Shop) -> None:
    (declared.folder.parent / "message").write_text("bad - >8 -\n")

    ran = check(declared, "--only", "title", "--message", "../message")

    assert ran.rules == ["title-grammar"]


def test_comments_that_git_chose_a_sign_for_are_no_text(declared: Shop) -> None:
    declared.git.config("core.commentChar", "auto")
    text = "feat(api): x\n\n#12 is done\n\n; Please enter the message\n;\n;\tmodified: a\n"
    (declared.folder.parent / "message").write_text(text.replace("feat(api): x\n\n", "", 1))
    assert check(declared, "--only", "title", "--message", "../message").rules == ["title-grammar"]

    (declared.folder.parent / "message").write_text(text)
    assert check(declared, "--only", "title", "--message", "../message").rules == []


def test_the_hook_lets_merges_reverts_and_other_branches_pass(hooked: Shop) -> None:
    hooked.on_main({"README.md": "new\n"}, "whatever")
    hooked.git.merge("--quiet", "--no-ff", "-m", "Merge main", "main")
    write(hooked.repo, {"src/api/a.py": "a = 9\n"})
    hooked.git.commit("--quiet", "--all", "--amend", "--no-edit")
    assert not committed(hooked, "Merge another")
    hooked.git.reset("--quiet", "--hard")
    hooked.git.revert("--no-edit", "-m", "1", "HEAD")
    hooked.start("other", "main")
    assert commit(hooked.repo, {"README.md": "x\n"}, "whatever I like")


def test_the_hook_lets_the_message_of_a_merge_be_amended(hooked: Shop) -> None:
    hooked.on_main({"README.md": "new\n"}, "whatever")
    hooked.git.merge("--quiet", "--no-ff", "--no-edit", "main")
    amend = ("--quiet", "--amend", "-m")

    hooked.git.commit(*amend, "Merge main, resolve")

    assert len(hooked.repo.head.commit.parents) == 2
    write(hooked.repo, {"src/api/a.py": "a = 9\n"})
    # A hook cannot tell it from a commit on top of the merge.
    with pytest.raises(git.GitCommandError, match="title-grammar"):
        hooked.git.commit("--all", *amend, "Merge main again")
    hooked.git.commit("--all", "--quiet", "--amend", "--no-edit")
    hooked.git.commit(*amend, "Merge main again")


def test_the_hook_judges_a_commit_on_top_of_a_merge_of_the_default_branch(hooked: Shop) -> None:
    hooked.git.switch("--quiet", "main")
    hooked.git.merge("--quiet", "--no-ff", "-m", "Merge pull request #7", "feature/api")
    hooked.publish("main")
    hooked.git.switch("--quiet", "-C", "feature/api")

    with pytest.raises(git.GitCommandError, match="title-grammar"):
        hooked.git.commit("--allow-empty", "-m", "start")


def test_the_hook_lets_the_first_commit_of_a_repository_pass(tmp_path: Path) -> None:
    fresh = git.Repo.init(tmp_path / "fresh", initial_branch="main")
    (root(fresh) / "message").write_text("whatever\n")

    ran = planner("check", "--only", "title", "--message", "message", at=fresh)

    assert (ran.exit, ran.stderr) == (0, "")
    assert "title: not checked: a merge, the first commit" in ran.stdout


@pytest.mark.parametrize("part", ["branch", "title", "commits", "documents"])
def test_a_part_by_itself_does_not_pass_by_an_unusable_plan(part: str, declared: Shop) -> None:
    declared.commit({"src/api/a.py": "a = 2\n"}, "no grammar")
    declared.on_main({PLAN_PATH: "version: 1\nslices: none\n"})

    ran = planner("check", "--only", part, "--title", "no grammar", at=declared.folder)

    assert ran.exit == 2
    assert "a plan is unusable" in ran.stderr


def test_the_hook_says_that_the_plan_is_unusable_and_lets_the_commit_pass(hooked: Shop) -> None:
    hooked.on_main({PLAN_PATH: "version: 1\nslices: none\n"}, "feat(api): break it")
    (hooked.folder.parent / "message").write_text("whatever\n")

    words = ("check", "--only", "title", "--message", "../message")
    ran = planner(*words, at=hooked.folder)

    assert ran.exit == 0
    assert "title: not checked: a plan is unusable" in ran.stdout


def test_a_message_without_text_skips_no_other_part(declared: Shop) -> None:
    declared.commit({"README.md": "out of scope\n"}, "feat(api): more")
    (declared.folder.parent / "message").write_text("# comments alone\n")

    words = ("--skip", "gates", "--message", "../message", "--format", "json")
    ran = planner("check", *words, at=declared.folder)

    assert (ran.exit, ran.rules) == (1, ["outside-scope"])
    assert list(ran.json["parts"])[:3] == ["scope", "branch", "title"]


def test_a_message_file_that_is_missing_is_exit_2(declared: Shop) -> None:
    ran = planner("check", "--only", "title", "--message", "none", at=declared.folder)

    assert ran.exit == 2
    assert "there is no file 'none'" in ran.stderr


def test_title_and_commits_stay_within_their_lines(declared: Shop) -> None:
    hostile = "\x1b[31m::error::x ##[error]y"
    declared.commit({"src/api/b.py": "b = 2\n"}, hostile)
    ran = planner("check", "--only", "title,commits", "--title", hostile, at=declared.folder)

    assert "\x1b" not in ran.stdout
    assert "##[" not in ran.stdout
    assert not [line for line in ran.stdout.splitlines() if line.lstrip().startswith("::")]
