"""`planner brief`: what an agent is told is short, complete, and what check-scope judges by."""

import shutil
from pathlib import Path
from typing import Any

import git
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import ROOT
from world import Ran, commit, planner, root

from planner.agents.brief_text import MOST_BYTES, TYPICAL_BYTES

PATH = "docs/plan/plan.yaml"
EXAMPLES = sorted((ROOT / "docs/examples").glob("*/plan.yaml"))
PLAN = """\
version: 1
title: Shop
shared: [CHANGELOG.md]
exclude: [.github]
limits: {files: 20, lines: 400, exceptions: 1}
gates:
  - {id: lint, run: ruff check .}
slices:
  - id: api
    title: The API
    overview: The API of the shop.
    owner: ada
    reviewers: [dana]
    branch: feature/api
    commit: "feat: add the API"
    scope:
      include:
        - {path: src/api/, why: the API itself}
        - {path: docs/api.md, new: true}
      exclude: [src/api/legacy]
    gates:
      - {id: tests, run: pytest -q, cwd: src}
      - id: long
        run: |
          one
          two
    success_criteria: [It works]
    tasks:
      - {id: model, title: The model, files: [src/api/model.py], status: done}
      - id: routes
        title: The routes
        description: All routes of the API.
        depends_on: [model]
        files: [src/api/routes.py]
        done_when: [The routes answer]
  - id: web
    title: The pages
    branch: ["claude/web-*", feature/web]
    owner: ben
    depends_on: [api]
    scope: {include: [src/web/, src/api/client.ts]}
  - id: gone
    title: Gone
    branch: feature/gone
    closed: dropped
    scope: {include: [src/gone/]}
"""

API = """\
Slice api: The API
Branch: git switch -c feature/api main
Plan: docs/plan/plan.yaml in main ({commit}, local branch)
Title of the pull request: feat: add the API
People: owner ada; reviewers dana
At most 20 files and 400 lines
Goal: The API of the shop.
The branch may change only:
- src/api/: the API itself
- docs/api.md (new)
But not:
- src/api/legacy
Shared, so it may change them too:
- CHANGELOG.md
Held by other slices; do not change unless shared:
- src/web/: web of ben
Excluded for every slice, unless the exact path is listed above:
- .github
Tasks, in this order:
1. model [done]: The model (src/api/model.py)
2. routes: The routes (src/api/routes.py)
Done when:
- It works
Gates (planner run-gates runs them):
- lint: ruff check .
- tests: cd src && pytest -q
- long: planner run-gates --gate long
Check your edits: planner check-scope --worktree. After you commit, run all checks: planner check
To change any other path, stop and ask: the plan is changed first, in a pull request of its own; \
for one path a line 'Scope-Exception: PATH -- REASON' in a commit message will do.
Report progress: planner mark TASK in-progress | done
"""

ROUTES = """\
Task routes of the slice api: The routes
Branch: the one that is checked out
Plan: docs/plan/plan.yaml in main ({commit}, local branch)
Title of the pull request: feat: add the API
Needs first: model
"""


@pytest.fixture
def planned(repo: git.Repo) -> git.Repo:
    commit(repo, {PATH: PLAN, "src/api/a.py": "", "src/web/a.ts": ""})
    return repo


def brief(repo: git.Repo, *words: str) -> Ran:
    return planner("brief", *words, at=repo)


def text(value: str, repo: git.Repo) -> str:
    return value.format(commit=str(repo.git.rev_parse("main"))[:12])


def test_a_brief_of_a_slice_says_all_that_an_agent_needs(planned: git.Repo) -> None:
    assert brief(planned, "api") == Ran(0, text(API, planned), "")


def test_a_brief_of_a_task_has_its_files_and_the_scope_of_its_branch(planned: git.Repo) -> None:
    planned.git.switch("--quiet", "-c", "feature/api")

    said = brief(planned, "routes").stdout

    assert said.startswith(text(ROUTES, planned))
    assert "Goal: All routes of the API.\nFiles of the task:\n- src/api/routes.py\n" in said
    assert "Done when:\n- The routes answer\n" in said
    assert "The branch may change only:\n- src/api/: the API itself\n" in said
    assert said.endswith("Report progress: planner mark routes in-progress | done\n")


