"""What counts as a change: every path of the raw list, exactly (scope-tools E20-E45)."""

import base64
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import git
import pytest
from shop import FILES, Shop, replaced
from world import Ran, commit, root, write

pytestmark = pytest.mark.slow

SUBMODULE_MODE = "160000"


def kinds(ran: Ran) -> dict[str, str]:
    """The paths of the findings, each with its change."""
    return {f["path"]: f["change"] for f in ran.json["findings"] if "change" in f}


def rules(ran: Ran) -> dict[str, str]:
    return {f["path"]: f["rule"] for f in ran.json["findings"]}


def raw(shop: Shop, base: str, head: str, *words: str) -> list[bytes]:
    """The paths that git itself lists."""
    done = subprocess.run(
        ["git", "diff-tree", "-r", "-z", "--name-only", "--no-renames", *words, base, head],
        cwd=shop.folder, capture_output=True, check=True,
    )  # fmt: skip
    return [path for path in done.stdout.split(b"\0") if path]


def test_what_the_slice_holds_passes(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "CHANGELOG.md": "# 2\n"})

    ran = shop.check()

    document = ran.json
    head, base = shop.git.rev_parse("HEAD"), shop.git.rev_parse("main")
    assert ran.exit == 0
    assert document == {
        "schema": "planner.check-scope/1",
        "ok": True,
        "findings": [],
        "slice": "api",
        "branch": "feature/api",
        "judged_by": "the slice 'api'",
        "plan": {"path": "docs/plan/plan.yaml", "commit": base, "trusted": True},
        "base": {"revision": "origin/main", "commit": base},
        "head": {"revision": "HEAD", "commit": head},
        "merge_base": base,
        "counts": {"changed": 2, "in_scope": 1, "shared": 1, "excepted": 0, "out_of_scope": 0},
        "unused": ["docs/api.md"],
        "exceptions": [],
    }


def test_every_verdict_says_whose_the_path_is_and_since_when(shop: Shop) -> None:
    first = shop.branch("feature/api", {"src/web/x.ts": "let y\n", "src/api/a.py": "a = 2\n"})
    second = shop.commit(
        {
            ".github/workflows/ci.yml": "on: pull_request\n",
            "a/secrets/key": "k",
            "src/api/legacy/l.py": None,
            "README.md": "# Mine\n",
            "src/web/x.ts": "let z\n",
            "src/web/x.snap": "other\n",
        }
    )

    ran = shop.check()

    found = {f["path"]: f for f in ran.json["findings"]}
    assert ran.exit == 1
    assert {path: (f["rule"], f["change"], f["commit"]) for path, f in found.items()} == {
        ".github/workflows/ci.yml": ("excluded-path", "M", second),
        "README.md": ("outside-scope", "M", second),
        "a/secrets/key": ("excluded-path", "A", second),
        "src/api/legacy/l.py": ("outside-scope", "D", second),
        "src/web/x.ts": ("foreign-path", "M", first),
    }
    assert found["src/web/x.ts"]["owner_slice"] == "web"
    assert "feature/web" in found["src/web/x.ts"]["hint"]
    lines = FILES["docs/plan/plan.yaml"]
    assert isinstance(lines, str)
    for path, text in (
        (".github/workflows/ci.yml", "- .github"),
        ("a/secrets/key", '- "**/secrets"'),
        ("src/api/legacy/l.py", "- src/api/legacy"),
        ("src/web/x.ts", "- src/web/**"),
    ):
        (related,) = found[path]["related"]
        assert related["path"] == "docs/plan/plan.yaml"
        assert text in lines.splitlines()[related["line"] - 1]
    counts = ran.json["counts"]
    assert counts == {
        "changed": 7, "in_scope": 1, "shared": 1, "excepted": 0, "out_of_scope": 5,
    }  # fmt: skip
    shown = shop.text().stdout
    assert "src/web/x.ts: error: changed, but the slice 'web' holds it [foreign-path]" in shown
    assert f"since commit {first[:12]}" in shown


