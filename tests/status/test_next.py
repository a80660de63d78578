"""`next` lists what can start now, and for each other task what it waits for."""

import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import git
import pytest
from planned import PLAN, sliced, task, text_of
from world import Ran, commit, planner, root

pytestmark = pytest.mark.slow

OTHER = "docs/plan/other/plan.yaml"
Because = dict[str, list[tuple[str, str]]]


def planned(repo: git.Repo, *slices: dict[str, Any], **top: Any) -> None:
    """Commit a plan to main."""
    commit(repo, {PLAN: text_of(slices, **top)})


def asked(repo: git.Repo, *words: str) -> Ran:
    """Run `next`, which succeeds."""
    ran = planner("next", "--format", "json", *words, at=repo)
    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.json["schema"] == "planner.next/1"
    assert ran.json["ok"] is True
    return ran


def ready(repo: git.Repo, *words: str) -> list[str]:
    return [one["id"] for one in asked(repo, *words).json["ready"]]


def waiting(repo: git.Repo, *words: str) -> Because:
    return {
        one["id"]: [(reason["kind"], reason["id"]) for reason in one["because"]]
        for one in asked(repo, *words).json["waiting"]
    }


def on_branch(repo: git.Repo, name: str, files: dict[str, str] | None = None) -> None:
    """Commit to a new branch, and check out main again."""
    repo.git.switch("--quiet", "-c", name)
    commit(repo, {f"{name}/work.py": "", **(files or {})})
    repo.git.switch("--quiet", "main")


