"""Exceptions: single paths that a branch excepts in its commit messages, with a reason."""

import subprocess

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran

pytestmark = pytest.mark.slow

REASON = "agreed with Dana"


def errors(ran: Ran) -> list[str]:
    return [f["path"] for f in ran.json["findings"] if f["severity"] == "error"]


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

    assert errors(shop.check()) == ["README.md"]


def test_exceptions_beyond_the_limit_do_not_count(shop: Shop) -> None:
    shop.start("feature/api")
    lines = [f"Scope-Exception: {path} -- {REASON}" for path in ("z.md", "a.md", "z.md")]
    shop.commit({"a.md": "a", "z.md": "z"}, "\n".join(lines))

    ran = shop.check()

    assert errors(ran) == ["a.md"]
    assert [one["path"] for one in ran.json["exceptions"]] == ["z.md"]


def test_nobody_excepts_what_another_slice_holds_or_a_plan_excludes(shop: Shop) -> None:
    limit(shop, 9)
    paths = ("src/web/x.ts", ".github/workflows/ci.yml", PLAN_PATH, ".planner/x")
    shop.start("feature/api")
    lines = [f"Scope-Exception: {path} -- {REASON}" for path in paths]
    files = dict.fromkeys(paths, "mine") | {PLAN_PATH: replaced(("title: Shop", "title: Mine"))}
    shop.commit(files, "\n".join(lines))

    ran = shop.check()

    assert sorted(errors(ran)) == sorted(paths)
    assert ran.json["exceptions"] == []


@pytest.mark.parametrize(
    "line",
    [
        "Scope-Exception: ** -- agreed with Dana",
        "Scope-Exception: README* -- agreed with Dana",
        "Scope-Exception: README.md -- too short",
        "Scope-Exception: README.md",
        "Scope-Exception: README.md -- ",
        "Scope-Exception: README.md --agreed with Dana",
        "Scope-Exception: -- agreed with Dana",
        "Scope-Exception: ./README.md -- agreed with Dana",
        'Scope-Exception: "README.md -- agreed with Dana',
        'Scope-Exception: "README.md"x -- agreed with Dana',
        " Scope-Exception: README.md -- agreed with Dana",
        "scope-exception: README.md -- agreed with Dana",
        "> Scope-Exception: README.md -- agreed with Dana",
    ],
)
def test_what_is_not_exactly_an_exception_is_none(shop: Shop, line: str) -> None:
    shop.start("feature/api")
    shop.commit({"README.md": "# Mine\n"}, f"x\n{line}\n")

    assert errors(shop.check()) == ["README.md"]


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

    assert errors(shop.check()) == ["README.md"]


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

    assert shop.check("--staged").exit == 0


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

    assert errors(shop.check()) == ["other.md"]


def test_a_rule_for_unplanned_branches_allows_no_exceptions(shop: Shop) -> None:
    shop.start("dependabot/npm")
    shop.commit({"README.md": "# Mine\n"}, f"Scope-Exception: README.md -- {REASON}")

    assert errors(shop.check()) == ["README.md"]


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