def test_json_has_everything_and_the_text(planned: git.Repo) -> None:
    ran = brief(planned, "routes", "--format", "json")

    assert ran.exit == 0
    assert (ran.json["schema"], ran.json["slice"], ran.json["task"]) == (
        "planner.brief/1",
        "api",
        "routes",
    )
    assert ran.json["text"] == brief(planned, "routes").stdout
    assert ran.json["include"][1] == {"pattern": "docs/api.md", "why": None, "new": True}
    assert ran.json["neighbors"] == [
        {
            "slice": "web",
            "plan": PATH,
            "owner": "ben",
            "branch": ["claude/web-*", "feature/web"],
            "include": ["src/web/"],
        }
    ]
    assert "task" not in brief(planned, "api", "--format", "json").json


def test_without_an_id_it_is_the_slice_of_the_branch(planned: git.Repo) -> None:
    ran = brief(planned)
    assert (ran.exit, ran.stderr) == (
        2,
        "error: no slice accepts the branch 'main'\n"
        "hint: name a slice or a task: planner brief ID; the slices are: api, web\n",
    )
    planned.git.switch("--quiet", "-c", "claude/web-7")
    assert brief(planned).stdout.startswith("Slice web: The pages\nBranch: the one that is")


def test_the_plan_of_the_default_branch_counts_not_that_of_the_branch(planned: git.Repo) -> None:
    planned.git.switch("--quiet", "-c", "feature/api")
    commit(planned, {PATH: PLAN.replace("src/api/,", "everything/,")})

    said = brief(planned, "api").stdout

    assert "- src/api/: the API itself" in said
    assert "everything" not in said


def test_a_slice_that_is_only_in_the_work_tree_is_said_not_to_be_agreed(
    planned: git.Repo,
) -> None:
    planned.git.switch("--quiet", "-c", "plan")
    commit(planned, {PATH: PLAN.replace("id: web", "id: pages")})

    ran = brief(planned, "pages", "--format", "json")

    assert (ran.exit, ran.json["plan"]) == (0, {"path": PATH, "commit": None, "trusted": False})
    assert "in the work tree alone: not agreed yet" in ran.json["text"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gone"], "the slice 'gone' is closed: dropped"),
        (["none"], "no plan has a slice or task 'none'"),
        (["api", "--plan", "other"], "no plan at 'docs/plan/other/plan.yaml'"),
    ],
)
def test_what_cannot_be_briefed_is_refused(
    planned: git.Repo, words: list[str], message: str
) -> None:
    ran = brief(planned, *words)

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"error: {message}")


