"""Exceptions: single paths that a branch excepts in its commit messages, with a reason."""

import subprocess

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran

from planner.check.scope.exceptions import read_lines
from planner.repository.lineage import BranchCommit

pytestmark = pytest.mark.slow

REASON = "agreed with Dana"


def errors(ran: Ran) -> list[str]:
    return [f["path"] for f in ran.json["findings"] if f["severity"] == "error"]


def reasons(ran: Ran) -> dict[str, str]:
    """Why exceptions do not count, by path; of several at a path the last."""
    found = [f for f in ran.json["findings"] if f["rule"] == "exception-refused"]
    assert all((f["severity"], len(f["commit"])) == ("warning", 40) and f["hint"] for f in found)
    return {f["path"]: f["message"].partition(" does not count: ")[2] for f in found}


def limit(shop: Shop, exceptions: int) -> None:
    shop.on_main(
        {PLAN_PATH: replaced(("limits: {exceptions: 1}", f"limits: {{exceptions: {exceptions}}}"))},
    )


def test_an_exception_covers_its_path_and_is_listed(shop: Shop) -> None:
    shop.start("feature/api")
    made = shop.commit({"README.md": "# Mine\n"}, f"x\n\nScope-Exception: README.md -- {REASON}\n")

    ran = shop.check()

    assert (ran.exit, ran.json["counts"]["excepted"]) == (0, 1)
    assert ran.json["exceptions"] == [{"path": "README.md", "reason": REASON, "commit": made}]
    assert f"excepted: README.md -- {REASON} ({made[:12]})" in shop.text().stdout


def test_exceptions_are_none_unless_the_plan_allows_them(shop: Shop) -> None:
    limit(shop, 0)
    shop.start("feature/api")
    shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")

    ran = shop.check()
    assert errors(ran) == ["README.md"]
    assert reasons(ran) == {"README.md": "its slice may except no path (limits.exceptions)"}


def test_exceptions_beyond_the_limit_do_not_count(shop: Shop) -> None:
    shop.start("feature/api")
    lines = [f"Scope-Exception: {path} -- {REASON}" for path in ("z.md", "a.md", "z.md")]
    shop.commit({"a.md": "a", "z.md": "z"}, "\n".join(lines))

    ran = shop.check()

    assert errors(ran) == ["a.md"]
    assert reasons(ran) == {
        "a.md": "its slice may except 1 path (limits.exceptions)",
        "z.md": f"commit {shop.git.rev_parse('HEAD')[:12]} excepts the path already",
    }
    assert [one["path"] for one in ran.json["exceptions"]] == ["z.md"]


def test_nobody_excepts_what_another_slice_holds_or_a_plan_excludes(shop: Shop) -> None:
    limit(shop, 9)
    paths = ("src/web/x.ts", ".github/workflows/ci.yml", PLAN_PATH, ".planner/x")
    shop.start("feature/api")
    lines = [f"Scope-Exception: {path} -- {REASON}" for path in paths]
    files = dict.fromkeys(paths, "mine") | {PLAN_PATH: replaced(("title: Shop", "title: Mine"))}
    shop.commit(files, "\n".join(lines))

    ran = shop.check()

    assert set(errors(ran)) == set(paths)
    assert ran.json["exceptions"] == []
    assert reasons(ran) == {
        "src/web/x.ts": "the slice 'web' holds the path",
        ".github/workflows/ci.yml": "a plan excludes the path",
        PLAN_PATH: "a plan file cannot be excepted",
    }


