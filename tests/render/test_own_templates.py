"""Templates of a repository are programs: what they may read, and how long they may run."""

import os
import time
from pathlib import Path

import git
import pytest
from world import Ran, commit, planner, root, write

pytestmark = pytest.mark.slow

PLAN = "docs/plan/plan.yaml"
OWN = ".planner/templates/PLAN.md.j2"
TEXT = """\
version: 1
title: Small
slices: [{id: a, title: A, branch: a, scope: {include: [a.py]}}]
"""


def print_page(repo: git.Repo, template: str, *words: str) -> Ran:
    write(repo, {PLAN: TEXT, OWN: template})
    return planner("render", "--stdout", "PLAN.md", *words, at=repo)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "10 s"),
        ("x\n{{ 'a' * 3000000000 }}", "512 MiB"),
        (
            "{% set n = namespace(s='aaaaaaaa') %}"
            "{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
            "512 MiB",
        ),
    ],
)
def test_a_template_that_needs_too_much_is_refused(
    repo: git.Repo, template: str, reason: str
) -> None:
    started = time.monotonic()

    ran = print_page(repo, template)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(OWN)
    assert f"it needs more than {reason}\n" in ran.stderr
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("name", ["PLAN.md.j2", "part", ".planner/templates", ".planner", "sub"])
def test_a_template_through_a_link_is_refused(repo: git.Repo, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    (outside / "templates").mkdir(parents=True)
    for path in (outside / "leak", outside / "PLAN.md.j2", outside / "templates/PLAN.md.j2"):
        path.write_text("s3cret")
    place = root(repo) / (name if name.startswith(".planner") else f".planner/templates/{name}")
    place.parent.mkdir(parents=True, exist_ok=True)
    targets = {"PLAN.md.j2": "leak", "part": "leak", ".planner/templates": "templates"}
    write(repo, {PLAN: TEXT})
    if name in ("part", "sub"):
        used = "part" if name == "part" else "sub/leak"
        write(repo, {OWN: f"\n{{% include '{used}' %}}"})
    place.symlink_to(outside / targets.get(name, "."))

    for words in (["--stdout", "PLAN.md"], ["--check"], ["--templates", ".planner/templates"]):
        ran = planner("render", *words, at=repo)
        assert (ran.exit, "s3cret" in ran.stdout + ran.stderr) == (2, False)
        assert "is a symlink" in ran.stderr
    if name in ("part", "sub"):
        assert ran.stderr.startswith(f"{OWN}:2: error: ")


def test_a_pipe_in_the_place_of_a_template_is_refused(repo: git.Repo) -> None:
    write(repo, {PLAN: TEXT, ".planner/templates/other": ""})
    os.mkfifo(root(repo) / OWN)

    ran = planner("render", "--check", at=repo)

    assert (ran.exit, "is not a regular file" in ran.stderr) == (2, True)


def test_a_link_that_no_template_uses_and_a_hard_link_stop_nothing(repo: git.Repo) -> None:
    write(repo, {"part": "one"})
    print_page(repo, "")
    folder = root(repo) / ".planner/templates"
    (folder / "env").symlink_to("/proc/self/environ")
    os.link(root(repo) / "part", folder / "part")

    assert print_page(repo, "{% include 'part' %}") == Ran(0, "one\n", "")


def test_a_block_that_no_template_above_has_is_an_error_at_its_line(repo: git.Repo) -> None:
    top = '{% extends "planner/PLAN.md.j2" %}\n'

    wrong = print_page(repo, f"{top}{{% block gate %}}x{{% endblock %}}")
    nested = print_page(
        repo, f"{top}{{% block end %}}{{% block mine %}}x{{% endblock %}}{{% endblock %}}"
    )

    assert wrong == Ran(
        2,
        "",
        f"{OWN}:2: error: the template 'planner/PLAN.md.j2' has no block 'gate'\n"
        "hint: did you mean 'gates'?\n",
    )
    assert (nested.exit, nested.stdout.splitlines()[-1]) == (0, "x")


def test_a_page_that_is_not_utf8_is_named_by_its_path(repo: git.Repo) -> None:
    write(repo, {PLAN: TEXT, OWN: b"\xff"})

    ran = planner("render", "--stdout", "PLAN.md", at=repo)

    assert ran.exit == 2
    assert ran.stderr == f"{OWN}: error: the template failed: {OWN!r} is not UTF-8\n"


def test_blocks_of_a_template_in_between_are_known(repo: git.Repo) -> None:
    write(
        repo,
        {
            ".planner/templates/team.j2": '{% extends "planner/PLAN.md.j2" %}{% block end %}'
            "{% block signed %}{% endblock %}{% endblock %}"
        },
    )

    ran = print_page(repo, '{% extends "team.j2" %}{% block signed %}By us{% endblock %}')

    assert (ran.exit, ran.stdout.splitlines()[-1]) == (0, "By us")


def test_in_ci_the_templates_of_the_default_branch_count(repo: git.Repo) -> None:
    commit(repo, {PLAN: TEXT, OWN: "agreed"})
    planner("render", at=repo)
    commit(repo, {})
    repo.git.switch("--quiet", "--create", "topic")
    commit(repo, {OWN: "brought along"})

    here = planner("render", "--check", at=repo)
    ci = planner("render", "--check", at=repo, env={"CI": "true"})
    named = planner(
        "render", "--check", "--templates", ".planner/templates", at=repo, env={"CI": "true"}
    )

    assert (here.exit, ci.exit, named.exit) == (1, 0, 1)


def test_in_ci_a_link_of_the_default_branch_is_refused_and_its_lack_is_told(
    repo: git.Repo,
) -> None:
    write(repo, {PLAN: TEXT, ".planner/templates/x": ""})
    (root(repo) / OWN).symlink_to("x")
    commit(repo, {})
    link = planner("render", "--check", at=repo, env={"CI": "true"})
    repo.git.branch("--move", "main", "other")
    lacking = planner("render", "--check", at=repo, env={"CI": "true"})

    assert (link.exit, "is a symlink" in link.stderr) == (2, True)
    assert (lacking.exit, "fetch-depth: 0" in lacking.stderr) == (2, True)


def test_no_module_of_the_current_folder_is_imported_for_a_template(repo: git.Repo) -> None:
    write(repo, {"json.py": "raise SystemExit(7)", "jinja2.py": "raise SystemExit(7)"})
    write(repo, {PLAN: TEXT, OWN: "mine"})
    done = planner("render", "--stdout", "PLAN.md", "--repo", str(root(repo)), at=root(repo).parent)

    assert done == Ran(0, "mine\n", "")
