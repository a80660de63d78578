"""`planner init`: a first plan from the branch that is checked out."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import git
import pytest
import yaml
from world import Ran, commit, planner, root, write

PLAN = "docs/plan/plan.yaml"
WROTE = "planner init wrote it; remove this entry once it is merged"
QUIET = {"unplanned-rule"}  # the note about the rule that `init` writes on purpose


def plan_of(repo: git.Repo) -> Any:
    return yaml.safe_load((root(repo) / PLAN).read_text(encoding="utf-8"))


def slice_of(repo: git.Repo) -> Any:
    [slice_] = plan_of(repo)["slices"]
    return slice_


def include_of(repo: git.Repo) -> list[Any]:
    return list(slice_of(repo)["scope"]["include"])


def gates_of(repo: git.Repo) -> list[tuple[str, str]]:
    return [(one["run"], one.get("cwd", "")) for one in slice_of(repo).get("gates", [])]


def branch(
    repo: git.Repo, files: Mapping[str, str | bytes | None], name: str = "feature/x"
) -> None:
    repo.git.switch("--quiet", "--create", name)
    commit(repo, files, "feat(api): add lists")


def init(repo: git.Repo, *words: str) -> Ran:
    ran = planner("init", *words, at=repo)
    assert ran.exit == 0, ran
    return ran


def assert_holds(repo: git.Repo) -> None:
    """What was written lints without an error or warning, also committed, and is in scope then."""
    ran = planner("lint", "--strict", "--format", "json", at=repo)
    assert (ran.exit, set(ran.rules) - QUIET) == (0, set()), ran.stdout
    commit(repo, {}, "chore: plan")
    ran = planner("lint", "--strict", "--format", "json", at=repo)
    assert (ran.exit, set(ran.rules) - QUIET) == (0, set()), ran.stdout
    ran = planner("check-scope", "--strict", "--plan-from", "head", at=repo)
    assert ran.exit == 0, ran


def assert_stops_strays(repo: git.Repo, stray: str = "stray.txt") -> None:
    """The slice's branch may not touch more, and no other branch what the slice holds."""
    slice_ = slice_of(repo)
    if repo.active_branch.name != slice_["branch"]:
        repo.git.switch("--quiet", "--create", slice_["branch"])
    commit(repo, {stray: "stray\n"})
    ran = planner("check-scope", "--plan-from", "head", "--format", "json", at=repo)
    assert (ran.exit, "outside-scope" in ran.rules) == (1, True), ran
    repo.git.branch("--move", "other")
    held = slice_["scope"]["include"][0]
    held = held["path"] if isinstance(held, dict) else held
    commit(repo, {held + ("x" if held.endswith("/") else ""): "other\n"})
    ran = planner("check-scope", "--plan-from", "head", "--format", "json", at=repo)
    assert (ran.exit, "foreign-path" in ran.rules) == (1, True), ran


PYTHON = {
    "pyproject.toml": "[project]\nname = 'x'\n[tool.ruff]\n[tool.pytest.ini_options]\n",
    "x.py": "x = 1\n",
}
NODE = {"package.json": '{"scripts": {"test": "vitest", "lint": "eslint ."}}', "pnpm-lock.yaml": ""}
MAKE = {"Makefile": "test := no\ntest: all\n\ttrue\nlint ::= 2\nlint:::= 3\n"}
COLONS = {"Makefile": "test ::= no\nlint:: all\n\ttrue\n"}


@pytest.mark.parametrize(
    ("files", "gates"),
    [
        (PYTHON, ["python -m pytest -q", "ruff check ."]),
        ({**PYTHON, "tox.ini": "[tox]\n"}, ["tox", "ruff check ."]),
        ({**PYTHON, "noxfile.py": ""}, ["nox", "ruff check ."]),
        (NODE, ["pnpm run test", "pnpm run lint"]),
        ({**NODE, "pnpm-lock.yaml": None}, ["npm run test", "npm run lint"]),
        ({"go.mod": "module x\n", "x.go": ""}, ["go test ./..."]),
        ({"Cargo.toml": "[package]\n", "src/lib.rs": ""}, ["cargo test"]),
        (MAKE, ["make test"]),
        (COLONS, ["make lint"]),
        ({"README.md": ""}, []),
    ],
    ids=["python", "tox", "nox", "pnpm", "npm", "go", "rust", "make", "colons", "nothing"],
)
def test_a_first_plan_of_each_kind_of_repository_holds(
    repo: git.Repo, files: dict[str, str | None], gates: list[str]
) -> None:
    there = {name: text for name, text in files.items() if text is not None}
    commit(repo, there)
    ran = init(repo, "--ci", "github", "--pre-commit", "--format", "json")

    assert ran.json["written"] == [PLAN, ".github/workflows/planner.yml", ".pre-commit-config.yaml"]
    assert [run for run, _ in gates_of(repo)] == gates
    assert_holds(repo)
    assert_stops_strays(repo)