def test_shared_never_opens_what_the_plan_excludes(shop: Shop) -> None:
    shop.on_main({"docs/plan/plan.yaml": replaced(("  - CHANGELOG.md", '  - "**/*.yml"'))})
    shop.branch("feature/api", {".github/workflows/ci.yml": "on: []\n"})

    assert shop.check().rules == ["excluded-path"]


def test_a_literal_include_wins_over_the_plans_exclude(shop: Shop) -> None:
    shop.on_main({"docs/plan/plan.yaml": replaced(("docs/api.md", ".github/CODEOWNERS"))})
    shop.branch("feature/api", {".github/CODEOWNERS": "* @dana\n", ".github/x": "x"})

    assert rules(shop.check()) == {".github/x": "excluded-path"}


def test_the_exclude_of_every_plan_binds_every_slice(shop: Shop) -> None:
    other = "version: 1\ntitle: Other\nexclude: [src/api/vault]\nslices: []\n"
    shop.on_main({"docs/plan/other/plan.yaml": other})
    shop.branch("feature/api", {"src/api/vault/k": "k"})

    assert shop.check().rules == ["excluded-path"]


def test_e20_a_file_named_like_a_range_hides_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {"main...HEAD": "x", "main": "x", "secret/x": "x"})

    assert kinds(shop.check()) == {"main...HEAD": "A", "main": "A", "secret/x": "A"}


