"""`check --only documents`: the documents in the head are what its plans render to."""

from typing import Any

import pytest
from shop import PLAN, PLAN_PATH, Shop, replaced
from world import Files, Ran, planner

PLAN_MD, TASKS_MD = "docs/plan/PLAN.md", "docs/plan/TASKS.md"
CHANGED = replaced(("title: The API", "title: The whole API"))
TEMPLATE = '{% extends "planner/PLAN.md.j2" %}\n{% block overview %}# Ours\n{% endblock %}\n'


def documents(shop: Shop, *words: str, env: dict[str, str] | None = None) -> Ran:
    """Run the part alone, with JSON."""
    return planner(
        "check", "--only", "documents", "--format", "json", *words, at=shop.folder, env=env
    )


def part(ran: Ran) -> dict[str, Any]:
    """Return the part in a document."""
    return dict(ran.json["parts"]["documents"])


def stale(ran: Ran) -> list[str]:
    """Return the paths of the findings."""
    assert set(ran.rules) <= {"stale-document"}, ran
    return [one["path"] for one in ran.json["findings"]]


def render(shop: Shop) -> None:
    """Render the documents into the work tree."""
    assert planner("render", "--force", at=shop.folder).exit == 0


def rendered(shop: Shop, files: Files | None = None) -> None:
    """Commit the plan and its documents on main, with other files."""
    shop.commit({PLAN_PATH: PLAN, **(files or {})})
    render(shop)
    shop.commit({})
    shop.publish("main")


def test_documents_that_follow_the_plan_pass(shop: Shop) -> None:
    rendered(shop)
    shop.start("replan")
    shop.commit({PLAN_PATH: CHANGED})
    render(shop)
    shop.commit({})

    ran = documents(shop)

    assert (ran.exit, stale(ran)) == (0, [])
    assert part(ran)["documents"] == [
        {"path": PLAN_MD, "plan": PLAN_PATH, "state": "current"},
        {"path": TASKS_MD, "plan": PLAN_PATH, "state": "current"},
    ]
    text = planner("check", "--only", "documents", at=shop.folder)
    assert (
        text.stdout == "2 documents compared with what the plans of the branch render to\npassed\n"
    )


def test_a_plan_without_its_documents_is_stale(shop: Shop) -> None:
    rendered(shop)
    shop.branch("replan", {PLAN_PATH: CHANGED})

    ran = documents(shop)

    assert (ran.exit, stale(ran)) == (1, [PLAN_MD, TASKS_MD])
    found = ran.json["findings"][0]
    assert (found["message"], found["hint"]) == (
        "is not what the plan renders to",
        "update it: planner render",
    )
    assert found["related"][0]["path"] == PLAN_PATH


def test_what_the_base_left_stale_stops_no_other_branch(shop: Shop) -> None:
    rendered(shop)
    shop.on_main({PLAN_PATH: CHANGED})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    ran = documents(shop)

    assert (ran.exit, stale(ran)) == (0, [PLAN_MD, TASKS_MD])
    assert {one["severity"] for one in ran.json["findings"]} == {"warning"}


def test_a_document_edited_by_hand_is_stale(shop: Shop) -> None:
    rendered(shop)
    shop.start("feature/api")
    text = (shop.folder / TASKS_MD).read_text()
    shop.commit({TASKS_MD: text + "One more line\n"})

    assert stale(documents(shop)) == [TASKS_MD]


@pytest.mark.parametrize(("deleted", "kept"), [(PLAN_MD, TASKS_MD), (TASKS_MD, PLAN_MD)])
def test_deleting_a_document_is_stale(shop: Shop, deleted: str, kept: str) -> None:
    rendered(shop)
    shop.branch("feature/api", {deleted: None})

    ran = documents(shop)

    assert stale(ran) == [deleted]
    assert ran.json["findings"][0]["message"] == "was deleted, but its plan was not"
    states = {one["path"]: one["state"] for one in part(ran)["documents"]}
    assert states == {deleted: "deleted", kept: "current"}


def test_a_document_that_was_never_rendered_is_nothing_to_find(shop: Shop) -> None:
    shop.branch("replan", {PLAN_PATH: CHANGED})

    assert part(documents(shop)) == {
        "applies": False,
        "why": "no plan has a rendered page",
        "ok": True,
    }


def test_only_the_document_that_is_there_counts(shop: Shop) -> None:
    rendered(shop)
    shop.on_main({PLAN_MD: None})
    shop.branch("replan", {PLAN_PATH: CHANGED})

    assert stale(documents(shop)) == [TASKS_MD]


def test_the_commit_counts_and_not_the_work_tree(shop: Shop) -> None:
    rendered(shop)
    shop.branch("replan", {PLAN_PATH: CHANGED})
    render(shop)
    assert stale(documents(shop)) == [PLAN_MD, TASKS_MD]
    shop.commit({})
    (shop.folder / PLAN_MD).write_text("something else\n")

    assert stale(documents(shop)) == []


@pytest.mark.parametrize("kind", ["link", "submodule", "folder", "line ends"])
def test_what_is_no_file_is_stale_and_other_line_ends_are(shop: Shop, kind: str) -> None:
    rendered(shop)
    shop.start("feature/api")
    path = shop.folder / PLAN_MD
    if kind == "line ends":
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    else:
        path.unlink()
    if kind == "link":
        path.symlink_to("TASKS.md")
    if kind == "folder":
        path.mkdir()
        (path / "x").write_text("")
    if kind == "submodule":
        head = shop.git.rev_parse("HEAD")
        shop.git.rm("--cached", "--quiet", PLAN_MD)
        shop.git.update_index("--add", "--cacheinfo", f"160000,{head},{PLAN_MD}")
        shop.git.commit("-q", "-m", "submodule")
    else:
        shop.commit({})

    assert stale(documents(shop)) == [PLAN_MD]


