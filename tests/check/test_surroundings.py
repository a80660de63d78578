"""What changed paths meet in the tree: links that lead out, names that fall together."""

import os
from pathlib import Path

import pytest
from shop import PLAN_PATH, Shop, replaced

pytestmark = pytest.mark.slow


def links(shop: Shop, **targets: str) -> list[tuple[str, str]]:
    """Commit links below src/api; the findings on them."""
    for name, target in targets.items():
        path = shop.folder / "src/api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            path.unlink()
        path.symlink_to(target)
    shop.commit({})
    return [
        (Path(f["path"]).name, f["severity"])
        for f in shop.check().json["findings"]
        if f["rule"] == "symlink-escape"
    ]


def test_e32_links_that_leave_the_repository_are_errors(shop: Shop) -> None:
    shop.start("feature/api")

    found = links(
        shop,
        absolute="/etc/passwd",
        above="../../../outside",
        folder="..",
        git="../../.git/config",
        inside="a.py",
        missing="not/there/yet",
        foreign="../web/x.ts",
        license="../../README.md",
    )

    assert found == [
        ("above", "error"), ("absolute", "error"), ("folder", "warning"), ("foreign", "warning"),
        ("git", "error"), ("license", "warning"),
    ]  # fmt: skip
    assert shop.check().exit == 1


def test_sy_a_link_that_is_retargeted_or_was_a_file_counts_too(shop: Shop) -> None:
    (shop.folder / "src/api/link").symlink_to("a.py")
    shop.commit({})
    shop.publish("main")
    shop.start("feature/api")

    assert links(shop, **{"link": "/etc/passwd", "b.py": "../../../x"}) == [
        ("b.py", "error"), ("link", "error"),
    ]  # fmt: skip
    (shop.folder / "src/api/link").unlink()
    shop.commit({})
    assert [f["path"] for f in shop.check().json["findings"]] == ["src/api/b.py"]


def test_a_link_to_a_folder_of_ones_own_is_fine(shop: Shop) -> None:
    shop.start("feature/api")

    assert links(shop, **{"inner/up": "..", "down": "inner"}) == []


def test_a_link_in_the_work_tree_is_followed_nowhere(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    (shop.folder / "src/api/new").symlink_to("/etc/passwd")
    (shop.folder / "src/api/a.py").unlink()
    (shop.folder / "src/api/a.py").symlink_to("/etc/hosts")

    ran = shop.check("--worktree")

    found = [(f["path"], f["rule"], f["change"]) for f in ran.json["findings"]]
    assert found == [
        ("src/api/a.py", "symlink-escape", "T"), ("src/api/new", "symlink-escape", "A"),
    ]  # fmt: skip


def collisions(shop: Shop, *words: str) -> list[str]:
    found = shop.check(*words).json["findings"]
    return [f["path"] for f in found if f["rule"] == "path-collision"]


def test_cc_an_added_path_collides_with_one_that_is_there(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/A.py": "x", "src/Api/new.py": "x", "src/api/fine.py": "x"})

    assert set(collisions(shop)) == {"src/Api/new.py", "src/api/A.py"}
    assert all(
        f["severity"] == "warning"
        for f in shop.check().json["findings"]
        if f["rule"] == "path-collision"
    )


def test_cc_a_case_only_rename_collides_with_nothing(shop: Shop) -> None:
    shop.start("feature/api")
    shop.git.mv("src/api/a.py", "src/api/A.py")
    shop.git.mv("src/api/b.py", "src/api/c.py")
    shop.commit({})

    assert collisions(shop) == []


@pytest.mark.parametrize(
    ("there", "added"),
    [("caf\u00e9", "cafe\u0301"), ("STRASSE", "stra\u00dfe"), ("\u212a", "k"), ("X", "x")],
)
def test_names_collide_by_case_and_by_normal_form(shop: Shop, there: str, added: str) -> None:
    shop.on_main({f"src/api/{there}": "x"})
    shop.branch("feature/api", {f"src/api/{added}": "x"})

    assert collisions(shop) == [f"src/api/{added}"]


def test_two_added_paths_collide_with_each_other(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/n/One": "x", "src/api/n/one": "y"})

    assert collisions(shop) == ["src/api/n/One", "src/api/n/one"]


def test_names_that_are_not_utf8_collide_with_nothing_by_accident(shop: Shop) -> None:
    shop.branch(
        "feature/api", {os.fsdecode(b"src/api/" + name): "x" for name in (b"\xff", b"\xfe")}
    )

    assert collisions(shop) == []


def test_collisions_are_seen_in_the_index_and_the_work_tree(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/c.py": "x"})
    (shop.folder / "src/api/A.py").write_text("x")

    assert collisions(shop, "--worktree") == ["src/api/A.py"]
    shop.git.add("--all")
    assert collisions(shop, "--staged") == ["src/api/A.py"]


def test_strict_makes_warnings_errors(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/A.py": "x"})

    assert (shop.check().exit, shop.check("--strict").exit) == (0, 1)


def test_e51_a_pattern_that_no_change_needed_is_listed_as_unused(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: replaced(("        - docs/api.md\n", "        - docs/gone/**\n"))})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    ran = shop.check()

    assert (ran.exit, ran.json["unused"]) == (0, ["docs/gone/**"])
