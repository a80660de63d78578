"""The pages are true: their commands, plans and links are run and checked.

To rewrite the pages with what their commands print now, then read the difference:

    REWRITE_DOCS=1 python -m pytest tests/test_docs.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import git
import pages
import pytest
from pages import DOCS, PAGES, ROOT, UNTOUCHED, blocks, prose, text_of
from world import commit, planner, write

from planner.plan.model import every_entry
from planner.plan.parse import parse

REWRITE = bool(os.environ.get("REWRITE_DOCS"))  # read before the tests are sealed
PLAN = "docs/plan/plan.yaml"
NO_PLAN_YET = {"README.md": "# Web shop\n", "apps/web/lib/nav.ts": "export const nav = []\n"}
OUT_OF_SCOPE = {
    "apps/web/app/lists/page.tsx": "export default Lists\n",
    "apps/web/lib/nav.ts": "export const nav = ['lists']\n",
    "services/mail/wishlists/send.ts": "export const limit = 10\n",
}


def _assert_replays(page: str, folder: Path) -> None:
    replay = pages.replay(page, folder)
    is_same = pages.comparable(replay.replayed) == pages.comparable(replay.page)
    if REWRITE and not replay.failures and not is_same:
        (ROOT / page).write_text(replay.replayed, encoding="utf-8", newline="\n")

    assert replay.failures == []
    assert pages.comparable(replay.replayed) == pages.comparable(replay.page)


@pytest.mark.slow
def test_the_tutorial_prints_what_it_shows(tmp_path: Path) -> None:
    _assert_replays("docs/tutorial.md", tmp_path)


@pytest.mark.slow
def test_the_first_week_prints_what_it_shows(repo: git.Repo, tmp_path: Path) -> None:
    test = "import unittest\n\n\nclass Total(unittest.TestCase):\n    def test_none(self): ...\n"
    files = {
        "README.md": "# Shop\n",
        ".gitignore": "__pycache__/\n",
        "src/invoices/total.py": "def total(prices): return sum(prices)\n",
        "tests/invoices/test_total.py": test,
    }
    commit(repo, files, "chore: the shop")
    git.Repo.init(tmp_path / "origin.git", bare=True, initial_branch="main")
    repo.create_remote("origin", str(tmp_path / "origin.git"))
    repo.git.push("--quiet", "--set-upstream", "origin", "main")
    _assert_replays("docs/how-to/first-week.md", Path(repo.working_dir))


@pytest.mark.slow
def test_the_guide_to_generate_prints_what_it_shows(repo: git.Repo) -> None:
    files = {"src/notes/read.py": "", "src/notes/write.py": "", "tests/test_notes.py": ""}
    commit(repo, {**files, "pyproject.toml": "[tool.pytest.ini_options]\n"}, "chore: notes")
    _assert_replays("docs/how-to/generate.md", Path(repo.working_dir))


def test_the_guide_to_imports_prints_what_it_shows(repo: git.Repo) -> None:
    commit(repo, {"README.md": "# Login\n"}, "docs: the start")
    _assert_replays("docs/how-to/import.md", Path(repo.working_dir))


def test_the_guide_to_slices_prints_what_it_shows(repo: git.Repo) -> None:
    commit(repo, {"README.md": "# Shop\n"}, "docs: the start")
    _assert_replays("docs/how-to/slice.md", Path(repo.working_dir))


@pytest.mark.slow
def test_five_agents_print_what_the_page_shows(repo: git.Repo, tmp_path: Path) -> None:
    files = {"README.md": "# Shop\n", ".gitignore": "__pycache__/\n", "shop/__init__.py": ""}
    commit(repo, files, "chore: the shop")
    git.Repo.init(tmp_path / "origin.git", bare=True, initial_branch="main")
    repo.create_remote("origin", str(tmp_path / "origin.git"))
    repo.git.push("--quiet", "--set-upstream", "origin", "main")
    _assert_replays("docs/how-to/five-agents.md", Path(repo.working_dir))

    planned = {f"shop/{name}.py" for name in ("invoices", "mails", "orders", "search")}
    start = str(repo.git.rev_parse(":/docs: plan five parts"))
    changed = set(repo.git.diff("--name-only", start, "origin/main").splitlines())
    assert changed == {*planned, "docs/guide.md", PLAN}
    assert repo.git.rev_parse("main") == repo.git.rev_parse("origin/main")


def test_the_algebra_prints_what_it_shows(repo: git.Repo) -> None:
    commit(repo, dict.fromkeys(["src/api/a.py", "src/api/test_a.py", "src/cart/test_b.py"], ""))
    _assert_replays("docs/algebra.md", Path(repo.working_dir))


@pytest.mark.slow
def test_the_readme_prints_what_it_shows(repo: git.Repo) -> None:
    plan = (DOCS / "examples" / "web-shop" / "plan.yaml").read_text(encoding="utf-8")
    commit(repo, {**NO_PLAN_YET, **_existing(plan)}, "chore: the shop")
    commit(repo, {PLAN: plan}, "docs: the plan")
    repo.git.switch("--quiet", "--create", "feature/wish-lists-page")
    commit(repo, OUT_OF_SCOPE, "feat: show wish lists")
    write(repo, {PLAN: plan.replace(UNTOUCHED, f"{UNTOUCHED}, status: done")})
    _assert_replays("README.md", Path(repo.working_dir))
    quick_start = pages.section(text_of("README.md"), "Quick start")
    [commands] = [block for block in blocks(quick_start) if block.language == "sh"]
    for line in commands.text.splitlines():
        command, *words = line.partition("#")[0].split()

        assert command == "planner"
        assert planner(*words, at=repo).exit in (0, 1), line


def _existing(plan: str) -> dict[str, str]:
    """Return a file for each pattern that is not `new`, so that every pattern matches something."""
    parsed = parse(plan.encode(), PLAN)
    assert parsed.plan is not None
    return {
        pages.spelled(entry.pattern): ""
        for entry, is_exclude in every_entry(parsed.plan)
        if not entry.new and not is_exclude
    }


@pytest.mark.parametrize("page", PAGES)
def test_the_plans_of_a_page_lint_clean(page: str, repo: git.Repo) -> None:
    """Plans with a file name are linted together with the others of their page, others alone."""
    plans = [
        block
        for block in blocks(text_of(page))
        if block.language == "yaml" and re.search(r"^version: 1$", block.text, re.M)
    ]
    if page in ("docs/algebra.md", "docs/tutorial.md"):
        plans = plans[1:]  # the first plan is there to be fixed
    named = {block.file: block.text for block in plans if block.file}
    for together in [named, *({PLAN: block.text} for block in plans if not block.file)]:
        if together:
            repo.git.execute(["git", "rm", "-rfq", "--ignore-unmatch", "."])
            existing = {k: v for plan in together.values() for k, v in _existing(plan).items()}
            commit(repo, existing)
            write(repo, together)
            ran = planner("lint", "--strict", "--format", "json", at=repo)

            # A rule for unplanned branches is noted, whatever it lets by.
            assert (ran.exit, set(ran.rules) - {"unplanned-rule"}) == (0, set()), ran


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    text = prose(text_of(page))
    here = (ROOT / page).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (here / name).resolve() if name else ROOT / page

        assert path.exists(), target
        if anchor:
            assert anchor in pages.anchors(path.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_an_absolute_path(page: str) -> None:
    roots = "bin|etc|home|mnt|opt|private|proc|root|run|srv|tmp|usr|Users|var|work"
    named = re.findall(rf"(?<![\w.*~-])/(?:{roots})/[\w./-]+|\b[A-Z]:[/\\]\w+", text_of(page))

    assert [name for name in named if name != "/bin/sh"] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_the_marks_of_a_merge(page: str) -> None:
    assert re.findall(r"^(?:<{7}|={7}|>{7})(?: .*)?$", text_of(page), re.M) == []


def test_every_page_is_linked_from_another() -> None:
    linked = set()
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", prose(text_of(page))):
            if not target.startswith("https://"):
                linked.add(((ROOT / page).parent / target).resolve())
    missing = [
        page
        for page in PAGES
        if (ROOT / page).resolve() not in linked and "/changelog/" not in page
    ]

    assert set(missing) <= {"README.md"}


def test_the_site_has_every_page_once_and_its_first_page_leads_to_them() -> None:
    pages_of_site = re.findall(r"([\w/.-]+\.md)$", text_of("mkdocs.yml"), re.M)
    every = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    linked = re.findall(r"\]\(([^)#]+)\)", text_of("docs/README.md"))

    assert sorted(pages_of_site) == sorted(
        page for page in every if not page.startswith("changelog/")
    )
    assert sorted(linked) == sorted(set(pages_of_site) - {"README.md"})


def test_the_site_is_built_with_every_block_and_no_dead_link(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    done = subprocess.run(
        [*command, "--site-dir", str(tmp_path)], cwd=ROOT, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
    for path in tmp_path.rglob("*.html"):
        text = re.sub(r"<pre>.*?</pre>", "", path.read_text("utf-8"), flags=re.DOTALL)

        assert re.findall(r"^(?:<p>)?(?:```|- |\| |#).*", text, re.M) == [], path


def test_the_map_names_every_room_and_none_that_is_not_there() -> None:
    text = text_of("docs/architecture.md")
    floors, doors = (pages.section(text, heading) for heading in ("Floors", "Doors"))
    rooms = {path.stem for path in (ROOT / "planner").glob("[a-z]*") if path.suffix in ("", ".py")}
    named = "".join(re.findall(r"^\| \w+ \|([^|]*)\|", floors, re.M))

    assert rooms - set(re.findall(r"`(\w+)`", named)) == set()
    for door in re.findall(r"`([\w/]+)`", doors):
        assert any((ROOT / "planner" / name).exists() for name in (door, f"{door}.py")), door


def test_the_architecture_fits_on_a_page() -> None:
    assert len(text_of("docs/architecture.md").splitlines()) <= 80


def test_changelog_fragments_are_one_sentence_of_a_known_kind() -> None:
    for path in sorted((DOCS / "changelog").iterdir()):
        if path.name != "README.md":
            text = path.read_text(encoding="utf-8")

            assert re.fullmatch(r"[a-z0-9-]+\.(?:feature|fix)\.md", path.name), path.name
            assert re.fullmatch(r"[^\n]+\.\n", text), path.name