NOT_AT_THE_START = "its line does not start with 'Scope-Exception:'"
NO_REASON = "it gives no reason after ' -- '"
QUOTING = "its path is not quoted as git quotes paths"
TOO_SHORT = "its reason is shorter than 10 characters"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Scope-Exception: README.md -- too short", TOO_SHORT),
        ("Scope-Exception: README.md -- " + "\u200b" * 10, TOO_SHORT),
        ("Scope-Exception: README.md", NO_REASON),
        ("Scope-Exception: README.md -- ", NO_REASON),
        ("Scope-Exception: README.md --agreed with Dana", NO_REASON),
        ("Scope-Exception: README.md \u2014 agreed with Dana", NO_REASON),
        ('Scope-Exception: "README.md"', NO_REASON),
        ("Scope-Exception: -- agreed with Dana", "it names no path"),
        ("Scope-Exception:", "it names no path"),
        ('Scope-Exception: "" -- agreed with Dana', "it names no path"),
        ('Scope-Exception: "README.md -- agreed with Dana', QUOTING),
        ('Scope-Exception: "README.md"x -- agreed with Dana', QUOTING),
        (" Scope-Exception: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("scope-exception: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("> Scope-Exception: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("Scope-Exception : README.md -- agreed with Dana", NOT_AT_THE_START),
        ("Scope Exception: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("Scope-Exceptions: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("* Scope_Exception: README.md -- agreed with Dana", NOT_AT_THE_START),
        ("Scope-Exception README.md -- agreed with Dana", NOT_AT_THE_START),
        ("Scope-Exception = README.md -- agreed with Dana", NOT_AT_THE_START),
    ],
)
def test_a_line_in_another_form_says_what_is_wrong(line: str, fault: str) -> None:
    commits = [BranchCommit("1" * 40, f"x\n\n{line}\nmore\n".encode())]

    assert [(one.fault, bool(one.hint)) for one in read_lines(commits)] == [(fault, True)]
    assert [line for line in read_lines(commits) if not line.fault] == []


def test_a_path_that_cannot_be_excepted_says_why(shop: Shop) -> None:
    expected = {
        "**": "it names a pattern",
        "READ*": "it names a pattern",
        "READM[E].md": "it names a pattern",
        "lib/": "it names a folder",
        "lib": "it names a folder",
        "README.md, lib/x": "it names several paths",
        "README.md lib/x": "it names several paths",
        "./README.md": "its path starts with './'",
        "'README.md'": QUOTING,
        "`lib/x`": QUOTING,
        "NEWS.md": "the branch does not change the path",
        "src/api/a.py": "the branch may touch the path anyway",
        "CHANGELOG.md": "the branch may touch the path anyway",
    }
    shop.start("feature/api")
    files = ("README.md", "lib/x", "src/api/a.py", "CHANGELOG.md")
    lines = [f"Scope-Exception: {path} -- {REASON}" for path in expected]
    commit = shop.commit(dict.fromkeys(files, "mine"), "\n".join(lines))

    ran = shop.check()

    assert errors(ran) == ["README.md", "lib/x"]
    refused = [f["message"] for f in ran.json["findings"] if f["rule"] == "exception-refused"]
    assert sorted(refused) == sorted(
        f"the exception for '{path}' in commit {commit[:12]} does not count: {why}"
        for path, why in expected.items()
    )


def test_a_sentence_about_exceptions_is_no_exception(shop: Shop) -> None:
    shop.start("feature/api")
    message = "Scope exceptions are listed now\n\nThe Scope-Exception: of yesterday is gone.\n"
    shop.commit({"src/api/a.py": "a = 2\n"}, message)

    assert shop.check().rules == []


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("a b.md", "a b.md"),
        ("a b.md", '"a b.md"'),
        ("a -- b.md", '"a -- b.md"'),
        ('q"q.md', '"q\\"q.md"'),
        ("n\nn.md", '"n\\nn.md"'),
        ("caf\u00e9.md", '"caf\\303\\251.md"'),
        ("caf\u00e9.md", "caf\u00e9.md"),
        ("b\\s.md", '"b\\\\s.md"'),
    ],
)
def test_a_path_is_quoted_as_git_quotes_it(shop: Shop, path: str, written: str) -> None:
    shop.start("feature/api")
    shop.commit({path: "x"}, f"Scope-Exception: {written}  --  {REASON}\r\nmore")

    ran = shop.check()

    assert (ran.exit, ran.json["exceptions"][0]["reason"]) == (0, REASON)


