"""`planner split --verify` runs the gates of each slice on its branch before there is one."""

import git
from big import API, PAGE, big_branch, refs, split, state
from planned import sliced
from world import planner

IMPORTS = "python3 -c 'import web'"


def gate(run: str, **more: object) -> list[dict[str, object]]:
    return [{"id": "imports", "run": run, **more}]


def test_where_all_gates_pass_the_branches_are_made(repo: git.Repo) -> None:
    slices = [
        sliced("api", "api.py", gates=gate("test ! -e web.py")),
        sliced("web", "web.py", depends_on=["api"], stacked=True, gates=gate(IMPORTS)),
    ]
    big_branch(repo, slices, {"api.py": API, "web.py": PAGE}, gates=[{"id": "all", "run": "true"}])
    before = state(repo)
    ran = split(repo, "--verify")

    assert ran.exit == 0, ran.stderr
    assert [(one["slice"], one["id"], one["verdict"]) for one in ran.json["gates"]] == [
        ("api", "all", "passed"),
        ("api", "imports", "passed"),
        ("web", "all", "passed"),
        ("web", "imports", "passed"),
    ]
    assert state(repo) == before
    assert repo.git.worktree("list").count("\n") == 0


def test_where_one_does_not_pass_nothing_is_made(repo: git.Repo) -> None:
    slices = [
        sliced("api", "api.py"),
        sliced("web", "web.py", gates=gate(IMPORTS, setup="echo ready")),
    ]
    big_branch(repo, slices, {"api.py": API, "web.py": PAGE})
    before = refs(repo)
    ran = planner("split", "--verify", at=repo)

    assert ran.exit == 1
    assert "the gate 'imports' failed on the branch of 'web': exit 1" in ran.stdout
    assert ran.stdout.splitlines()[-2:] == [
        "failed   web/imports",
        f"big ({before['refs/heads/big'][:12]}) was not split: nothing was made",
    ]
    assert "ModuleNotFoundError: No module named 'api'" in ran.stderr
    assert refs(repo) == before


def test_a_gate_whose_setup_fails_is_told(repo: git.Repo) -> None:
    setup = "echo no; exit 3"
    big_branch(repo, [sliced("a", "a", gates=gate("true", setup=setup))], {"a": "x\n"})
    ran = split(repo, "--verify", "--dry-run")

    assert (ran.exit, ran.rules) == (1, ["gate-failed"])
    assert "its setup: " in ran.json["gates"][0]["reason"]