def test_e21_a_deleted_path_is_listed_as_it_was(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": None})

    assert kinds(shop.check()) == {"secret/key.txt": "D"}


def test_e27_rename_out_of_a_foreign_folder_counts_at_its_source(shop: Shop) -> None:
    shop.start("feature/api")
    shop.git.mv("secret/key.txt", "src/api/key.txt")
    shop.commit({})

    assert kinds(shop.check()) == {"secret/key.txt": "D"}


def test_e28_rename_into_a_foreign_folder_counts_at_its_target(shop: Shop) -> None:
    shop.start("feature/api")
    shop.git.mv("src/api/b.py", "src/web/b.py")
    shop.commit({})

    assert rules(shop.check()) == {"src/web/b.py": "foreign-path"}


def test_e29_a_pure_deletion_is_judged(shop: Shop) -> None:
    shop.branch("feature/api", {"src/old/o.py": None, "src/api/b.py": None})

    ran = shop.check()

    assert kinds(ran) == {"src/old/o.py": "D"}
    assert ran.json["counts"]["changed"] == 2


def test_e31_mode_type_and_link_changes_are_listed_with_their_kind(shop: Shop) -> None:
    shop.on_main({"secret/mode.sh": "#!/bin/sh\n", "secret/type": "t\n", "secret/other": "o\n"})
    shop.start("feature/api", "main")
    (shop.folder / "secret/mode.sh").chmod(0o755)
    for name in ("type", "other"):
        (shop.folder / "secret" / name).unlink()
    (shop.folder / "secret/type").symlink_to("key.txt")
    (shop.folder / "secret/other").mkdir()
    shop.commit({"secret/other/inner": "x"})

    ran = shop.check()

    outside = {f["path"]: f["change"] for f in ran.json["findings"] if f["rule"] == "outside-scope"}
    assert outside == {
        "secret/mode.sh": "M", "secret/type": "T", "secret/other": "D", "secret/other/inner": "A",
    }  # fmt: skip


def submodule(shop: Shop, path: str, commit_id: str) -> None:
    shop.git.update_index("--add", "--cacheinfo", f"{SUBMODULE_MODE},{commit_id},{path}")


@pytest.mark.parametrize("ignored", ["", "all"])
def test_e33_submodules_count_even_where_they_are_ignored(shop: Shop, ignored: str) -> None:
    shop.git.switch("--quiet", "main")
    modules = '[submodule "s"]\n\tpath = vendor/s\n\turl = ./s\n'
    write(shop.repo, {".gitmodules": modules + (f"\tignore = {ignored}\n" if ignored else "")})
    shop.git.add("--all")
    submodule(shop, "vendor/s", "1" * 40)
    submodule(shop, "vendor/gone", "1" * 40)
    shop.git.commit("--quiet", message="modules")
    shop.publish("main")
    shop.start("feature/api")
    submodule(shop, "vendor/s", "2" * 40)
    submodule(shop, "vendor/new", "2" * 40)
    shop.git.rm("--cached", "--quiet", "vendor/gone")
    shop.git.commit("--quiet", message="bump")
    shop.git.config("diff.ignoreSubmodules", "all")

    assert kinds(shop.check()) == {"vendor/gone": "D", "vendor/new": "A", "vendor/s": "M"}


def test_e34_empty_binary_and_lfs_files_are_paths_like_others(shop: Shop) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    attributes = "*.bin filter=lfs diff=lfs -text\n"
    shop.on_main({"src/api/.gitattributes": attributes})
    shop.git.config("filter.lfs.required", "true")
    shop.git.config("filter.lfs.clean", "cat")
    shop.git.config("filter.lfs.smudge", "false")
    shop.start("feature/api", "main")
    shop.git.config("filter.lfs.smudge", "cat")
    shop.commit({"secret/empty": "", "secret/b": b"\0\1\2", "src/api/x.bin": pointer})
    shop.git.config("filter.lfs.smudge", "false")

    assert kinds(shop.check()) == {"secret/b": "A", "secret/empty": "A"}


ODD_NAMES = (
    b"-rf", b":(top)x", b":x", b"secret/new\nline.py", b"secret/tab\tname", b'secret/"quote".py',
    b"secret/back\\slash", "secret/é.py".encode(), b"secret/\xff\xfe.bin", b"secret/ lead",
    b"secret/trail ", b"secret/\x1b[31mred", b"secret/::error::pwn",
    b"secret/x\n::error file=a::pwn", b"secret/$(touch PWNED).py", b"secret/*star*", b"secret/[br]",
    b"secret/%0A", b"secret/<b>&.md", b"secret/|pipe`", "docs/\u202ertl.txt".encode(),
    b"secret/\r", "secret/日本".encode(), b"zz", b"##[error]x", b"secret/HEAD -- x",
)  # fmt: skip


def test_e37_odd_names_are_all_judged_and_never_shown_raw(shop: Shop) -> None:
    shop.branch("feature/api", {os.fsdecode(name): "x" for name in ODD_NAMES})

    ran, shown = shop.check(), shop.text()

    found = ran.json["findings"]
    paths = {
        base64.b64decode(f["path_base64"]) if "path_base64" in f else f["path"].encode()
        for f in found
    }
    assert paths == set(ODD_NAMES) == set(raw(shop, "main", "HEAD"))
    assert {f["path"] for f in found if "path_base64" in f} == {"secret/\\xff\\xfe.bin"}
    assert ran.exit == shown.exit == 1
    for stream in (shown.stdout, shown.stderr, ran.stderr):
        assert not set(stream) & set("\x1b\r\t\u202e\x07")
        assert not any("\ud800" <= letter <= "\udfff" for letter in stream)
        for line in stream.splitlines():
            assert not line.lstrip().startswith(("::", "##["))
    assert not (shop.folder / "PWNED").exists()


def test_e36_bytes_that_are_not_utf8_lie_in_scope_like_others(shop: Shop) -> None:
    shop.branch("feature/api", {os.fsdecode(b"src/api/\xff"): "x"})

    assert shop.check().exit == 0


def test_e35_two_normal_forms_are_two_paths(shop: Shop) -> None:
    shop.on_main({"docs/plan/plan.yaml": replaced(("docs/api.md", "docs/caf\u00e9.md"))})
    shop.branch("feature/api", {"docs/caf\u00e9.md": "x", "docs/cafe\u0301.md": "x"})

    ran = shop.check()

    errors = [f["path"] for f in ran.json["findings"] if f["severity"] == "error"]
    assert errors == ["docs/cafe\u0301.md"]
    assert "path-collision" in ran.rules


def test_e38_a_name_that_starts_with_a_colon_loses_nothing(shop: Shop) -> None:
    shop.branch("feature/api", {":x": "x", "secret/evil.py": "x", "zz": "x"})

    ran = shop.check()

    assert kinds(ran) == {":x": "A", "secret/evil.py": "A", "zz": "A"}
    assert {f.get("commit") for f in ran.json["findings"]} == {shop.git.rev_parse("HEAD")}


def test_e39_a_case_only_rename_is_two_changes_and_no_collision(shop: Shop) -> None:
    shop.start("feature/api")
    shop.git.mv("src/api/a.py", "src/api/A.py")
    shop.commit({})

    ran = shop.check()

    assert (ran.exit, ran.rules, ran.json["counts"]["changed"]) == (0, [], 2)


HOSTILE: tuple[Mapping[str, str], ...] = (
    {"diff.renames": "copies"},
    {"diff.relative": "true"},
    {"diff.noprefix": "true", "diff.mnemonicPrefix": "true"},
    {"diff.orderFile": "no/such/file"},
    {"color.ui": "always", "color.diff": "always"},
    {"diff.ignoreSubmodules": "all"},
    {"diff.external": "touch PWNED; true", "diff.py.textconv": "touch PWNED; true"},
    {"core.fsmonitor": "touch PWNED; true"},
    {"core.hooksPath": "."},
    {"core.quotePath": "true", "core.pager": "touch PWNED; true", "pager.diff": "true"},
    {"core.attributesFile": "attributes", "diff.py.command": "touch PWNED; true"},
    {"i18n.logOutputEncoding": "ISO-8859-1", "log.showSignature": "true", "core.abbrev": "4"},
    {"status.showUntrackedFiles": "no", "diff.autoRefreshIndex": "false", "diff.noIndex": "true"},
    {"trailer.separators": "#", "core.commentChar": "S", "grep.patternType": "perl"},
)


@pytest.fixture
def odd_branch(shop: Shop) -> Shop:
    """A branch with a rename, a copy, a link, a deletion, and a path in an exception."""
    plan = replaced(("limits: {exceptions: 1}", "limits: {exceptions: 2}"))
    shop.on_main({"docs/plan/plan.yaml": plan, ".gitattributes": "*.py diff=py\n"})
    shop.start("feature/api", "main")
    shop.git.mv("secret/key.txt", "src/api/key.txt")
    (shop.folder / "src/api/link").symlink_to("a.py")
    shop.commit(
        {
            "src/api/b2.py": "b = 1\n",
            "README.md": None,
            "caf\u00e9.md": "x",
            "src/web/x.ts": "let y\n",
        },
        "Scope-Exception: caf\u00e9.md -- agreed with Dana\n",
    )
    return shop


def test_e30_e40_e41_no_configuration_of_the_user_changes_the_answer(
    odd_branch: Shop, tmp_path: Path
) -> None:
    plain = odd_branch.check()
    assert plain.exit == 1
    assert plain.json["counts"]["excepted"] == 1

    for number, settings in enumerate(HOSTILE):
        path = tmp_path / f"config{number}"
        for key, value in settings.items():
            subprocess.run(["git", "config", "--file", path, key, value], check=True)
        for folder in ("", "src/api"):
            ran = odd_branch.check(
                at=odd_branch.folder / folder, env={"GIT_CONFIG_GLOBAL": str(path)}
            )
            assert ran.stdout, (settings, ran)
            assert (ran.exit, ran.json) == (plain.exit, plain.json), settings
            if number:
                break
        worktree = odd_branch.check("--worktree", env={"GIT_CONFIG_GLOBAL": str(path)})
        assert worktree.json["counts"] == plain.json["counts"], settings
    assert not list(odd_branch.folder.rglob("PWNED"))


def test_e40_the_folder_one_stands_in_changes_nothing(odd_branch: Shop) -> None:
    at_root = odd_branch.check().json

    assert odd_branch.check(at=odd_branch.folder / "src/web").json == at_root
    assert odd_branch.check("--repo", "..", at=odd_branch.folder / "src").json == at_root
    beside = odd_branch.check("--repo", str(odd_branch.folder), at=odd_branch.folder.parent)
    assert beside.json == at_root


def test_the_environment_of_a_hook_changes_nothing(odd_branch: Shop, tmp_path: Path) -> None:
    plain = odd_branch.check().json
    environment = {
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_WORK_TREE": str(tmp_path),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_DIFF_OPTS": "--unified=0",
        "GIT_TRACE": "1",
        "GIT_PREFIX": "src/",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_PAGER": "false",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='false'",
    }

    assert odd_branch.check(env=environment).json == plain


def test_replace_refs_and_grafts_rewrite_nothing(shop: Shop) -> None:
    head = shop.branch("feature/api", {"secret/key.txt": "mine\n"})
    (shop.folder / ".git/info").mkdir(exist_ok=True)
    shop.git.replace(head, "main")
    (shop.folder / ".git/info/grafts").write_text(f"{shop.git.rev_parse('main')} {head}\n")

    assert kinds(shop.check()) == {"secret/key.txt": "M"}


def test_e43_a_sha256_repository_is_judged(tmp_path: Path) -> None:
    folder = tmp_path / "sha256"
    subprocess.run(
        ["git", "init", "-q", "-b", "main", "--object-format=sha256", folder], check=True
    )
    shop = Shop.__new__(Shop)
    shop.folder, shop.repo = folder, git.Repo(folder, odbt=git.GitCmdObjectDB)
    commit(shop.repo, FILES)
    shop.branch("feature/api", {"secret/key.txt": "k", "src/api/link": "x"})
    (folder / "src/api/away").symlink_to("/etc/passwd")
    shop.commit({})

    ran = shop.check()

    assert ran.rules == ["outside-scope", "symlink-escape"]
    assert len(ran.json["head"]["commit"]) == 64


def test_e44_untracked_files_count_only_in_the_work_tree(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", ".gitignore": "*.log\n"})
    write(shop.repo, {"README.md": "# Edited\n", "new.txt": "x", "debug.log": "x"})

    assert kinds(shop.check()) == {".gitignore": "A"}
    assert kinds(shop.check("--worktree")) == {".gitignore": "A", "README.md": "M", "new.txt": "A"}


def test_e45_what_the_branch_took_back_itself_is_no_change(shop: Shop) -> None:
    shop.branch("feature/api", {"secret/key.txt": "mine\n", "src/api/a.py": "a = 2\n"})
    shop.commit({"secret/key.txt": FILES["secret/key.txt"]})

    ran = shop.check()

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)


def test_a_touched_file_is_no_change_in_the_work_tree(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    os.utime(shop.folder / "README.md", (1, 1))
    index = (shop.folder / ".git/index").read_bytes()

    ran = shop.check("--worktree")

    assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1)
    assert (shop.folder / ".git/index").read_bytes() == index


def test_a_path_in_conflict_is_one_change(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"src/api/a.py": "a = 3\n"})
    shop.git.merge("main", with_exceptions=False)

    for words in (["--worktree"], ["--staged"]):
        ran = shop.check(*words)
        assert (ran.exit, ran.json["counts"]["changed"]) == (0, 1), words


def test_an_untracked_repository_within_is_one_path(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    for place in ("src/api/inner", "elsewhere"):
        folder = root(shop.repo) / place
        subprocess.run(["git", "init", "-q", folder], check=True)
        (folder / "f").write_text("x")

    assert kinds(shop.check("--worktree")) == {"elsewhere": "A"}
