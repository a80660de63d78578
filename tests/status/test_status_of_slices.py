"""`planner status`: each slice as git has it, each claim beside what shows it."""

import json
from pathlib import Path

import git
import pytest
from workshop import PLAN_PATH, TASKS, Workshop, plan_of, workshop
from world import planner

pytestmark = pytest.mark.slow

GATE = '- {id: tests, run: "true"}'
DONE = TASKS.replace("title: One,", "title: One, status: done,")
ALL_DONE = DONE.replace("title: Two,", "title: Two, status: done,")


def the_slice(shop: Workshop) -> dict[str, object]:
    """What status says of the one slice."""
    (found,) = shop.run("status").json["slices"]
    return dict(found)


def test_document_says_what_the_contract_says(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=TASKS)

    ran = shop.run("status")

    assert ran.exit == 0
    assert ran.json == {
        "schema": "planner.status/1",
        "ok": True,
        "findings": [],
        "slices": [
            {
                "id": "api",
                "plan": PLAN_PATH,
                "branch": "feature/api",
                "state": "started",
                "landed": None,
                "ahead": 1,
                "behind": 0,
                "scope": {
                    "verdict": "passed",
                    "counts": {
                        "changed": 1, "in_scope": 1, "shared": 0, "excepted": 0, "out_of_scope": 0,
                    },
                    "reason": None,
                },
                "gates": [{"id": "tests", "evidence": "never", "why": "never ran on this tree"}],
                "tasks": [
                    {
                        "id": "one", "claim": "todo",
                        "evidence": "the branch changed 1 of its files", "phantom": False,
                    },
                    {
                        "id": "two", "claim": "todo",
                        "evidence": "the branch changed none of its files", "phantom": False,
                    },
                ],
            }
        ],
        "as_of": {"fetched": None, "shallow": False},
    }  # fmt: skip


def test_what_a_branch_marked_in_its_plan_is_told_beside_the_plan_of_the_work_tree(
    repo: git.Repo,
) -> None:
    shop = workshop(repo, GATE, tasks=DONE)
    planner("mark", "two", "done", at=repo)
    assert "  tasks 2/2\n" in shop.text("status").stdout
    repo.git.commit("--quiet", "--all", message="mark")
    repo.git.switch("--quiet", "main")

    ran = shop.text("status", "api")
    tasks = shop.run("status").json["slices"][0]["tasks"]

    assert ran.stdout.splitlines()[0].endswith("tasks 1/2 (2/2 on its branch)")
    assert "  task   two: todo in the plan, done on its branch; " in ran.stdout
    assert [(one["claim"], one.get("claim_on_branch")) for one in tasks] == [
        ("done", None),
        ("todo", "done"),
    ]


def test_text_is_a_line_for_each_slice_and_a_block_for_one_by_name(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=DONE)
    other = plan_of("").replace("id: api", "id: web").replace("feature/api", "feature/web")
    shop.write({"docs/plan/more/plan.yaml": other.replace("src/", "web/")})
    assert shop.text("status").stdout == (
        "api  +1  scope ok  gates 0/1  tasks 1/2\nweb  planned\npassed\n"
    )
    repo.git.switch("--quiet", "main")
    shop.commit({"README.md": ""})
    repo.git.switch("--quiet", "feature/api")
    shop.run("run-gates")
    (record,) = shop.records()

    block = (
        "api  +1 -1  scope ok  gates 1/1  tasks 1/2\n"
        "  branch feature/api\n"
        "  scope  in scope: 1 changed\n"
        f"  gate   tests: passed on this tree at {record['at']}\n"
        "  task   one: done in the plan; the branch changed 1 of its files\n"
        "  task   two: todo in the plan; the branch changed none of its files\n"
        "passed\n"
    )
    assert shop.text("status", "api").stdout == block
    assert shop.text("status", "two").stdout == block
    assert [one["id"] for one in shop.run("status", "api").json["slices"]] == ["api"]