def test_an_empty_repository_gets_an_example(repo: git.Repo) -> None:
    ran = init(repo, "--ci", "gitlab", "--pre-commit")

    assert "an example" in ran.stdout
    assert_holds(repo)
    assert_stops_strays(repo)


@pytest.mark.parametrize("hooks", [None, "repos: []\n"])
def test_what_is_written_on_the_default_branch_is_in_the_scope_of_the_example(
    repo: git.Repo, hooks: str | None
) -> None:
    commit(repo, {".pre-commit-config.yaml": hooks} if hooks else {"README.md": ""})
    init(repo, "--ci", "github", "--pre-commit")
    write(repo, {".pre-commit-config.yaml": "repos: [{repo: meta, hooks: []}]\n"})
    repo.git.switch("--quiet", "--create", slice_of(repo)["branch"])

    assert_holds(repo)
    assert_stops_strays(repo)


def test_an_empty_repository_with_another_default_branch_gets_that_base(repo: git.Repo) -> None:
    repo.git.symbolic_ref("HEAD", "refs/heads/trunk")

    ran = init(repo)

    assert plan_of(repo)["base"] == "trunk"
    assert "nothing tells planner that 'trunk' is the default branch" in ran.stdout


def test_the_changes_of_a_branch_become_its_scope(repo: git.Repo) -> None:
    start = {"src/a.py": "", "src/b.py": "", "lib/c.py": "", "lib/d.py": "", "old.py": ""}
    commit(repo, start)
    branch(repo, {"src/a.py": "1", "src/b.py": "1", "lib/c.py": "1", "old.py": None, "new.py": ""})
    write(repo, {"lib/untracked.py": "", "pages/a.md": "", "pages/b.md": ""})

    ran = init(repo, "--ci", "github", "--pre-commit")

    assert slice_of(repo) == {
        "id": "x",
        "title": "Add lists",
        "branch": "feature/x",
        "commit": "feat(api): add lists",
        "scope": {
            "include": [
                "lib/c.py",
                {"path": "lib/untracked.py", "new": True},
                "new.py",
                {"path": "old.py", "new": True},
                {"path": "pages/", "new": True},
                "src/",
                {
                    "path": ".github/workflows/planner.yml",
                    "why": WROTE,
                    "new": True,
                },
                {"path": ".pre-commit-config.yaml", "why": WROTE, "new": True},
            ]
        },
    }
    assert "8 changed paths in 6 patterns\n    lib/c.py\n    lib/untracked.py\n" in ran.stdout
    assert "    src/\n  3 of them not committed" in ran.stdout
    assert_holds(repo)
    assert_stops_strays(repo)


def test_in_a_monorepo_the_nearest_manifest_gives_the_gates(repo: git.Repo) -> None:
    start = {
        "Makefile": "test:\n\ttrue\n",
        "yarn.lock": "",
        "web/package.json": '{"scripts": {"test": "x"}}',
        "web/src/deep/a.ts": "",
        "api/go.mod": "module x\n",
        "api/main.go": "",
        "docs/a.md": "",
        "unused/Cargo.toml": "",
    }
    commit(repo, start)
    branch(repo, {"web/src/deep/a.ts": "1", "api/main.go": "1", "docs/a.md": "1"})

    init(repo)

    assert gates_of(repo) == [
        ("make test", ""),
        ("go test ./...", "api"),
        ("yarn run test", "web"),
    ]
    assert (root(repo) / PLAN).read_text(encoding="utf-8").count("# A guess: ") == 3
    assert_holds(repo)
    assert_stops_strays(repo)