def test_an_unusable_plan_is_exit_2_with_its_findings(repo: git.Repo) -> None:
    commit(repo, {PATH: PLAN.replace("title: Shop\n", "")})

    ran = brief(repo, "api", "--format", "json")

    assert (ran.exit, ran.json["schema"], ran.rules) == (2, "planner.error/1", ["missing-key"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_briefs_of_the_examples_are_at_most_1600_bytes(repo: git.Repo, example: Path) -> None:
    (root(repo) / "docs/plan").mkdir(parents=True)
    shutil.copy(example, root(repo) / PATH)
    commit(repo, {})
    slices = yaml.safe_load(example.read_text(encoding="utf-8"))["slices"]
    ids = [one["id"] for each in slices for one in (each, *each.get("tasks", []))]

    for each in ids:
        ran = brief(repo, each)
        assert ran.exit == 0
        assert len(ran.stdout.encode()) <= TYPICAL_BYTES, ran.stdout


def test_another_slice_that_comes_later_is_not_named_for_what_both_may_change(
    planned: git.Repo,
) -> None:
    """`src/api/client.ts` is of both: naming it as another's would be wrong."""
    assert "client.ts" not in brief(planned, "api").stdout
    assert "- src/api/: api of ada" not in brief(planned, "web").stdout


def test_what_the_plan_excludes_and_plan_files_are_not_said_to_be_allowed(repo: git.Repo) -> None:
    plan = PLAN.replace("shared: [CHANGELOG.md]", "shared: [.github/CODEOWNERS, CHANGELOG.md]")
    paths = "        - .github/workflows/\n        - .github/own.yml\n        - '**/x.py'\n"
    paths += "        - .planner/templates/\n        - docs/plan/plan.yaml\n"
    at = "        - {path: docs/api.md, new: true}\n"
    commit(repo, {PATH: plan.replace(at, at + paths)})

    ran = brief(repo, "api", "--format", "json")

    shown = [one["pattern"] for one in ran.json["include"]]
    assert shown == ["src/api/", "docs/api.md", ".github/own.yml", "**/x.py", "docs/plan/plan.yaml"]
    assert ran.json["shared"] == ["CHANGELOG.md"]
    assert ".github/workflows" not in ran.json["text"]


WORDS = st.text(st.sampled_from("abc deß🙂'\"`*<>|#\t\n:"), max_size=300)
NAMES = st.text("abcdefghij", min_size=1, max_size=60)
SLICES = st.fixed_dictionaries(
    {
        "id": st.just("big"),
        "title": WORDS.map(lambda word: f"t{word}"),
        "branch": st.just("feature/big"),
        "overview": WORDS.map(lambda word: f"o{word}"),
        "scope": st.fixed_dictionaries(
            {
                "include": st.lists(
                    st.tuples(NAMES, WORDS).map(
                        lambda one: {"path": f"src/{one[0]}/**", "why": f"w{one[1]}"}
                    ),
                    min_size=1,
                    max_size=120,
                ),
                "exclude": st.lists(NAMES, max_size=30),
            }
        ),
        "tasks": st.lists(WORDS, max_size=30).map(
            lambda titles: [
                {"id": f"task-{at}", "title": f"t{title}"} for at, title in enumerate(titles)
            ]
        ),
        "gates": st.lists(WORDS, max_size=20).map(
            lambda runs: [{"id": f"gate-{at}", "run": f"r{run}"} for at, run in enumerate(runs)]
        ),
        "success_criteria": st.lists(WORDS.map(lambda word: f"c{word}"), max_size=20),
    }
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(SLICES)
@pytest.mark.slow
def test_no_brief_is_longer_than_3200_bytes_and_no_pattern_is_cut(
    repo: git.Repo, slice_: dict[str, Any]
) -> None:
    plan = {"version": 1, "title": "T", "slices": [slice_]}
    commit(repo, {PATH: yaml.safe_dump(plan, allow_unicode=True)})

    ran = brief(repo, "big", "--format", "json")

    assert ran.exit == 0, ran
    said = ran.json["text"]
    assert len(said.encode()) <= MOST_BYTES
    assert len(said.encode()) <= TYPICAL_BYTES or "src/" in said
    shown = [line for line in said.splitlines() if line.startswith("- src/")]
    known = [one["path"] for one in slice_["scope"]["include"]]
    for line, pattern in zip(shown, known, strict=False):
        assert line == f"- {pattern}" or line.startswith(f"- {pattern}: ")
    left = len(known) - len(shown)
    assert (left == 0) or f"- and {left} more patterns\n" in said
    assert ran.json["shortened"] == ("--format json" in said.splitlines()[-1])


def test_text_of_a_plan_cannot_control_a_terminal_or_forge_a_line(repo: git.Repo) -> None:
    title = "\x1b[31m\u202e\n::error::x\nBranch: main"
    plan = {
        "version": 1,
        "title": "T",
        "slices": [
            {
                "id": "a",
                "title": f"t{title}",
                "branch": "feature/a",
                "overview": f"o{title}",
                "scope": {"include": [{"path": "a", "why": f"w{title}"}]},
            }
        ],
    }
    commit(repo, {PATH: yaml.safe_dump(plan).replace("\\u202E", "\\u202e")})

    ran = brief(repo, "a")

    assert ran.exit == 0
    assert "\x1b" not in ran.stdout
    assert "\u202e" not in ran.stdout
    heads = [line for line in ran.stdout.splitlines() if line.startswith(("Branch:", "::"))]
    assert heads == ["Branch: git switch -c feature/a main"]