def a_and_b(**more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two slices, the second of which waits for the first."""
    return (
        sliced("a", "a/", tasks=[task("a1")], **more),
        sliced("b", "b/", depends_on=["a"], tasks=[task("b1")]),
    )


def test_tasks_that_wait_for_nothing_are_ready_and_others_say_why_not(repo: git.Repo) -> None:
    one = sliced("a", "a/", tasks=[task("a1"), task("a2", depends_on=["a1"])])
    planned(repo, one, sliced("b", "b/", depends_on=["a"], tasks=[task("b1", depends_on=["a2"])]))

    assert ready(repo) == ["a1"]
    assert waiting(repo) == {
        "a2": [("dependency", "a1")],
        "b1": [("dependency", "a"), ("dependency", "a2")],
    }


def test_the_text_says_the_same(repo: git.Repo) -> None:
    first, second = a_and_b(owner="dana")
    first["tasks"][0]["effort"] = "1h"
    planned(repo, first, second, sliced("c", "c/"))

    ran = planner("next", at=repo)

    assert (ran.exit, ran.stderr) == (0, "")
    assert ran.stdout == (
        "ready  a1 (a, dana, 1h, on the critical path): Do a1\n"
        "       git switch -c a main\n"
        "ready  c (c): The slice c\n"
        "       git switch -c c main\n"
        "waits  b1 (b): a is not done\n"
    )


def test_a_slice_whose_branch_names_it_in_a_commit_is_in_progress(repo: git.Repo) -> None:
    planned(repo, sliced("a", "a/"), sliced("b", "b/", depends_on=["a"], stacked=True))
    on_branch(repo, "codex/1", {"a/x": ""})
    repo.git.switch("--quiet", "codex/1")
    repo.git.commit("--quiet", "--amend", "-m", "x\n\nSlice: a\n")
    repo.git.switch("--quiet", "--create", "codex/2")
    repo.git.commit("--quiet", "--allow-empty", "-m", "y\n\nSlice: b\n")
    repo.git.branch("codex/3", "codex/1")
    repo.git.switch("--quiet", "main")

    assert (ready(repo), waiting(repo)) == ([], {})


def test_the_critical_path_comes_first_then_the_plans_order(repo: git.Repo) -> None:
    tasks = [task("s1", effort="1h"), task("s2", effort="1h"), task("long", effort="9h")]
    planned(repo, sliced("a", "a/", tasks=tasks), sliced("b", "b/", tasks=[task("t")]))

    assert ready(repo) == ["long", "s1", "s2", "t"]


def test_a_merged_slice_delays_nothing_and_is_not_listed(repo: git.Repo) -> None:
    planned(repo, *a_and_b(closed="merged"))

    assert ready(repo) == ["b1"]
    assert waiting(repo) == {}


def test_what_waits_for_a_dropped_slice_never_starts_and_says_why(repo: git.Repo) -> None:
    slices = [
        sliced("a", "a/", closed="dropped", tasks=[task("a1", status="done"), task("a2")]),
        sliced("b", "b/", depends_on=["a"], stacked=True),
        sliced("c", "c/", tasks=[task("c1", depends_on=["a1", "a2"])]),
        sliced("d", "d/"),
    ]
    planned(repo, *slices)

    assert ready(repo) == ["d"]
    assert asked(repo).json["waiting"] == [
        {
            "id": one, "slice": slice_, "plan": PLAN,
            "because": [{"kind": "dependency", "id": id_, "dropped": True} for id_ in ids],
        }
        for one, slice_, ids in (("b", "b", ["a"]), ("c1", "c", ["a1", "a2"]))
    ]  # fmt: skip
    assert planner("next", at=repo).stdout.splitlines()[2:] == [
        "waits  b (b): a is dropped: remove it from 'depends_on'",
        "waits  c1 (c): a1 is dropped: remove it from 'depends_on'; "
        "a2 is dropped: remove it from 'depends_on'",
    ]


@pytest.mark.parametrize(
    "message",
    [
        "feat: a thing\n\nSlice: a\n",
        "feat: the work of a",
        "feat: the work of a (#12)",
    ],
)
def test_a_squashed_slice_has_landed_by_its_line_or_its_subject(
    repo: git.Repo, message: str
) -> None:
    planned(repo, *a_and_b(commit="feat: the work of a"))
    commit(repo, {"a/work.py": ""}, message)

    assert ready(repo) == ["b1"]


@pytest.mark.parametrize(
    "message",
    [
        "Merge branch 'a' into 'main'\n\nSee merge request acme/shop!12",
        "Merged PR 12: feat: the work of a",
        "Merged in a (pull request #12)\n\nApproved-by: Kim",
        "Pull request #12: x\n\nMerge in ACME/shop from ~KIM/shop:a to main",
        "Merge pull request 'x' (#12) from a into main",
        "Merge pull request 'feat: the work of a' (#12) from agent/7 into main",
        "Merge remote-tracking branch 'origin/a'",
    ],
)
def test_a_slice_has_landed_by_the_forms_of_all_hosts_though_its_branch_is_gone(
    repo: git.Repo, message: str
) -> None:
    planned(repo, *a_and_b(commit="feat: the work of a"))
    on_branch(repo, "a")
    assert waiting(repo)["b1"] == [("dependency", "a")]
    is_squash = message.startswith("Merged ")
    repo.git.merge("--quiet", "--squash" if is_squash else "--no-ff", "--no-commit", "a")
    repo.git.commit("--quiet", message=message)
    repo.git.branch("-D", "a")

    assert ready(repo) == ["b1"]


def test_an_earlier_branch_of_the_same_name_does_not_land_a_slice(repo: git.Repo) -> None:
    """GitHub names branches `patch-1` again and again."""
    planned(repo, *a_and_b())
    on_branch(repo, "a")
    repo.git.merge("--quiet", "--no-ff", "a", message="Merge pull request #1 from kim/a")
    repo.git.branch("-D", "a")
    assert ready(repo) == ["b1"]

    on_branch(repo, "a", {"a/more.py": ""})
    assert waiting(repo)["b1"] == [("dependency", "a")]

    repo.git.merge("--quiet", "--squash", "a")
    repo.git.commit("--quiet", message="Merged in a (pull request #2)")
    assert ready(repo) == ["b1"]


def test_a_slice_with_a_second_branch_that_is_not_merged_has_not_landed(repo: git.Repo) -> None:
    first, second = a_and_b()
    planned(repo, first | {"branch": ["a", "a-*"]}, second)
    on_branch(repo, "a")
    repo.git.merge("--quiet", "--no-ff", "a", message="as nobody writes it")
    assert ready(repo) == ["b1"]

    on_branch(repo, "a-2")

    assert waiting(repo)["b1"] == [("dependency", "a")]


def test_a_shallow_clone_takes_no_new_branch_for_one_that_landed(
    repo: git.Repo, tmp_path: Path
) -> None:
    """Its history shows the old commit behind a merge, but not that the base once stood there."""
    planned(repo, *a_and_b())
    old = str(repo.head.commit)
    repo.git.switch("--quiet", "-c", "other")
    commit(repo, {"x": ""})
    repo.git.switch("--quiet", "main")
    for number in range(4):
        commit(repo, {"y": str(number)})
    repo.git.merge("--quiet", "--no-ff", "other", message="merge")
    repo.git.branch("a", old)
    assert waiting(repo)["b1"] == [("dependency", "a")]

    clone = git.Repo.clone_from(root(repo).as_uri(), tmp_path / "clone", depth=3)
    clone.git.update_ref("refs/heads/a", old)

    assert waiting(clone)["b1"] == [("dependency", "a")]


@pytest.mark.parametrize(
    "message",
    ["feat: the work of a, in part", "fix: Slice: a", "feat: x\n\nnot Slice: a\nSlice: ab"],
)
def test_a_similar_message_does_not_land_a_slice(repo: git.Repo, message: str) -> None:
    planned(repo, *a_and_b(commit="feat: the work of a"))
    commit(repo, {"a/work.py": ""}, message)

    assert ready(repo) == ["a1"]


def test_a_merge_commit_lands_a_slice(repo: git.Repo) -> None:
    planned(repo, *a_and_b())
    on_branch(repo, "a")
    assert waiting(repo)["b1"] == [("dependency", "a")]

    repo.git.merge("--quiet", "--no-ff", "a", message="merge")

    assert ready(repo) == ["b1"]


def test_a_fresh_branch_without_a_commit_has_not_landed(repo: git.Repo) -> None:
    planned(repo, *a_and_b())
    repo.git.branch("a")
    commit(repo, {"x": ""})

    assert ready(repo) == ["a1"]
    assert waiting(repo)["b1"] == [("dependency", "a")]


def test_a_slice_lands_on_its_own_base(repo: git.Repo) -> None:
    planned(repo, *a_and_b(base="next"))
    commit(repo, {"x": ""}, "x\n\nSlice: a")
    assert ready(repo) == ["a1"]

    repo.git.branch("next")

    assert ready(repo) == ["b1"]


def test_a_slice_that_overlaps_one_in_progress_waits_with_a_witness(repo: git.Repo) -> None:
    slices = [sliced("a", "src/**", tasks=[task("a1")]), sliced("b", "**/*.py", tasks=[task("b1")])]
    planned(repo, *slices, sliced("c", "docs/", tasks=[task("c1")]))
    on_branch(repo, "a")

    (waits,) = asked(repo).json["waiting"]

    assert ready(repo) == ["a1", "c1"]
    assert waits["because"] == [{"kind": "overlap", "id": "a", "witness": "src/x.py"}]
    assert (
        "waits  b1 (b): a is in progress, both may touch 'src/" in planner("next", at=repo).stdout
    )


def test_a_branch_on_a_remote_counts_as_progress(repo: git.Repo) -> None:
    slices = [sliced("a", "src/", tasks=[task("a1")]), sliced("b", "src/x", tasks=[task("b1")])]
    planned(repo, *slices)
    repo.git.update_ref("refs/remotes/origin/a", "HEAD")

    assert waiting(repo) == {"b1": [("overlap", "a")]}


def test_a_task_in_progress_puts_its_slice_in_progress(repo: git.Repo) -> None:
    tasks = [task("a1", status="in-progress"), task("a2")]
    planned(repo, sliced("a", "src/", tasks=tasks), sliced("b", "src/x", tasks=[task("b1")]))

    assert ready(repo) == ["a2"]
    assert waiting(repo) == {"b1": [("overlap", "a")]}


def test_a_landed_slice_is_no_longer_in_progress(repo: git.Repo) -> None:
    tasks = [task("a1", status="in-progress", owner="dana")]
    other = sliced("b", "src/x", tasks=[task("b1", owner="dana")])
    planned(repo, sliced("a", "src/", tasks=tasks), other)
    on_branch(repo, "a")
    assert waiting(repo) == {"b1": [("overlap", "a"), ("owner", "a1")]}

    repo.git.merge("--quiet", "--no-ff", "a", message="merge")

    assert ready(repo) == ["b1"]


def test_two_overlapping_slices_in_progress_wait_for_each_other(repo: git.Repo) -> None:
    slices = [sliced("a", "src/", tasks=[task("a1")]), sliced("b", "src/x", tasks=[task("b1")])]
    planned(repo, *slices)
    on_branch(repo, "a")
    on_branch(repo, "b")

    assert waiting(repo) == {"a1": [("overlap", "b")], "b1": [("overlap", "a")]}


def test_a_slice_does_not_wait_for_those_that_wait_for_it(repo: git.Repo) -> None:
    first = sliced("a", "src/", tasks=[task("a1")])
    middle = sliced("m", "m/", depends_on=["a"], tasks=[task("m1")])
    stacked = sliced("b", "src/", depends_on=["m"], stacked=True, tasks=[task("b1")])
    planned(repo, first, middle, stacked)
    on_branch(repo, "b")

    assert ready(repo) == ["a1"]
    assert waiting(repo) == {"m1": [("dependency", "a")], "b1": [("dependency", "m")]}


def test_shared_paths_do_not_make_a_slice_wait(repo: git.Repo) -> None:
    slices = [sliced(name, f"{name}/", "CHANGELOG.md", tasks=[task(f"{name}1")]) for name in "ab"]
    planned(repo, *slices, shared=["CHANGELOG.md"])
    on_branch(repo, "a")

    assert ready(repo) == ["a1", "b1"]


def test_tasks_of_one_slice_wait_for_the_files_of_those_in_progress(repo: git.Repo) -> None:
    tasks = [
        task("a1", files=["src/a.py"], status="in-progress"),
        task("a2", files=["src/*.py"]),
        task("a3", files=["src/b.py"]),
    ]
    planned(repo, sliced("a", "src/", tasks=tasks))

    (waits,) = asked(repo).json["waiting"]

    assert ready(repo) == ["a3"]
    assert waits["because"] == [{"kind": "overlap", "id": "a1", "witness": "src/a.py"}]


def test_an_owner_does_one_thing_at_a_time(repo: git.Repo) -> None:
    tasks = [task("a1", status="in-progress"), task("a2"), task("a3", owner="orla")]
    planned(repo, sliced("a", "a/", owner="dana", tasks=tasks))

    assert ready(repo) == ["a3"]
    assert waiting(repo) == {"a2": [("owner", "a1")]}


def test_an_owner_does_as_many_tasks_at_a_time_as_the_capacity_says(repo: git.Repo) -> None:
    tasks = [task("a1", status="in-progress"), task("a2", status="in-progress"), task("a3")]
    slices = [sliced("a", "a/", owner="dana", tasks=tasks)]
    planned(repo, *slices, owners={"dana": {"capacity": 3}})
    assert ready(repo) == ["a3"]

    planned(repo, *slices, owners={"dana": {"capacity": 2}})
    assert waiting(repo) == {"a3": [("owner", "a1"), ("owner", "a2")]}


def test_a_blocked_task_waits_and_done_ones_are_not_listed(repo: git.Repo) -> None:
    tasks = [task("a1", status="done"), task("a2", depends_on=["a1"]), task("a3", status="blocked")]
    planned(repo, sliced("a", "a/", tasks=tasks))

    assert ready(repo) == ["a2"]
    assert waiting(repo) == {"a3": [("blocked", "a3")]}


def test_a_slice_without_tasks_is_one_thing_to_start(repo: git.Repo) -> None:
    planned(repo, sliced("a", "a/"), sliced("b", "b/", depends_on=["a"]), sliced("c", "a/x"))
    assert ready(repo) == ["a", "c"]
    assert waiting(repo) == {"b": [("dependency", "a")]}

    on_branch(repo, "a")

    assert ready(repo) == []
    assert waiting(repo) == {"b": [("dependency", "a")], "c": [("overlap", "a")]}


def test_nothing_left_differs_from_nothing_that_can_start(repo: git.Repo) -> None:
    planned(repo, sliced("a", "a/", tasks=[task("a1", status="done")]))
    assert planner("next", at=repo).stdout == "nothing is left to start\n"

    planned(repo, sliced("a", "a/", tasks=[task("a1", status="blocked")]))
    assert planner("next", at=repo).stdout.startswith("nothing can be started now\nwaits  a1 (a): ")


# --- how to start ------------------------------------------------------------------------------


def started(repo: git.Repo, slice_id: str) -> str:
    """Run the command that `next` prints for a slice; return the branch that is then checked out.

    What stands for a wildcard is replaced, as the output says.
    """
    lines = planner("next", at=repo).stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if f" {slice_id} (" in line)
    command = lines[at + 1].strip().removeprefix("on top of it: ").removeprefix("in progress: ")
    told, _, note = command.partition("  (replace ")
    if note:
        told = told.replace(note.rstrip(")"), "seven")
    repo.git.switch("--quiet", "--detach")
    subprocess.run(["bash", "-c", told], cwd=root(repo), check=True, capture_output=True)
    return str(repo.git.symbolic_ref("--short", "HEAD"))


@pytest.mark.parametrize(
    ("branch", "name"),
    [
        ("feature/a", "feature/a"),
        (["claude/a-*", "feature/a"], "feature/a"),
        ("claude/a-*", "claude/a-seven"),
        (["*/a"], "seven/a"),
        ('feat/it\'s;$(touch${IFS}x)&"q"', 'feat/it\'s;$(touch${IFS}x)&"q"'),
        ("größe", "größe"),
    ],
)
def test_the_command_starts_a_branch_that_the_slice_accepts(
    repo: git.Repo, branch: str | list[str], name: str
) -> None:
    planned(repo, sliced("a", "a/") | {"branch": branch})
    tip = str(repo.head.commit)
    repo.git.update_ref("refs/remotes/origin/main", tip)
    commit(repo, {"not-published": ""})

    (found,) = asked(repo).json["ready"]

    assert (found["start"]["base"], found["start"]["problem"]) == ("origin/main", None)
    assert started(repo, "a") == name
    assert str(repo.head.commit) == tip
    assert not (root(repo) / "x").exists()
    commit(repo, {"a/x": ""})
    judged = planner("check-scope", "--format", "json", at=repo)
    assert (judged.exit, judged.json["slice"]) == (0, "a")


def test_a_branch_that_exists_is_switched_to(repo: git.Repo) -> None:
    tasks = [task("a1", status="in-progress"), task("a2"), task("a3", status="blocked")]
    planned(repo, sliced("a", "a/", tasks=tasks))
    on_branch(repo, "a")
    assert planner("next", at=repo).stdout.splitlines() == [
        "ready  a2 (a, on the critical path): Do a2",
        "       in progress: git switch a",
        "waits  a3 (a): its status in the plan is blocked",
    ]
    assert started(repo, "a2") == "a"

    repo.git.update_ref("refs/remotes/origin/a", "a")
    repo.git.remote("add", "origin", str(root(repo)))
    repo.git.switch("--quiet", "--detach", "main")
    repo.git.branch("-D", "a")

    assert (
        "       in progress: git switch -c a --track origin/a\n" in planner("next", at=repo).stdout
    )
    assert started(repo, "a2") == "a"
    assert (root(repo) / "a/work.py").exists()


def test_a_stacked_slice_starts_on_the_branch_of_its_parent_until_that_is_done(
    repo: git.Repo,
) -> None:
    first, second = a_and_b()
    planned(repo, first, second | {"stacked": True})
    assert "start" not in asked(repo).json["waiting"][0]
    on_branch(repo, "a")

    assert asked(repo).json["waiting"][0]["start"]["command"] == "git switch -c b a"
    assert planner("next", at=repo).stdout.endswith(
        "waits  b1 (b): a is not done\n       on top of it: git switch -c b a\n"
    )
    repo.git.merge("--quiet", "--squash", "a")
    repo.git.commit("--quiet", message="Merged in a (pull request #1)")

    assert asked(repo).json["ready"][0]["start"]["command"] == "git switch -c b main"
    assert started(repo, "b1") == "b"


def test_a_base_that_is_not_here_is_said_and_there_is_no_command(repo: git.Repo) -> None:
    planned(repo, sliced("a", "a/", base="release/1 $x"))

    (found,) = asked(repo).json["ready"]

    assert (found["start"]["branch"], found["start"]["command"]) == ("a", None)
    said = planner("next", at=repo).stdout.splitlines()[1]
    assert said.startswith("       a cannot be started: the branch 'release/1 $x' is not in this")
    refspec = "'+refs/heads/release/1 $x:refs/remotes/origin/release/1 $x'"
    assert f"git fetch origin {refspec}" in said


# --- several plans -------------------------------------------------------------------------------


def two_plans(repo: git.Repo) -> None:
    """Two plans that use the same ids, and meet in src/api."""
    first = sliced("api", "src/api/", branch="one", tasks=[task("build", owner="dana")])
    second = sliced("api", "src/**", branch="two", tasks=[task("build")])
    later = sliced("page", "web/", depends_on=["api"], tasks=[task("test", owner="dana")])
    commit(repo, {PLAN: text_of([first]), OTHER: text_of([second, later])})


def test_equal_ids_are_qualified_by_their_plans(repo: git.Repo) -> None:
    two_plans(repo)
    found = asked(repo).json

    assert [(one["id"], one["plan"]) for one in found["ready"]] == [
        ("build", PLAN),
        ("build", OTHER),
    ]
    assert [one["because"] for one in found["waiting"]] == [[{"kind": "dependency", "id": "api"}]]

    commit(repo, {"src/api/x": ""}, "x")
    on_branch(repo, "one")

    assert [(one["id"], one["plan"]) for one in asked(repo).json["ready"]] == [("build", PLAN)]
    assert asked(repo).json["waiting"][0]["because"] == [
        {"kind": "overlap", "id": "api", "plan": PLAN, "witness": "src/api/x"}
    ]


def test_with_plan_only_its_tasks_are_listed_but_all_plans_count(repo: git.Repo) -> None:
    two_plans(repo)
    on_branch(repo, "one")

    assert ready(repo, "--plan", PLAN) == ["build"]
    assert ready(repo, "--plan", OTHER) == []
    assert waiting(repo, "--plan", OTHER) == {
        "build": [("overlap", "api")],
        "test": [("dependency", "api")],
    }
    said = planner("next", "--plan", OTHER, at=repo).stdout
    assert f"api of {PLAN} is in progress, both may touch 'src/api/x'" in said


def test_an_owner_is_one_person_in_all_plans(repo: git.Repo) -> None:
    first = sliced("a", "a/", tasks=[task("a1", owner="dana", status="in-progress")])
    second = sliced("b", "b/", tasks=[task("b1", owner="dana")])
    commit(repo, {PLAN: text_of([first]), OTHER: text_of([second])})

    assert waiting(repo) == {"b1": [("owner", "a1")]}


def test_an_undecided_overlap_makes_a_slice_wait(repo: git.Repo) -> None:
    runs = (1, 2, 4, 7, 9, 12, 14, 17, 19, 22, 26, 27, 31)
    hard = ["src/*aa*", *(f"src/*a{'?' * n}a*" for n in runs)]
    one = sliced("a", "src/*a*a*a*a*a*a*a*a*", exclude=hard, tasks=[task("a1")])
    planned(repo, one, sliced("b", "src/*", tasks=[task("b1")]))
    on_branch(repo, "a")

    assert waiting(repo) == {"b1": [("overlap", "a")]}
    assert "overlap not decided within the limit" in planner("next", at=repo).stdout


def test_an_unusable_plan_exits_with_2(repo: git.Repo) -> None:
    planned(repo, sliced("a", "a/"))
    commit(repo, {OTHER: "version: 1\n"})

    ran = planner("next", "--format", "json", at=repo)

    assert (ran.exit, ran.json["schema"], ran.json["ok"]) == (2, "planner.error/1", False)


def test_what_could_not_be_decided_is_not_ready(repo: git.Repo) -> None:
    # Any two of these may meet: more pairs than a run looks at.
    names = ["".join(letters) for letters in product("ab", repeat=10)]
    slices = [
        sliced(f"s{at}", *(f"**/*{name}*" for name in names[at::5] if name < "bbbbb"))
        for at in range(5)
    ]
    planned(repo, *slices)
    on_branch(repo, "s4")

    ran = planner("next", "--format", "json", at=repo)

    assert ran.exit == 2
    assert "overlap could not be decided within the limit" in ran.json["error"]["message"]
