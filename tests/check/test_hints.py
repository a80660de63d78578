"""A hint names an option only where the command has it, or with the command that has it."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from shop import PLAN_PATH, Shop
from world import planner

pytestmark = pytest.mark.slow

COMMANDS = (
    ("check-scope",),
    ("check",),
    ("run-gates",),
    ("matrix", "--for", "github"),
    ("plan-diff",),
    ("status",),
    ("lint",),
)


@cache
def options(command: str) -> frozenset[str]:
    """The options that the help of a command lists."""
    return frozenset(re.findall(r"--[a-z-]+", planner(command, "--help", at=Path("/")).stdout))


def unknown_options(command: str, hint: str) -> list[str]:
    """The options in a hint that the command lacks; those of another command may follow its name.

    Options of git are git's own.
    """
    unknown = []
    for part in re.split(r", | \(|; ", hint):
        named = re.search(r"\bplanner ([a-z-]+)", part)
        if not re.search(r"\bgit [a-z]", part):
            known = options(named[1] if named else command)
            unknown += [one for one in re.findall(r"--[a-z-]+", part) if one not in known]
    return unknown


def without_default_branch(shop: Shop) -> dict[str, str]:
    shop.git.branch("-m", "main", "trunk")
    shop.git.symbolic_ref("--delete", "refs/remotes/origin/HEAD")
    shop.git.update_ref("-d", "refs/remotes/origin/main")
    return {}


def without_base(shop: Shop) -> dict[str, str]:
    shop.on_main({PLAN_PATH: shop.git.show(f"main:{PLAN_PATH}") + "base: release\n"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    return {}


def without_target(shop: Shop) -> dict[str, str]:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    return shop.event(head=head, head_ref="feature/api", base_ref="release")


def without_event(shop: Shop) -> dict[str, str]:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    event = shop.event(head=head, head_ref="feature/api")
    return event | {"GITHUB_EVENT_PATH": str(shop.folder / "none.json")}


def without_plan(shop: Shop) -> dict[str, str]:
    shop.on_main({PLAN_PATH: None})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    return {}


def without_history(shop: Shop) -> dict[str, str]:
    shop.git.switch("--quiet", "--orphan", "feature/api")
    shop.commit({"src/api/a.py": "a = 2\n"})
    return {}


def with_two_slices_of_one_name(shop: Shop) -> dict[str, str]:
    shop.on_main({"docs/plan/b/plan.yaml": shop.git.show(f"main:{PLAN_PATH}")})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    return {}


def with_a_detached_head(shop: Shop) -> dict[str, str]:
    shop.git.switch("--quiet", "--detach")
    shop.commit({"src/api/a.py": "a = 2\n"})
    return {}


@pytest.mark.parametrize(
    "broken",
    [
        without_default_branch,
        without_base,
        without_target,
        without_event,
        without_plan,
        without_history,
        with_two_slices_of_one_name,
        with_a_detached_head,
    ],
)
def test_a_hint_names_no_option_that_the_command_lacks(
    shop: Shop, broken: Callable[[Shop], dict[str, str]]
) -> None:
    env = broken(shop)
    wrong = []
    for command, *words in COMMANDS:
        document = planner(command, *words, "--format", "json", at=shop.folder, env=env).json
        findings = document.get("findings", []) if isinstance(document, dict) else []
        hints = [one.get("hint", "") for one in findings]
        if isinstance(document, dict) and "error" in document:
            hints.append(document["error"].get("hint", ""))
        wrong += [(command, hint) for hint in hints if unknown_options(command, hint)]

    assert wrong == []


def test_an_unknown_slice_lists_the_known_ones(shop: Shop) -> None:
    ran = shop.check("--slice", "zzz")

    assert ran.json["error"] == {
        "message": "unknown slice 'zzz'",
        "hint": "the slices are: api, web, guide, old",
    }


def test_an_unknown_slice_without_any_plan_says_that_there_is_none(shop: Shop) -> None:
    shop.on_main({PLAN_PATH: None})

    ran = planner("run-gates", "--slice", "api", "--format", "json", at=shop.folder)

    assert ran.json["error"] == {
        "message": "unknown slice 'api'",
        "hint": "there is no usable plan: planner lint",
    }


def test_a_head_that_is_not_a_branch_is_named(shop: Shop) -> None:
    shop.git.switch("--quiet", "--detach")
    shop.commit({"src/api/a.py": "a = 2\n"})
    heads = ((), ("--head", "HEAD"), ("--head", "HEAD^0"))

    messages = [shop.check(*words).json["findings"][0]["message"] for words in heads]

    assert messages == [
        "HEAD is detached",
        "HEAD is detached",
        "'HEAD^0' is not a branch",
    ]


def test_a_detached_head_is_counted_as_head(shop: Shop) -> None:
    shop.git.switch("--quiet", "--detach")
    shop.commit({"src/api/a.py": "a = 2\n"})

    assert "\nHEAD: 1 path changed\n" in shop.text().stdout


@pytest.mark.parametrize(
    ("fork", "message", "hint"),
    [
        ("mallory/shop", ", which is in the fork 'mallory/shop'", "from: 'mallory/shop'"),
        (None, ", whose fork is deleted", "from: '*'"),
    ],
)
def test_a_branch_of_a_fork_is_told_that_its_fork_is_not_named(
    shop: Shop, fork: str | None, message: str, hint: str
) -> None:
    head = shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    env = shop.event(head=head, head_ref="feature/api", fork=fork)

    [finding] = shop.check(env=env).json["findings"]

    assert finding["message"] == f"no slice and no rule accepts the branch 'feature/api'{message}"
    assert finding["hint"] == f"a slice or rule accepts a fork only by name: {hint}"


def test_an_event_without_the_head_of_its_pull_request_is_told(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})

    error = shop.check(env=shop.event(head="", head_ref="feature/api")).json["error"]

    assert error["message"] == "the event has no pull_request.head.sha"
