"""Bases, the default branch and merge queues are no claims, and `release` does not delete them."""

import git
import pytest
from hub import Hub, claim, claimed, held, refused
from planned import sliced
from world import planner

pytestmark = pytest.mark.slow


def push(hub: Hub, *names: str) -> None:
    """Push main's tip as these branches."""
    hub.author.git.push("--quiet", "origin", *(f"main:refs/heads/{name}" for name in names))


def released(at: git.Repo, id_: str) -> tuple[int, list[str], list[str]]:
    ran = planner("release", id_, "--format", "json", at=at)
    findings = [one["message"] for one in ran.json["findings"]]
    return ran.exit, findings, [one["branch"] for one in ran.json["released"]]


def states(at: git.Repo) -> dict[str, str]:
    at.git.fetch("--quiet")
    ran = planner("status", "--format", "json", at=at)
    return {one["id"]: one["state"] for one in ran.json["slices"]}


def test_the_default_branch_is_never_the_branch_of_a_slice(hub: Hub) -> None:
    hub.plan([sliced("m", "m/", branch=["feature/m", "*"])])

    assert held(hub.author) == []
    assert states(hub.author) == {"m": "planned"}
    assert released(hub.author, "m") == (
        1,
        ["the slice 'm' is not taken: 'origin' has no branch for it"],
        [],
    )
    assert "main" in [head.name for head in hub.bare.heads]
    assert claimed(claim(hub.author)) == "m"
    assert released(hub.author, "m") == (0, [], ["feature/m"])
    assert [head.name for head in hub.bare.heads] == ["main"]


def test_the_base_of_another_slice_is_no_claim_of_a_slice_whose_pattern_accepts_it(
    hub: Hub,
) -> None:
    web = sliced("web", "web/", base="release-2")
    del web["branch"]
    release = sliced("release", "release/")
    del release["branch"]
    hub.plan([release, web], branches=["{id}", "{id}-*"])
    push(hub, "release-1", "release-2")

    assert held(hub.author) == [("release", "release-1", None)]
    assert released(hub.author, "release") == (0, [], ["release-1"])
    assert hub.branches().keys() == {"release-2"}
    assert states(hub.clone("clone")) == {"release": "planned", "web": "planned"}


def test_the_base_of_a_plan_and_the_branches_of_a_queue_are_no_claims(hub: Hub) -> None:
    slices = [sliced("dev", "dev/", branch=["feature/dev", "dev*", "queue/*"], base="main")]
    hub.plan(slices, base="develop", queues=["queue/*"])
    push(hub, "develop", "develop-2", "queue/7")

    assert held(hub.author) == [("dev", "develop-2", None)]
    assert released(hub.author, "dev") == (0, [], ["develop-2"])
    assert hub.branches().keys() == {"develop", "queue/7"}


def test_a_slice_whose_only_name_is_the_default_branch_cannot_be_claimed(hub: Hub) -> None:
    hub.plan([sliced("m", "m/", branch="main")])

    assert held(hub.author) == []
    assert refused(claim(hub.author, "--slice", "m")) == (
        1,
        [
            (
                "not-claimed",
                "the slice 'm' cannot be claimed: its branch 'main' is the default branch",
            )
        ],
    )


def test_a_branch_that_a_slice_spells_and_another_lands_on_is_a_claim_but_is_not_deleted(
    hub: Hub,
) -> None:
    hub.plan([sliced("low", "low/"), sliced("top", "top/", base="low")])
    push(hub, "low")

    assert held(hub.author) == [("low", "low", None)]
    assert released(hub.author, "low") == (
        1,
        ["'low' on 'origin' is the base of the slice 'top': planner does not delete it"],
        [],
    )
    assert hub.branches().keys() == {"low"}