def test_only_the_slice_that_is_named_decides(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    shop.commit({"elsewhere.py": ""})
    other = plan_of("").replace("id: api", "id: web").replace("feature/api", "feature/web")
    shop.write({"docs/plan/more/plan.yaml": other.replace("src/", "web/")})

    assert [shop.run("status", *words).exit for words in ((), ("api",), ("web",))] == [1, 1, 0]
    unknown = shop.run("status", "wep")
    assert (unknown.exit, unknown.json["error"]["hint"]) == (2, "did you mean 'web'?")
    shop.write({"docs/plan/more/plan.yaml": other.replace("id: web", "id: api")})
    assert shop.run("status", "api").exit == 2
    assert [line.split("  ")[0] for line in shop.text("status").stdout.splitlines()[-3:-1]] == [
        f"api of {path}" for path in (PLAN_PATH, "docs/plan/more/plan.yaml")
    ]


def test_slice_without_a_branch_is_planned(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    repo.git.switch("--quiet", "main")
    repo.git.branch("-D", "feature/api")

    found = the_slice(shop)

    assert (found["state"], found["branch"], found["ahead"], found["scope"]) == (
        "planned", None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["merged", "dropped"])
def test_closed_slice_is_closed_whatever_git_has(repo: git.Repo, how: str) -> None:
    shop = workshop(repo, GATE, tasks=ALL_DONE)
    shop.write({PLAN_PATH: plan_of(GATE, tasks=ALL_DONE + f"    closed: {how}\n")})

    ran = shop.run("status")

    assert (ran.exit, ran.json["findings"]) == (0, [])
    assert ran.json["slices"][0]["state"] == "closed"
    assert ran.json["slices"][0]["landed"] == ("closed: merged" if how == "merged" else None)


def test_branch_of_a_remote_starts_a_slice_as_well(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    repo.git.update_ref("refs/remotes/origin/feature/api", "feature/api")
    repo.git.update_ref("refs/remotes/origin/main", "main")
    repo.git.switch("--quiet", "main")
    repo.git.branch("-D", "feature/api")

    found = the_slice(shop)

    assert (found["state"], found["branch"]) == ("started", "origin/feature/api")


def test_ahead_and_behind_are_counted_against_the_remotes_base(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    shop.commit({"src/b.py": ""})
    repo.git.switch("--quiet", "main")
    newest = shop.commit({"README.md": ""})
    repo.git.update_ref("refs/remotes/origin/main", newest)
    repo.git.reset("--hard", "--quiet", "HEAD~")

    found = the_slice(shop)

    assert (found["ahead"], found["behind"]) == (2, 1)


def test_branch_out_of_scope_is_an_error_and_the_hint_shows_the_same(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    shop.commit({"elsewhere.py": "", "other.py": ""})

    ran = shop.run("status")

    (finding,) = ran.json["findings"]
    assert (ran.exit, finding["rule"], finding["slice"]) == (1, "slice-out-of-scope", "api")
    assert finding["message"] == (
        "the branch 'feature/api' of the slice 'api' is out of scope: 2 errors"
    )
    assert [one["path"] for one in finding["related"]] == ["elsewhere.py", "other.py"]
    assert ran.json["slices"][0]["scope"]["verdict"] == "failed"
    shown = shop.text("status").stdout.splitlines()
    assert shown[-2:] == ["api  +2  scope failed  gates 0/1", "failed: 1 error"]
    command, *words = finding["hint"].split()
    assert command == "planner"
    judged = shop.run(*words)
    assert (judged.exit, judged.rules) == (1, ["outside-scope", "outside-scope"])


SEVERAL = ("branch: feature/api", 'branch: [feature/api, "claude/api-*"]')


def with_several(repo: git.Repo, *, tasks: str = "") -> Workshop:
    """A slice with two branches that are not merged, and one that is; main is checked out."""
    shop = workshop(repo, GATE, tasks=tasks)
    repo.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: plan_of(GATE, tasks=tasks).replace(*SEVERAL)})
    repo.git.branch("claude/api-1", "main~")
    repo.git.switch("--quiet", "--create", "claude/api-2")
    shop.commit({"src/b.py": "b = 1\n", "elsewhere.py": ""})
    repo.git.update_ref("refs/remotes/origin/claude/api-2", "claude/api-2")
    repo.git.switch("--quiet", "main")
    return shop


def test_every_branch_of_a_slice_that_is_under_way_is_judged(repo: git.Repo) -> None:
    shop = with_several(repo)

    ran = shop.run("status")

    (found,) = ran.json["slices"]
    assert (ran.exit, found["branch"], found["scope"]["verdict"]) == (1, "claude/api-2", "failed")
    assert found["others"] == [
        {
            "branch": "feature/api", "ahead": 1, "behind": 1,
            "scope": {
                "verdict": "passed", "reason": None,
                "counts": {
                    "changed": 1, "in_scope": 1, "shared": 0, "excepted": 0, "out_of_scope": 0,
                },
            },
        }
    ]  # fmt: skip
    repo.git.switch("--quiet", "feature/api")
    shop.commit({"another.py": ""})
    repo.git.switch("--quiet", "main")
    ran = shop.run("status")
    assert [(one["rule"], one["hint"].split()[-1]) for one in ran.json["findings"]] == [
        ("slice-out-of-scope", "claude/api-2"), ("slice-out-of-scope", "feature/api"),
    ]  # fmt: skip
    assert shop.text("status").stdout.splitlines()[-3:-1] == [
        "api  +1  scope failed  gates 0/1",
        "  feature/api  +2 -1  scope failed",
    ]


def test_a_task_is_no_phantom_if_any_branch_of_its_slice_changed_its_files(
    repo: git.Repo,
) -> None:
    shop = with_several(repo, tasks=ALL_DONE)
    repo.git.switch("--quiet", "claude/api-2")
    shop.commit({"elsewhere.py": None})
    repo.git.switch("--quiet", "main")

    ran = shop.run("status")

    assert [one["phantom"] for one in ran.json["slices"][0]["tasks"]] == [False, False]


def test_a_scope_that_is_unknown_of_one_of_its_branches_is_exit_2(repo: git.Repo) -> None:
    shop = with_several(repo)
    repo.git.switch("--quiet", "--orphan", "elsewhere")
    shop.commit({"src/b.py": "b = 1\n"})
    repo.git.branch("-f", "feature/api", "elsewhere")
    repo.git.switch("--quiet", "main")

    ran = shop.run("status")

    assert (ran.exit, ran.json["undecided"]) == (2, "the scope of 'api' could not be determined")
    assert ran.json["slices"][0]["others"][0]["scope"]["verdict"] == "unknown"
    assert "    scope" not in shop.text("status").stdout


def test_a_branch_that_names_its_slice_in_a_commit_starts_it(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    repo.git.branch("-m", "feature/api", "codex/task-7")
    repo.git.commit("--quiet", "--amend", "-m", "a change\n\nSlice: api\n")
    shop.commit({"elsewhere.py": ""})
    repo.git.branch("codex/later", "main")

    ran = shop.run("status")

    (found,) = ran.json["slices"]
    assert (found["state"], found["branch"], found["ahead"]) == ("started", "codex/task-7", 2)
    assert ran.rules == ["slice-out-of-scope"]
    assert shop.run("check-scope").json["slice"] == "api"


@pytest.mark.parametrize(
    "name", ["revert-7-codex/x", "gh-readonly-queue/main/pr-7", "merge/7", "main"]
)
def test_a_queue_a_revert_and_a_base_start_no_slice(repo: git.Repo, name: str) -> None:
    shop = workshop(repo, GATE)
    shop.commit({PLAN_PATH: plan_of(GATE) + 'queues: ["merge/*"]\n'}, "x\n\nSlice: api\n")
    repo.git.update_ref("refs/remotes/origin/main", "main")
    repo.git.update_ref("refs/remotes/fork/patch-1", "feature/api")
    repo.git.branch("-M", "feature/api", name)

    assert the_slice(shop)["state"] == "planned"


def test_scope_that_cannot_be_told_is_exit_2_and_says_why(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=DONE)
    repo.git.switch("--quiet", "--orphan", "elsewhere")
    shop.commit({"src/b.py": "b = 1\n"})
    repo.git.branch("-f", "feature/api", "elsewhere")
    repo.git.switch("--quiet", "main")

    ran = shop.run("status")

    why = "refs/heads/feature/api and main share no history"
    assert (ran.exit, ran.json["ok"]) == (2, False)
    assert ran.json["undecided"] == "the scope of 'api' could not be determined"
    assert ran.json["slices"][0]["scope"] == {"verdict": "unknown", "counts": None, "reason": why}
    shown = shop.text("status").stdout.splitlines()
    assert shown == [
        "api  +1 -1  scope unknown  gates 0/1  tasks 1/2",
        f"  scope  unknown: {why}",
        "  hint: start the branch from its base",
        "undecided: the scope of 'api' could not be determined",
    ]


def test_a_shallow_clone_invents_no_distance(repo: git.Repo, tmp_path: Path) -> None:
    shop = workshop(repo, GATE)
    for number in range(3):
        shop.commit({"src/a.py": str(number)})
    url = shop.root.as_uri()
    clone = git.Repo.clone_from(url, tmp_path / "clone", depth=2, no_single_branch=True)
    folder = Path(clone.working_dir)

    ran = planner("status", "--format", "json", at=folder)

    (found,) = ran.json["slices"]
    assert (ran.exit, found["ahead"], found["behind"]) == (2, None, None)
    assert (found["state"], found["scope"]["verdict"]) == ("started", "unknown")
    assert ran.json["as_of"]["shallow"] is True
    shown = planner("status", at=folder).stdout
    assert "api  started  scope unknown  gates 0/1\n" in shown
    assert (
        "this clone is shallow: it cannot tell which slices landed earlier, nor how many" in shown
    )
    assert "hint: git fetch --unshallow" in shown
    clone.git.fetch("--quiet", "--unshallow")
    whole = planner("status", "--format", "json", at=folder)
    assert (whole.exit, whole.json["slices"][0]["ahead"]) == (0, 4)


def test_a_stacked_slice_is_ahead_of_the_branch_of_its_parent(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    stacked = (
        "  - {id: top, title: Top, branch: feature/top, depends_on: [api], stacked: true, "
        "scope: {include: [top/]}}\n"
    )
    repo.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: plan_of(GATE) + stacked})
    repo.git.switch("--quiet", "--create", "feature/top", "feature/api")
    shop.commit({"top/x": ""})
    repo.git.switch("--quiet", "main")

    assert shop.text("status").stdout == (
        "api  +1 -1  scope ok  gates 0/1\ntop  +1  scope ok\npassed\n"
    )


@pytest.mark.parametrize("kind", ["unusable", "missing"])
def test_without_a_usable_trusted_plan_no_branch_is_in_scope(repo: git.Repo, kind: str) -> None:
    shop = workshop(repo, GATE)
    repo.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: "version: 1\n" if kind == "unusable" else None})
    repo.git.switch("--quiet", "feature/api")

    ran = shop.run("status")

    verdict = ran.json["slices"][0]["scope"]["verdict"]
    assert (ran.exit, verdict) == ((2, "unknown") if kind == "unusable" else (1, "failed"))


def test_task_claimed_done_on_a_branch_without_a_change_is_phantom(repo: git.Repo) -> None:
    tasks = "    tasks: [{id: one, title: One, status: done}, {id: two, title: Two}]\n"
    shop = workshop(repo, GATE, tasks=tasks)
    repo.git.reset("--quiet", "--hard", "main")

    ran = shop.run("status")

    assert (ran.exit, ran.rules) == (1, ["phantom-done"])
    assert "but the branch changed nothing" in ran.json["findings"][0]["message"]


def test_task_claimed_done_that_the_branch_never_touched_is_phantom(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=ALL_DONE)
    shop.run("run-gates")

    ran = shop.run("status")

    assert (ran.exit, ran.rules) == (1, ["phantom-done"])
    (finding,) = ran.json["findings"]
    assert finding["message"] == (
        "the task 'two' is done in the plan, but the branch changed none of its files"
    )
    assert (finding["task"], finding["slice"]) == ("two", "api")
    assert ran.json["slices"][0]["tasks"][1]["phantom"] is True


def test_task_claimed_done_without_a_branch_is_phantom(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=DONE)
    repo.git.switch("--quiet", "main")
    repo.git.branch("-D", "feature/api")

    ran = shop.run("status")

    assert ran.rules == ["phantom-done"]
    assert "its slice has no branch" in ran.json["findings"][0]["message"]


def test_task_without_files_is_no_phantom(repo: git.Repo) -> None:
    tasks = "    tasks: [{id: one, title: One, status: done}, {id: two, title: Two}]\n"
    shop = workshop(repo, GATE, tasks=tasks)

    ran = shop.run("status")

    assert ran.exit == 0
    assert ran.json["slices"][0]["tasks"][0]["evidence"] == "it declares no files"


def test_all_tasks_claimed_done_need_passed_gates(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, {"src/b.py": ""}, tasks=ALL_DONE)
    shop.commit({"src/b.py": "b = 1\n"})

    ran = shop.run("status")

    assert (ran.exit, ran.rules) == (1, ["phantom-done"])
    assert ran.json["findings"][0]["message"] == (
        "all tasks of the slice 'api' are done in the plan, but nothing shows that its gates "
        "passed: tests"
    )
    assert ran.json["findings"][0]["hint"] == "planner run-gates --slice api"
    shop.run("run-gates")
    assert shop.run("status").exit == 0


@pytest.mark.parametrize("state", ["failed", "stale"])
def test_gates_that_did_not_pass_here_show_nothing(repo: git.Repo, state: str) -> None:
    gate = '- {id: tests, run: "test -e src/c.py"}'
    shop = workshop(repo, gate, {"src/b.py": ""}, tasks=ALL_DONE)
    shop.commit({"src/b.py": "b = 1\n"})
    shop.commit({"src/c.py": "" if state == "stale" else None} if state == "stale" else {})
    shop.run("run-gates")
    if state == "stale":
        shop.commit({"src/c.py": None})

    assert shop.evidence() == {"tests": state}
    assert shop.run("status").rules == ["phantom-done"]


def land(shop: Workshop, how: str) -> None:
    """Land the branch on main, in one of the ways that pull requests land."""
    git_ = shop.repo.git
    git_.switch("--quiet", "main")
    if how == "merge":
        git_.merge("--quiet", "--no-ff", "-m", "Merge", "feature/api")
        return
    git_.merge("--quiet", "--squash", "feature/api")
    message = {
        "subject": "feat: the API (#12)",
        "trailer": "Something else\n\nbody\n\nSlice: api\n",
    }[how]
    git_.commit("--quiet", message=message)


def test_tasks_that_a_landed_slice_left_open_are_a_warning(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=DONE + '    commit: "feat: the API"\n')
    land(shop, "subject")
    repo.git.branch("-D", "feature/api")

    ran = shop.run("status")

    assert (ran.exit, ran.rules) == (0, ["not-closed", "open-tasks"])
    finding = ran.json["findings"][1]
    assert finding["message"] == (
        "the slice 'api' has landed, but 1 of its 2 tasks are not done: two"
    )
    assert (finding["slice"], finding["tasks"]) == ("api", ["two"])
    assert ran.json["slices"][0]["state"] == "landed"
    assert shop.text("status").stdout.splitlines()[-2:] == [
        "api  landed  tasks 1/2",
        "passed: 2 warnings",
    ]
    plan = plan_of(GATE, tasks=DONE + "    closed: merged\n")
    shop.write({PLAN_PATH: plan})
    assert shop.run("status").json["findings"] == []
    assert shop.text("status").stdout.startswith("api  closed  tasks 1/2\n")


@pytest.mark.parametrize(
    ("how", "is_deleted"),
    [("merge", False), ("subject", False), ("subject", True), ("trailer", True)],
)
def test_slice_that_landed_and_is_open_is_named(repo: git.Repo, how: str, is_deleted: bool) -> None:
    shop = workshop(repo, GATE, tasks=ALL_DONE + '    commit: "feat: the API"\n')
    land(shop, how)
    if is_deleted:
        repo.git.branch("-D", "feature/api")

    ran = shop.run("status")

    assert (ran.exit, ran.rules) == (0, ["not-closed"])
    assert ran.json["findings"][0]["slice"] == "api"
    assert ran.json["slices"][0]["landed"]
    assert shop.run("status", "--strict").exit == 1


@pytest.mark.parametrize(
    "message",
    [
        'Revert "feat: the API"',
        "feat: the API and more",
        "fix: x\n\nfeat: the API\n",
        "fix: x\n\nSlice: api-two\n",
        "fix: x\n\n> Slice: api\n",
        "fix: x\n\n* Slice: apis\n",
    ],
)
def test_message_that_only_looks_like_it_lands_nothing(repo: git.Repo, message: str) -> None:
    shop = workshop(repo, GATE, tasks='    commit: "feat: the API"\n')
    repo.git.switch("--quiet", "main")
    shop.commit({}, message)

    assert the_slice(shop)["landed"] is None


def test_new_branch_without_a_commit_has_not_landed(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    repo.git.switch("--quiet", "main")
    repo.git.branch("-f", "feature/api", "main")

    found = the_slice(shop)

    assert (found["landed"], found["state"], found["ahead"]) == (None, "started", 0)


def test_branch_that_was_moved_into_its_base_is_told_to_be_closed(repo: git.Repo) -> None:
    shop = workshop(repo, GATE, tasks=DONE)
    repo.git.branch("-f", "main", "feature/api")

    ran = shop.run("status")

    assert ran.rules == ["phantom-done"]
    assert ran.json["findings"][0]["hint"].endswith("add 'closed: merged' to the slice")


def test_fetch_is_as_old_as_it_says(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    (Path(repo.git_dir) / "FETCH_HEAD").touch()

    fetched = shop.run("status").json["as_of"]["fetched"]

    assert fetched.endswith("+00:00")
    assert shop.text("status").stdout.endswith(f"remote branches as fetched at {fetched}\npassed\n")


def test_environment_of_a_hook_and_settings_do_not_change_the_answer(
    repo: git.Repo, tmp_path: Path
) -> None:
    shop = workshop(repo, GATE, tasks=DONE + '    commit: "feat: the API"\n')
    repo.git.switch("--quiet", "main")
    shop.commit({}, "feat: the API")
    before = shop.run("status").stdout
    other = git.Repo.init(tmp_path / "other", initial_branch="main")
    for key, value in (
        ("log.showSignature", "true"), ("log.date", "relative"), ("log.decorate", "full"),
        ("log.follow", "true"), ("color.ui", "always"), ("log.mailmap", "true"),
        ("i18n.logOutputEncoding", "UTF-16"), ("grep.patternType", "perl"),
        ("core.commentChar", "#"), ("format.pretty", "fuller"),
    ):  # fmt: skip
        repo.git.config(key, value)

    own = str(other.git_dir)
    for env in ({}, {"GIT_DIR": own, "GIT_WORK_TREE": str(tmp_path / "other")}, {"GIT_DIR": ".x"}):
        assert shop.run("status", env=env).stdout == before


def test_slices_of_all_plans_are_shown(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    other = plan_of("").replace("id: api", "id: web").replace("feature/api", "feature/web")
    shop.commit({"docs/plan/more/plan.yaml": other.replace("src/", "web/")})

    found = [(one["id"], one["plan"]) for one in shop.run("status").json["slices"]]

    assert found == [("api", PLAN_PATH), ("web", "docs/plan/more/plan.yaml")]


def test_gate_that_the_trusted_plan_demands_is_shown_though_the_branch_dropped_it(
    repo: git.Repo,
) -> None:
    shop = workshop(repo, GATE)
    shop.plan('- {id: other, run: "true"}')

    assert shop.evidence() == {"tests": "never", "other": "never"}


def test_plan_that_is_not_there_is_exit_2(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    shop.commit({PLAN_PATH: None})

    ran = shop.run("status")

    assert (ran.exit, ran.json["schema"]) == (2, "planner.error/1")


def test_json_holds_no_byte_that_is_not_utf8(repo: git.Repo) -> None:
    shop = workshop(repo, GATE)
    record = {"gate": "tests", "definition": "0" * 64, "verdict": "passed", "commit": "x"}
    shop.note(json.dumps({**record, "at": "\ud800"}))
    shop.note(json.dumps({**record, "at": "now"}).replace("now", "\\udcff"))

    assert shop.run("status").exit == 0


def test_the_default_branch_is_that_of_the_ci_event(repo: git.Repo, tmp_path: Path) -> None:
    """Two branches could be the default one; the event says which, as for check-scope."""
    shop = workshop(repo, GATE)
    repo.git.branch("trunk", "main")
    repo.git.update_ref("refs/remotes/origin/main", "main")
    repo.git.update_ref("refs/remotes/origin/trunk", "trunk")
    repo.git.switch("--quiet", "trunk")
    shop.commit({PLAN_PATH: plan_of(GATE.replace("tests", "trunk-tests"))})
    repo.git.update_ref("refs/remotes/origin/trunk", "trunk")
    repo.git.switch("--quiet", "feature/api")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "trunk"}}), encoding="utf-8")
    env = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
    env["GITHUB_EVENT_PATH"] = str(event)

    def gates(env: dict[str, str]) -> set[str]:
        (slice_,) = shop.run("status", env=env).json["slices"]
        return {gate["id"] for gate in slice_["gates"]}

    assert "trunk-tests" in gates(env)
    assert "trunk-tests" not in gates({})