@pytest.mark.parametrize("converts", [True, False])
def test_line_ends_count_in_the_commit_and_rendering_corrects_them(
    shop: Shop, converts: bool
) -> None:
    rendered(shop)
    shop.start("feature/api")
    path = shop.folder / PLAN_MD
    content = path.read_bytes()
    if converts:
        shop.git.config("core.autocrlf", "true")
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    shop.commit({"src/api/b.py": "b = 2\n"})

    ran = documents(shop)
    stale_here = planner("render", "--check", at=shop.folder)

    assert (stale(ran), stale_here.exit) == (([], 0) if converts else ([PLAN_MD], 1))
    if not converts:
        said = "has other line endings than the LF that the plan renders to"
        assert ran.json["findings"][0]["message"] == said
        assert planner("render", at=shop.folder).exit == 0
        assert path.read_bytes() == content
        shop.commit({})
        assert stale(documents(shop)) == []


def test_every_plan_of_the_head_counts(shop: Shop) -> None:
    other = "version: 1\ntitle: Other\nslices: []\n"
    rendered(shop)
    shop.branch(
        "replan", {"docs/plan/other/plan.yaml": other, "docs/plan/other/PLAN.md": "# Other\n"}
    )

    ran = documents(shop)

    assert stale(ran) == ["docs/plan/other/PLAN.md"]
    assert len(part(ran)["documents"]) == 3


def test_the_templates_of_the_trusted_commit_count(shop: Shop) -> None:
    rendered(shop)
    shop.branch("own", {".planner/templates/PLAN.md.j2": TEMPLATE})
    render(shop)
    shop.commit({})

    ran = documents(shop)

    assert stale(ran) == [PLAN_MD]
    assert "count, not those of the branch" in ran.json["findings"][0]["hint"]
    shop.git.switch("--quiet", "main")
    shop.git.merge("--quiet", "own")
    shop.publish("main")
    shop.branch("feature/api", {"src/api/a.py": "a = 4\n"})
    assert (documents(shop).exit, stale(documents(shop))) == (0, [])
    shop.commit({".planner/templates/PLAN.md.j2": None})
    assert stale(documents(shop)) == []


@pytest.mark.parametrize("broken", ["plan", "template"])
def test_what_cannot_be_rendered_is_undecided(shop: Shop, broken: str) -> None:
    rendered(shop)
    if broken == "template":
        shop.on_main({".planner/templates/PLAN.md.j2": "{{ nothing }}\n"})
    files = {PLAN_PATH: "version: 1\n"} if broken == "plan" else {"README.md": "1\n"}
    shop.branch("other", files)

    ran = documents(shop)
    text = planner("check", "--only", "documents", at=shop.folder)

    assert (ran.exit, part(ran)["ok"], bool(part(ran)["undecided"])) == (2, False, True)
    assert "documents: undecided: " in text.stdout
    assert "\nundecided: " in text.stdout


def test_what_cannot_be_rendered_is_told_with_its_place_and_what_to_do(shop: Shop) -> None:
    rendered(shop)
    template = '{% extends "planner/PLAN.md.j2" %}\n{% block nope %}{% endblock %}\n'
    shop.on_main({".planner/templates/PLAN.md.j2": template})
    shop.branch("other", {"README.md": "1\n"})
    words = ("check", "--only", "documents", "--format")

    shown = planner(*words, "text", at=shop.folder).stdout
    log = planner(*words, "sarif", at=shop.folder).json

    told = ".planner/templates/PLAN.md.j2:2: the template 'planner/PLAN.md.j2' has no block 'nope'"
    assert f"documents: undecided: {told}\n  hint: its blocks are " in shown
    (why,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert why["message"]["text"].startswith(f"{told} (hint: its blocks are ")


def test_a_merge_ref_is_judged_as_it_would_land(shop: Shop) -> None:
    rendered(shop)
    head = shop.branch("feature/api", {"src/api/a.py": "a = 4\n"})
    shop.on_main({PLAN_PATH: CHANGED})
    merge = shop.merge_ref("main", "feature/api")

    ran = documents(shop, env=shop.event(head=head, head_ref="feature/api", merge=merge))

    assert stale(ran) == [PLAN_MD, TASKS_MD]


def test_formats_show_the_first_line_that_differs(shop: Shop) -> None:
    rendered(shop)
    shop.start("feature/api")
    text = (shop.folder / TASKS_MD).read_text().splitlines(keepends=True)
    text[4:4] = ["one more\n"]
    shop.commit({TASKS_MD: "".join(text), PLAN_MD: None})

    ran = planner("check", "--only", "documents", "--format", "gitlab", at=shop.folder)

    places = [(one["location"]["path"], one["location"]["lines"]["begin"]) for one in ran.json]
    assert places == [(PLAN_PATH, 1), (TASKS_MD, 5)]


def test_a_plan_that_is_named_counts(shop: Shop) -> None:
    shop.on_main({"plans/p.yaml": PLAN})
    assert planner("render", "--plan", "plans/p.yaml", at=shop.folder).exit == 0
    shop.commit({})
    shop.publish("main")
    shop.branch("feature/api", {"plans/PLAN.md": "# By hand\n"})

    ran = documents(shop, "--plan", "plans/p.yaml")

    assert stale(ran) == ["plans/PLAN.md"]
