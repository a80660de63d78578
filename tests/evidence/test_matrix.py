"""`planner matrix` lists the jobs that `check` asks for, and none that the CI does not take."""

import json

import git
import pytest
from workshop import PLAN_PATH, plan_of, workshop

pytestmark = pytest.mark.slow

ONE = '[{id: good, run: "true"}]'


def many(count: int) -> str:
    return json.dumps([{"id": f"g{number}", "run": "true"} for number in range(count)])


def test_a_branch_that_is_no_slice_has_no_jobs_and_is_said_to_have_none(repo: git.Repo) -> None:
    """The gates of slices say nothing about another branch: `check` asks for none."""
    shop = workshop(repo, ONE)
    repo.git.switch("--quiet", "--create", "elsewhere")

    ran = shop.text("matrix", "--for", "github")

    assert (ran.exit, ran.json) == (0, {"include": []})
    assert ran.stderr == "no gates to run: the branch 'elsewhere' is not a slice\n"
    assert shop.run("check").json["parts"]["gates"]["why"] in ran.stderr
    assert shop.text("matrix", "--for", "gitlab").json == {
        "no-gates": {"script": ["echo no gates to run"]}
    }
    named = shop.text("matrix", "--for", "github", "--slice", "api")
    assert (named.json, named.stderr) == ({"include": [{"slice": "api", "gate": "good"}]}, "")


def test_a_slice_without_gates_says_so(repo: git.Repo) -> None:
    ran = workshop(repo, "").text("matrix", "--for", "github")

    assert (ran.exit, ran.json) == (0, {"include": []})
    assert ran.stderr == "no gates to run: the slice 'api' has no gates\n"


def test_a_head_without_a_branch_is_exit_2_as_for_check(repo: git.Repo) -> None:
    shop = workshop(repo, ONE)
    repo.git.switch("--quiet", "--detach")

    for words in (("matrix", "--for", "github"), ("check", "--only", "gates"), ("run-gates",)):
        ran = shop.text(*words)
        assert (ran.exit, ran.stdout) == (2, ""), words
        assert ran.stderr.endswith("hint: name the slice: --slice ID\n")


@pytest.mark.parametrize(("system", "most"), [("github", 256), ("gitlab", 500)])
def test_more_jobs_than_the_ci_takes_are_exit_2_with_what_to_do(
    repo: git.Repo, system: str, most: int
) -> None:
    shop = workshop(repo, many(most + 1))

    ran = shop.text("matrix", "--for", system)

    assert (ran.exit, ran.stdout) == (2, "")
    assert f"{most + 1} jobs are more than the {most} that GitHub" in ran.stderr or (
        f"{most + 1} jobs are more than the {most} that GitLab.com" in ran.stderr
    )
    assert ran.stderr.endswith("hint: make a job for each slice: --of slices\n")
    assert shop.text("matrix", "--for", system, "--of", "slices").exit == 0
    repo.git.switch("--quiet", "main")
    shop.commit({PLAN_PATH: plan_of(many(most))})
    repo.git.switch("--quiet", "--create", "next")
    fits = shop.text("matrix", "--for", system, "--slice", "api").json
    assert len(fits.get("include", fits)) == most


@pytest.mark.parametrize("kind", ["text", "link", "folder"])
def test_a_plan_of_the_head_that_cannot_be_read_stops_all_that_asks_for_gates(
    repo: git.Repo, kind: str
) -> None:
    shop = workshop(repo, ONE)
    place = shop.root / PLAN_PATH
    place.unlink()
    if kind == "text":
        place.write_text("version: [")
    elif kind == "link":
        place.symlink_to("nowhere.yaml")
    else:
        shop.write({f"{PLAN_PATH}/x": ""})
    shop.commit({})

    for words in (
        ("run-gates",), ("run-gates", "--slice", "api"), ("check", "--only", "gates"),
        ("matrix", "--for", "github"),
    ):  # fmt: skip
        ran = shop.text(*words)
        assert (ran.exit, "passed" in ran.stdout) == (2, False), words
        assert "plan" in ran.stderr
    assert shop.records() == []
