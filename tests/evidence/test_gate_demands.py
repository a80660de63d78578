"""Which gates count: the trusted ones, and those that a branch adds; never changed ones."""

import git
import pytest
from workshop import PLAN_PATH, Workshop, plan_of, workshop

AGREED = '- {id: ok, run: "true"}\n- {id: bad, run: "exit 1"}'
SOFTENED = '- {id: ok, run: "true"}\n- {id: bad, run: "true"}'
DROPPED = '- {id: ok, run: "true"}'
ADDED = f'{AGREED}\n- {{id: more, run: "true"}}'


def on_main(shop: Workshop, gates: str) -> None:
    shop.repo.git.switch("--quiet", "main")
    shop.plan(gates)
    shop.repo.git.switch("--quiet", "feature/api")


@pytest.mark.parametrize("changed", [SOFTENED, DROPPED])
def test_a_changed_gate_is_named_and_run_as_trusted(repo: git.Repo, changed: str) -> None:
    shop = workshop(repo, AGREED)
    shop.plan(changed)

    ran = shop.run("run-gates")

    assert ran.exit == 1
    assert sorted(ran.rules) == ["gate-changed", "gate-failed"]
    assert [(one["id"], one["verdict"]) for one in ran.json["gates"]] == [
        ("ok", "passed"),
        ("bad", "failed"),
    ]


def test_a_gate_that_the_branch_adds_counts(repo: git.Repo) -> None:
    shop = workshop(repo, AGREED)
    shop.plan(ADDED)

    assert [one["id"] for one in shop.run("run-gates").json["gates"]] == ["ok", "bad", "more"]


@pytest.mark.parametrize("newer", [ADDED, SOFTENED, DROPPED])
def test_a_branch_that_is_only_older_changed_no_gate(repo: git.Repo, newer: str) -> None:
    shop = workshop(repo, AGREED)
    on_main(shop, newer)

    ran = shop.run("run-gates")

    assert "gate-changed" not in ran.rules
    demanded = [line.split("id: ")[1].split(",")[0] for line in newer.splitlines()]
    assert [one["id"] for one in ran.json["gates"]] == demanded


def test_title_of_a_gate_is_not_part_of_its_definition(repo: git.Repo) -> None:
    shop = workshop(repo, AGREED)
    shop.plan(AGREED.replace("id: ok,", "id: ok, title: Fine, description: It is fine,"))

    assert "gate-changed" not in shop.run("run-gates").rules
    assert plan_of(AGREED) != shop.root.joinpath("docs/plan/plan.yaml").read_text()


@pytest.mark.parametrize("words", [("run-gates",), ("check",), ("check", "--only", "gates")])
@pytest.mark.parametrize("is_committed", [True, False])
def test_gates_in_an_unusable_plan_of_the_branch_are_not_skipped(
    repo: git.Repo, words: tuple[str, ...], *, is_committed: bool
) -> None:
    shop = workshop(repo, DROPPED)
    broken = plan_of(f'{DROPPED}\n- {{id: more, run: "exit 1", bogus: 1}}')
    shop.write({PLAN_PATH: broken})
    if is_committed:
        shop.commit({PLAN_PATH: broken})

    ran = shop.run(*words)

    assert (ran.exit, ran.rules) == (2, ["unknown-key"])
    assert ran.json["error"] == {
        "message": f"a plan is unusable: '{PLAN_PATH}'",
        "hint": "fix its errors, then check it: planner lint",
    }
