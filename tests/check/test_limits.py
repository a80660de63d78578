"""What is too big, too deep or refused by git: an answer in seconds, or exit 2 that says so."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import Ran

pytestmark = pytest.mark.slow


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    """What git prints; stdin is bytes that a test makes up, such as a tree."""
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


def blob(shop: Shop, content: bytes) -> str:
    return git(shop.folder, "hash-object", "-w", "--stdin", stdin=content)


def tree(shop: Shop, *entries: tuple[str, bytes, str]) -> str:
    """Write a tree of just these modes, names and objects, as git itself never would."""
    content = b"".join(
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries
    )
    words = ("hash-object", "-t", "tree", "-w", "--stdin", "--literally")
    return git(shop.folder, *words, stdin=content)


def branch_of(shop: Shop, name: str, top: str) -> str:
    """Start a branch of one commit with this tree, and return the commit."""
    made = git(shop.folder, "commit-tree", top, "-p", "main", "-m", "made")
    git(shop.folder, "update-ref", f"refs/heads/{name}", made)
    return made


def indexed(shop: Shop, name: str, entries: Mapping[str, tuple[str, str]]) -> None:
    """Start a branch of one commit with these modes and objects beside what main has."""
    lines = "".join(f"{mode} {oid}\t{path}\0" for path, (mode, oid) in entries.items())
    git(shop.folder, "read-tree", "main")
    git(shop.folder, "update-index", "-z", "--index-info", stdin=lines.encode())
    branch_of(shop, name, git(shop.folder, "write-tree"))
    git(shop.folder, "read-tree", "main")


def message(ran: Ran) -> str:
    assert ran.exit == 2, ran
    assert "Traceback" not in ran.stderr
    assert ran.json["error"]["hint"]
    return str(ran.json["error"]["message"])


def test_thousands_of_links_are_all_followed(shop: Shop) -> None:
    inside, outside = blob(shop, b"../d1/x"), blob(shop, b"../../../web/x.ts")
    long = blob(shop, b"a/" * 16_000 + b"a")
    links = {f"src/api/d{n % 100}/l{n}": ("120000", inside) for n in range(3_000)}
    links["src/api/d7/l1007"] = ("120000", outside)
    links["src/api/d7/up"] = ("120000", blob(shop, b"../.."))
    links["src/api/d8/over"] = ("120000", blob(shop, b"../d7/up/web"))
    links["src/api/long"] = ("120000", long)
    indexed(shop, "feature/api", links)

    ran = shop.check("--head", "feature/api")

    assert [one["path"] for one in ran.json["findings"]] == [
        "src/api/d7/l1007", "src/api/d7/up", "src/api/d8/over",
    ]  # fmt: skip
    assert "'../d7/up/web'" in ran.json["findings"][2]["message"]
    assert ran.json["counts"]["in_scope"] == 3_003


def test_what_inflates_to_megabytes_is_not_read(shop: Shop) -> None:
    huge = blob(shop, b"\0" * 20_000_000)
    for path, mode, what in (
        (PLAN_PATH, "100644", PLAN_PATH),
        ("docs/plan/new/plan.yaml", "100644", "docs/plan/new/plan.yaml"),
        ("src/api/link", "120000", "the target of a symbolic link"),
    ):
        indexed(shop, "feature/api", {path: (mode, huge)})
        said = message(shop.check("--head", "feature/api"))
        assert what in said
        assert "20,000,000" in said
    indexed(shop, "feature/api", {"src/api/big": ("100644", huge)})
    assert shop.check("--head", "feature/api").exit == 0


def test_a_tree_that_holds_itself_many_times_over_ends(shop: Shop) -> None:
    one = tree(shop, ("100644", b"f", blob(shop, b"x")))
    for _ in range(10):
        one = tree(shop, *(("40000", b"d%d" % n, one) for n in range(10)))
    branch_of(shop, "feature/api", tree(shop, ("40000", b"src", one)))

    assert "the list of changed paths is too big" in message(shop.check("--head", "feature/api"))


def test_paths_of_hundreds_of_folders_are_judged(shop: Shop) -> None:
    one = tree(shop, ("100644", b"f", blob(shop, b"x")), ("100644", b"F", blob(shop, b"y")))
    for _ in range(400):
        one = tree(shop, ("40000", b"a", one))
    top = git(shop.folder, "ls-tree", "main")
    api = tree(shop, *(("40000", b"n%02d" % n, one) for n in range(20)))
    lines = [line for line in top.splitlines() if not line.endswith("\tdocs")]
    listing = "\n".join([*lines, f"040000 tree {tree(shop, ('40000', b'api', api))}\tlib", ""])
    branch_of(shop, "feature/api", git(shop.folder, "mktree", stdin=listing.encode()))

    ran = shop.check("--head", "feature/api")

    assert ran.exit == 1
    assert ran.rules.count("path-collision") == 2 * 20
    assert ran.rules.count("outside-scope") == 2 * 20


@pytest.mark.parametrize(
    "names",
    [[b"..", b"x"], [b".", b"x"], [b"../../etc/x"], [b"git~1", b"hooks"], [b"a/b"], [b".GIT", b"x"],
     [".g\u200cit".encode(), b"config"], [b"x", b".git . ", b"y"]],
)  # fmt: skip
def test_a_path_that_git_refuses_to_check_out_is_named(shop: Shop, names: list[bytes]) -> None:
    oid, mode = blob(shop, b"x"), "100644"
    for name in reversed(names):
        oid, mode = tree(shop, (mode, name, oid)), "40000"
    made = branch_of(
        shop, "feature/api", tree(shop, ("40000", b"src", tree(shop, ("40000", b"api", oid))))
    )

    said = message(shop.check("--head", "feature/api"))

    assert made[:12] in said
    shown = "/".join(name.decode() for name in names)
    assert f"'src/api/{shown}'" in said


def test_a_path_that_git_refuses_may_be_deleted(shop: Shop) -> None:
    oid = blob(shop, b"x")
    api = tree(shop, ("40000", b".git", tree(shop, ("100644", b"x", oid))), ("100644", b"a", oid))
    src = tree(shop, ("40000", b"api", api))
    entries = [line.split(maxsplit=3) for line in git(shop.folder, "ls-tree", "main").splitlines()]
    others = [(m.lstrip("0"), n.encode(), o) for m, _, o, n in entries if n not in ("src", "docs")]
    docs = git(shop.folder, "rev-parse", "main:docs")
    clean = tree(shop, ("40000", b"api", tree(shop, ("100644", b"a", oid))))
    made = branch_of(
        shop, "main", tree(shop, *others, ("40000", b"docs", docs), ("40000", b"src", src))
    )
    git(shop.folder, "update-ref", "refs/remotes/origin/main", made)
    branch_of(
        shop, "feature/api", tree(shop, *others, ("40000", b"docs", docs), ("40000", b"src", clean))
    )

    assert shop.check("--head", "feature/api").exit == 0


def test_what_lies_beside_a_plan_is_held_by_a_literal_entry_alone(shop: Shop) -> None:
    held = "        - docs/api.md\n"
    wide = replaced((held, f"{held}        - docs/plan/\n        - docs/*\n"))
    shop.on_main({PLAN_PATH: wide, "docs/plan/two/plan.yaml": "version: 1\ntitle: T\nslices: []\n"})
    shop.branch(
        "feature/api",
        {
            "docs/plan/.gitattributes": "* -diff\n",
            "docs/plan/two/.gitignore": "x\n",
            "docs/plan/two/deep/.gitattributes": "x\n",
            "docs/.gitattributes": "x\n",
        },
    )
    ran = shop.check()
    assert [(one["rule"], one["path"]) for one in ran.json["findings"]] == [
        ("plan-edit", "docs/plan/.gitattributes"), ("plan-edit", "docs/plan/two/.gitignore"),
    ]  # fmt: skip

    named = "        - docs/plan/.gitattributes\n        - docs/plan/two/.gitignore\n"
    shop.on_main({PLAN_PATH: wide.replace(held, held + named)})
    assert shop.check().exit == 0


def test_a_folder_renamed_in_case_alone_collides_with_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/Sub/x": "x"})
    shop.git.mv("src/api/Sub", "src/api/other")
    shop.git.mv("src/api/other", "src/api/sub")

    for words in (["--staged"], ["--worktree"]):
        assert "path-collision" not in shop.check(*words).rules, words


@pytest.mark.parametrize(
    "listed",
    [bytes(range(256)), b"--output=PWNED\n", b"1" * 39 + b"\n", (b"1" * 40 + b"\n") * 5_000],
)
def test_a_damaged_list_of_merged_commits_is_exit_2(shop: Shop, listed: bytes) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    (shop.folder / ".git/MERGE_HEAD").write_bytes(listed)

    assert "MERGE_HEAD" in message(shop.check("--staged"))
    assert not (shop.folder / "PWNED").exists()


@pytest.mark.parametrize("broken", [b'{"a":', b"\xff\xfe", b"[" * 200_000, b" " * 9_000_000, None])
def test_an_event_file_that_cannot_be_read_is_exit_2(shop: Shop, broken: bytes | None) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    head = str(shop.git.rev_parse("HEAD"))
    env = shop.event(head=head, head_ref="feature/api")
    place = Path(env["GITHUB_EVENT_PATH"])
    if broken is None:
        place.unlink()
        place.mkdir()
    else:
        place.write_bytes(broken)

    assert "cannot read the event file" in message(shop.check(env=env))


def test_thousands_of_unused_patterns_are_counted(shop: Shop) -> None:
    held = "        - docs/api.md\n"
    many = "".join(f"        - gone/{n}.md\n" for n in range(2_000))
    shop.on_main({PLAN_PATH: replaced((held, held + many))})
    shop.branch("feature/api", {f"out/{n}.md": "x" for n in range(300)})

    text = shop.text().stdout

    assert "gone/7.md, and 1,992 more (--format json lists them)" in text
    assert "gone/8.md" not in text
    assert len(shop.check().json["unused"]) == 2_002
    assert "... and 290 more paths" in text