def test_tr_an_exception_stands_anywhere_in_a_message(shop: Shop) -> None:
    # A squash moves it out of the last paragraph, where git looks for trailers.
    shop.start("feature/api")
    message = (
        f"squashed (#3)\n\n* one\n\nScope-Exception: README.md -- {REASON}\n\n* two\n\nText.\n"
    )
    shop.commit({"README.md": "# Mine\n"}, message)

    assert shop.check().exit == 0


def test_tr2_a_commit_that_was_merged_in_excepts_nothing(shop: Shop) -> None:
    shop.start("side")
    shop.commit({"README.md": "# Side\n"}, f"Scope-Exception: README.md -- {REASON}")
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.git.merge("--quiet", "--no-ff", "-m", "side", "side")

    ran = shop.check()
    assert errors(ran) == ["README.md"]
    assert reasons(ran) == {"README.md": "its commit was merged into the branch"}


def test_a_commit_of_the_base_excepts_nothing(shop: Shop) -> None:
    shop.on_main({}, f"Scope-Exception: README.md -- {REASON}")
    shop.branch("feature/api", {"README.md": "# Mine\n"})

    assert errors(shop.check()) == ["README.md"]


def test_on_a_merge_ref_the_heads_own_line_excepts(shop: Shop) -> None:
    shop.start("feature/api")
    head = shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")
    shop.on_main({"src/web/x.ts": "let y\n"})
    merge = shop.merge_ref("main", "feature/api")

    ran = shop.check(env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert (ran.exit, ran.json["exceptions"][0]["commit"]) == (0, head)


def test_an_earlier_exception_covers_what_is_staged_now(shop: Shop) -> None:
    shop.start("feature/api")
    shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")
    (shop.folder / "README.md").write_text("# Again\n")
    shop.git.add("--all")

    ran = shop.check("--staged")
    assert (ran.exit, ran.rules) == (0, [])


def test_a_hostile_message_costs_no_time(shop: Shop) -> None:
    shop.start("feature/api")
    blanks, quotes = " " * 200_000, '\\"' * 100_000
    message = "\n".join(
        (
            f"Scope-Exception: README.md -- a{blanks}b{blanks}",
            f"Scope-Exception: a{blanks}b{blanks}c",
            f'Scope-Exception: "{quotes}',
            "Scope-Exception: " + "a -- " * 40_000,
        )
    )
    path = shop.folder.parent / "message"
    path.write_text(message)
    (shop.folder / "other.md").write_text("x")
    shop.git.add("--all")
    shop.git.commit("--quiet", "--cleanup=verbatim", "--file", str(path))

    ran = shop.check()
    assert errors(ran) == ["other.md"]
    assert len(ran.stdout) < 50_000


def test_many_refused_lines_are_told_up_to_twenty(shop: Shop) -> None:
    shop.start("feature/api")
    lines = (f"Scope-Exception: {number} -- {REASON}" for number in range(2_000))
    shop.commit({"src/api/a.py": "a = 2\n"}, "\n".join(lines))

    assert shop.check().rules == ["exception-refused"] * 20


def test_a_rule_for_unplanned_branches_allows_no_exceptions(shop: Shop) -> None:
    shop.start("dependabot/npm")
    shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")

    ran = shop.check()
    assert errors(ran) == ["README.md"]
    assert reasons(ran) == {"README.md": "a branch without a slice may except no path"}


def test_in_a_shallow_clone_no_exception_is_overlooked(shop: Shop) -> None:
    shop.start("feature/api")
    shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")
    head = shop.commit({"src/api/a.py": "a = 2\n"})
    merge = shop.merge_ref("main", "feature/api")
    shop.git.update_ref("refs/heads/merged", merge)
    folder = shop.folder.parent / "clone"
    url = f"file://{shop.folder}"
    subprocess.run(["git", "clone", "-q", "--depth=2", "-b", "merged", url, folder], check=True)
    clone = Shop(folder)
    clone.git.switch("--quiet", "--detach")

    ran = clone.check(env=clone.event(head=head, head_ref="feature/api", merge=merge))

    assert (ran.exit, ran.rules) == (2, ["outside-scope"])
    assert "fetch-depth: 0" in ran.json["error"]["hint"]