def test_hostile_names_are_escaped_or_left_out_and_said(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    names = ["app/[id]/*.ts", "!neg", ":colon", "it's \"q\".md", "a b", "ü.md", "{a,b}", "@(x)",
             "back\\slash", "# no", "- no", "yes: no"]  # fmt: skip
    files: dict[str, str | bytes | None] = dict.fromkeys(names, "x")
    branch(repo, files)

    init(repo)

    assert_holds(repo)
    assert_stops_strays(repo)


@pytest.mark.parametrize("name", [b"bad\x01", "bi\u202edi".encode(), b"latin\xe9"])
def test_a_name_that_no_pattern_can_spell_is_left_out_and_said(repo: git.Repo, name: bytes) -> None:
    commit(repo, {"README.md": ""})
    branch(repo, {"a.py": ""})
    Path(os.fsdecode(os.fsencode(root(repo)) + b"/" + name)).touch()

    ran = init(repo)

    assert include_of(repo) == ["a.py"]
    assert "left out, since no pattern can spell it: " in ran.stdout
    assert ran.stdout.isprintable() or "\n" in ran.stdout
    assert planner("lint", "--strict", at=repo).exit == 0


def test_nothing_at_all_is_written_where_there_is_a_plan(repo: git.Repo) -> None:
    commit(repo, {"docs/plan/api/plan.yaml": "broken: [\n"})

    ran = planner("init", at=repo)

    assert ran.exit == 2
    assert "there is a plan already: docs/plan/api/plan.yaml" in ran.stderr
    assert repo.git.status("--porcelain") == ""


def test_beside_a_plan_only_what_checks_it_is_written(repo: git.Repo) -> None:
    commit(repo, {"docs/plan/plan.yaml": "version: 1\n"})
    ran = planner("init", "--ci", "github", "--pre-commit", "--format", "json", at=repo)

    assert (ran.exit, ran.json["written"]) == (
        0,
        [".github/workflows/planner.yml", ".pre-commit-config.yaml"],
    )
    assert (root(repo) / "docs/plan/plan.yaml").read_text() == "version: 1\n"
    again = planner("init", "--ci", "github", at=repo)
    assert (again.exit, again.stdout) == (
        0,
        ".github/workflows/planner.yml is there already and was left as it is\n",
    )


def test_a_plan_of_the_default_branch_is_a_plan_already(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    branch(repo, {"a.py": ""})
    repo.git.switch("--quiet", "main")
    commit(repo, {PLAN: "version: 1\ntitle: T\nslices: []\n"})
    repo.git.switch("--quiet", "feature/x")

    ran = planner("init", at=repo)

    assert ran.exit == 2
    assert f"there is a plan already: {PLAN} in main" in ran.stderr
    assert "git merge main" in ran.stderr


def test_plan_files_that_the_branch_changed_are_named(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    templates = (".planner/templates/PLAN.md.j2", ".planner/templates/TASKS.md.j2")
    text = '{% extends "planner/PLAN.md.j2" %}\n'
    branch(repo, {**dict.fromkeys(templates, text), "docs/plan/.gitattributes": "* text=auto\n"})

    init(repo)

    assert include_of(repo) == [*templates, "docs/plan/.gitattributes"]
    assert_holds(repo)


def test_a_plan_file_that_only_a_wildcard_could_spell_is_left_out(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    branch(repo, {".planner/{a,b}": "", "a.py": ""})

    ran = init(repo)

    assert include_of(repo) == ["a.py"]
    assert "left out, since no pattern can spell it: .planner/{a,b}" in ran.stdout


def test_gates_of_folders_with_like_names_have_their_own_ids(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    branch(repo, {f"{name}/go.mod": "module x\n" for name in ("w-b", "w.b", "w/b", "w-b-2")})

    init(repo)

    ids = [one["id"] for one in slice_of(repo)["gates"]]
    assert ids == ["tests-w-b", "tests-w-b-2", "tests-w-b-3", "tests-w-b-4"]
    assert_holds(repo)


@pytest.mark.parametrize(
    ("words", "path", "said"),
    [
        (("--ci", "gitlab"), ".gitlab-ci.yml", "add to its list 'include':\n      - component: "),
        (("--pre-commit",), ".pre-commit-config.yaml", "- id: planner-check-scope"),
        (("--ci", "github"), ".github/workflows/planner.yml", "is there already"),
    ],
)
def test_a_file_that_is_there_is_left_and_what_to_add_is_said(
    repo: git.Repo, words: tuple[str, ...], path: str, said: str
) -> None:
    commit(repo, {path: "mine: true\n"})

    ran = init(repo, *words)

    assert said in ran.stdout
    assert (root(repo) / path).read_text(encoding="utf-8") == "mine: true\n"
    assert_holds(repo)


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        (".pre-commit-config.yaml", "folder", "'.pre-commit-config.yaml' is a folder"),
        (".pre-commit-config.yaml", "link", "is a link that leads nowhere"),
        (".pre-commit-config.yaml", "pipe", "'.pre-commit-config.yaml' is not a regular file"),
        (".github/workflows/planner.yml", "folder", "'.github/workflows/planner.yml' is a folder"),
    ],
)
def test_nothing_is_written_where_something_else_is_in_the_place_of_a_file(
    repo: git.Repo, path: str, kind: str, said: str
) -> None:
    place = root(repo) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        place.mkdir()
    elif kind == "link":
        place.symlink_to("nowhere")
    else:
        os.mkfifo(place)

    ran = planner("init", "--ci", "github", "--pre-commit", at=repo)

    assert ran.exit == 2
    assert f"{said}; nothing was written" in ran.stderr
    files = {one for one in root(repo).rglob("*") if ".git" not in one.parts and one.is_file()}
    assert files == set()


@pytest.mark.parametrize(
    ("words", "path", "content", "fault"),
    [
        (("--pre-commit",), ".pre-commit-config.yaml", "repos: [\n", "it is not YAML"),
        (("--pre-commit",), ".pre-commit-config.yaml", b"\xff", "it is not YAML"),
        (("--pre-commit",), ".pre-commit-config.yaml", "- repo: x\n", "it is not a mapping"),
        (("--pre-commit",), ".pre-commit-config.yaml", "repos: x\n", "its 'repos' is not a list"),
        (("--ci", "gitlab"), ".gitlab-ci.yml", "a: b: c\n", "it is not YAML"),
    ],
)
def test_a_file_to_which_nobody_can_add_is_left_and_that_is_said(
    repo: git.Repo, words: tuple[str, ...], path: str, content: str | bytes, fault: str
) -> None:
    write(repo, {path: content})
    before = (root(repo) / path).read_bytes()

    ran = init(repo, *words)

    line = f"{path} is there already, but is not what it should be: {fault}; it was left as it is"
    assert line in ran.stdout.splitlines()
    assert "  correct it, then add to its list '" in ran.stdout
    assert (root(repo) / path).read_bytes() == before


@pytest.mark.parametrize(
    ("words", "path", "content"),
    [
        (("--pre-commit",), ".pre-commit-config.yaml", ""),
        (("--pre-commit",), ".pre-commit-config.yaml", "repos:\n"),
        (("--pre-commit",), ".pre-commit-config.yaml", "x: &a 1\ny: *a\nrepos: []\n"),
        (("--ci", "gitlab"), ".gitlab-ci.yml", "include: other.yml\n"),
        (("--ci", "gitlab"), ".gitlab-ci.yml", "a: {script: [!reference [b, script]]}\n"),
        (("--ci", "gitlab"), ".gitlab-ci.yml", "spec: {}\n---\nx: {<<: *a}\n"),
    ],
)
def test_a_file_that_others_can_read_is_what_it_should_be(
    repo: git.Repo, words: tuple[str, ...], path: str, content: str
) -> None:
    write(repo, {path: content})

    assert f"{path} is there already and was left as it is\n" in init(repo, *words).stdout


def test_what_git_ignores_is_said(repo: git.Repo) -> None:
    commit(repo, {".gitignore": "# rules\ndocs/\n!.github\n"})

    ran = init(repo, "--ci", "github")

    said = [line for line in ran.stdout.splitlines() if "ignore" in line or "--force" in line]
    assert said == [
        "git ignores docs/plan/plan.yaml, by .gitignore:2: 'docs/'",
        "  change that rule, or: git add --force docs/plan/plan.yaml",
    ]


def test_a_list_to_which_planner_is_added_is_in_the_scope_of_the_branch(repo: git.Repo) -> None:
    commit(repo, {".pre-commit-config.yaml": "repos: []\n"})
    branch(repo, {"a.py": ""})

    ran = init(repo, "--pre-commit")
    assert "add to its list 'repos'" in ran.stdout
    write(repo, {".pre-commit-config.yaml": "repos: [{repo: meta, hooks: []}]\n"})

    assert_holds(repo)


def test_a_link_out_of_the_repository_is_not_followed(repo: git.Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root(repo) / "docs").symlink_to(outside)

    ran = planner("init", at=repo)

    assert (ran.exit, list(outside.iterdir())) == (2, [])


def test_no_file_is_written_if_one_cannot_be(repo: git.Repo) -> None:
    commit(repo, {".github": "a file, not a folder\n"})

    ran = planner("init", "--ci", "github", at=repo)

    assert ran.exit == 2, ran
    assert not (root(repo) / PLAN).exists()


def test_the_type_and_scope_that_most_commits_have_are_those_of_the_slice(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    repo.git.switch("--quiet", "--create", "Feature/My_Thing")
    for number, message in enumerate(
        ["wip", "docs: explain", "fix(db): keep it open (#4)", "fix(db): and closed"]
    ):
        commit(repo, {f"{number}.txt": ""}, message)

    init(repo)

    assert slice_of(repo)["commit"] == "fix(db): keep it open"
    assert (slice_of(repo)["id"], slice_of(repo)["title"]) == ("my-thing", "Keep it open")


def test_without_conventional_commits_the_branch_gives_the_title(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    repo.git.switch("--quiet", "--create", "bob/fix_the-thing")
    commit(repo, {"a.txt": ""}, "wip")

    init(repo)

    assert (slice_of(repo)["title"], "commit" in slice_of(repo)) == ("Fix the thing", False)


def test_a_branch_without_changes_gets_an_example_of_its_own(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    repo.git.switch("--quiet", "--create", "feature/y")

    ran = init(repo, "--ci", "github")

    assert "an example for the branch 'feature/y'" in ran.stdout
    assert_holds(repo)
    assert_stops_strays(repo)


def test_a_folder_that_became_a_file_is_new(repo: git.Repo) -> None:
    commit(repo, {"thing/a": "", "thing/b": "", "file": ""})
    repo.git.switch("--quiet", "--create", "feature/x")
    repo.git.rm("-rq", "thing", "file")
    commit(repo, {"thing": "", "file/a": "", "file/b": ""})

    init(repo)

    assert_holds(repo)


def test_what_the_work_tree_takes_back_needs_no_file(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    branch(repo, {"a.py": "", "b.py": ""})
    write(repo, {"a.py": None})

    init(repo)

    assert include_of(repo) == [{"path": "a.py", "new": True}, "b.py"]
    assert_holds(repo)


def test_a_branch_of_a_repository_without_files_gets_an_example(repo: git.Repo) -> None:
    commit(repo, {}, "chore: start")
    repo.git.switch("--quiet", "--create", "feature/x")

    assert "nothing is changed yet" in init(repo).stdout
    (root(repo) / PLAN).unlink()
    write(repo, {".gitignore": "ignored\n", "ignored": "", "a.py": ""})
    init(repo)

    assert include_of(repo) == [{"path": name, "new": True} for name in (".gitignore", "a.py")]
    assert_holds(repo)


def test_without_a_branch_nothing_is_written(repo: git.Repo) -> None:
    commit(repo, {"README.md": ""})
    repo.git.switch("--quiet", "--detach")

    ran = planner("init", at=repo)

    assert ran.exit == 2
    assert "no branch is checked out" in ran.stderr


def test_the_plan_of_a_clone_names_its_default_branch(repo: git.Repo, tmp_path: Path) -> None:
    commit(repo, {"README.md": ""})
    repo.git.branch("--move", "develop")
    clone = git.Repo.clone_from(root(repo), tmp_path / "clone")
    branch(clone, {"a.py": ""})

    init(clone)

    assert plan_of(clone)["base"] == "develop"
    assert_holds(clone)


def test_the_workflow_is_valid_yaml_with_the_settings_of_the_guide(repo: git.Repo) -> None:
    init(repo, "--ci", "github", "--pre-commit")
    text = (root(repo) / ".github/workflows/planner.yml").read_text(encoding="utf-8")
    workflow = yaml.load(text, yaml.BaseLoader)

    assert workflow["on"] == {
        "pull_request": {"types": ["opened", "synchronize", "reopened", "edited"]},
        "merge_group": "",
    }
    assert workflow["permissions"] == {"contents": "read"}
    checkout, step = workflow["jobs"]["scope"]["steps"]
    assert checkout["with"] == {"fetch-depth": "0", "persist-credentials": "false"}
    assert step["uses"].startswith("OWNER/planner@")
    hooks = yaml.safe_load((root(repo) / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    ours = yaml.safe_load(Path(__file__).parents[2].joinpath(".pre-commit-hooks.yaml").read_text())
    named = [hook["id"] for hook in hooks["repos"][0]["hooks"]]
    assert named == [hook["id"] for hook in ours]
