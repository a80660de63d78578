"""`planner guard --install`: hooks come into a client's settings, and out of them byte for byte."""

import json
import os
from pathlib import Path
from typing import Any

import git
import hypothesis
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pages import with_planner, without_planner
from world import commit, planner, root

from planner.agents.hooks import settings
from planner.agents.hooks.payloads import CLIENTS, Client
from planner.agents.hooks.settings import PATHS

EVENTS = {
    "claude": ["PreToolUse", "Stop"],
    "codex": ["PreToolUse", "Stop"],
    "cursor": ["preToolUse", "stop"],
    "copilot": ["preToolUse", "agentStop"],
}


def commands(value: Any) -> list[str]:
    """All commands in settings."""
    if isinstance(value, dict):
        own = [value[key] for key in ("command", "bash") if key in value]
        return own + [one for inner in value.values() for one in commands(inner)]
    return [one for inner in value for one in commands(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("client", CLIENTS)
def test_a_new_file_has_just_the_hooks_and_goes_again(client: Client, repo: git.Repo) -> None:
    path = root(repo) / PATHS[client]

    found = {"PATH": f"{with_planner(root(repo))}{os.pathsep}{os.environ['PATH']}"}

    ran = planner("guard", "--install", client, at=repo, env=found)

    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, f"{PATHS[client]}: written")
    assert len(ran.stdout.splitlines()) == 2  # what the user must still do
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written["hooks"]) == EVENTS[client]
    assert [one.rpartition("planner guard")[2] for one in commands(written)] == ["", " --stop"]
    assert ("version" in written) == (client in ("cursor", "copilot"))
    again = planner("guard", "--install", client, "--format", "json", at=repo)
    assert (again.exit, again.json["written"]) == (0, [])

    planner("guard", "--install", client, "--fail-closed", at=repo)
    closed = commands(json.loads(path.read_text(encoding="utf-8")))
    assert [one.rpartition("planner guard")[2] for one in closed] == [
        " --fail-closed",
        " --fail-closed --stop",
    ]
    ran = planner("guard", "--uninstall", client, "--format", "json", at=repo)
    assert (ran.exit, ran.json["written"], path.exists()) == (0, [PATHS[client]], False)
    ran = planner("guard", "--uninstall", client, at=repo)
    assert (ran.exit, ran.stdout) == (0, f"{PATHS[client]}: unchanged\n")


def test_it_says_where_a_client_could_not_call_the_hook(repo: git.Repo) -> None:
    ran = planner(
        "guard", "--install", "claude", at=repo, env={"PATH": without_planner(root(repo))}
    )

    assert ran.exit == 0
    assert ran.stdout.splitlines()[1] == (
        "  'planner' is not on PATH, so a client cannot call it and no edit is judged: install it "
        "with 'pipx install pr-planner', or add its folder to PATH"
    )


OTHER = {"matcher": "Bash", "hooks": [{"type": "command", "command": "echo planner"}]}
TEXTS = [
    "{}",
    "{ }",
    "{\n}",
    '{"a": 1}\n',
    '{"hooks": {}}',
    '{"hooks": { }, "b": [1,2]}',
    '{"hooks": {"PreToolUse": []}}',
    '{"hooks": {"PreToolUse": [ ], "Stop": [\n]}}',
    '{\n\t"hooks": {\n\t\t"PreToolUse": [],\n\t\t"Other": []\n\t},\n\t"z": "hooks"\n}\n',
    json.dumps({"permissions": {"allow": ["x"]}, "hooks": {"PreToolUse": [OTHER]}}, indent=4),
    json.dumps({"hooks": {"Stop": [OTHER, OTHER]}, "x": "\u2028é"}),
    json.dumps({"a": {"b": []}}, indent=2).replace("\n", "\r\n"),
    "\ufeff" + json.dumps({"a": "}"}, indent=2),
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_hooks_come_into_settings_that_are_there_and_out_byte_for_byte(
    text: str, repo: git.Repo
) -> None:
    path = root(repo) / PATHS["claude"]
    path.parent.mkdir()
    path.write_bytes(text.encode())
    before = json.loads(text.removeprefix("\ufeff"))

    planner("guard", "--install", "claude", at=repo)
    after = json.loads(path.read_bytes().decode("utf-8-sig"))
    assert path.read_bytes() != text.encode()
    own = sorted(one for one in commands(after) if "guard" in one)
    assert own == ["planner guard", "planner guard --stop"]
    kept = {key: value for key, value in after.items() if key != "hooks"}
    assert kept == {key: value for key, value in before.items() if key != "hooks"}
    for event, hooks in before.get("hooks", {}).items():
        assert after["hooks"][event][: len(hooks)] == hooks

    planner("guard", "--install", "claude", "--fail-closed", at=repo)
    planner("guard", "--install", "claude", at=repo)
    planner("guard", "--uninstall", "claude", at=repo)
    assert path.read_bytes() == text.encode()


def test_what_others_added_meanwhile_stays(repo: git.Repo) -> None:
    path = root(repo) / PATHS["claude"]
    planner("guard", "--install", "claude", at=repo)
    installed = json.loads(path.read_text(encoding="utf-8"))
    installed["hooks"]["PreToolUse"].append(OTHER)
    installed["model"] = "x"
    path.write_text(json.dumps(installed), encoding="utf-8")  # a client writes it anew

    planner("guard", "--uninstall", "claude", at=repo)

    left = json.loads(path.read_text(encoding="utf-8"))
    assert (left["hooks"]["PreToolUse"], left["model"], commands(left)) == (
        [OTHER],
        "x",
        ["echo planner"],
    )


def test_hooks_that_others_wrote_about_the_guard_stay(repo: git.Repo) -> None:
    path = root(repo) / PATHS["claude"]
    path.parent.mkdir()
    theirs = {
        "SessionStart": [{"hooks": [{"type": "command", "command": "echo planner guard judges"}]}],
        "PreToolUse": [{"hooks": [{"type": "command", "command": "planner guard | tee log"}]}],
        "Other": [{"hooks": [{"type": "command", "command": "planner guard"}]}],
    }
    text = json.dumps({"hooks": theirs}, indent=2)
    path.write_text(text, encoding="utf-8")

    planner("guard", "--install", "claude", at=repo)
    planner("guard", "--install", "claude", "--fail-closed", at=repo)
    planner("guard", "--uninstall", "claude", at=repo)

    assert path.read_text(encoding="utf-8") == text


def test_a_key_that_the_client_needs_and_that_is_missing_is_said(repo: git.Repo) -> None:
    path = root(repo) / PATHS["cursor"]
    path.parent.mkdir()
    path.write_text("{}", encoding="utf-8")

    assert 'add "version": 1 to it' in planner("guard", "--install", "cursor", at=repo).stdout


WRONG = [
    "",
    "not JSON",
    '{"a": 1} // a comment',
    '{"hooks": {"PreToolUse": [],}}',
    "[]",
    '"text"',
    '{"hooks": []}',
    '{"hooks": {"PreToolUse": {}}}',
    '{"hooks": null}',
    '{"hooks": {}, "hooks": {}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("word", ["--install", "--uninstall"])
def test_settings_that_are_not_what_they_should_be_stay_as_they_are(
    word: str, text: str, repo: git.Repo
) -> None:
    path = root(repo) / PATHS["cursor"]
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")

    ran = planner("guard", word, "cursor", at=repo)

    assert (ran.exit, ran.stdout, path.read_text(encoding="utf-8")) == (2, "", text)
    assert "so it is left as it is" in ran.stderr


@pytest.mark.parametrize("kind", ["link", "folder", "bytes"])
def test_a_link_a_folder_and_bytes_are_refused(kind: str, repo: git.Repo, tmp_path: Path) -> None:
    path = root(repo) / PATHS["claude"]
    path.parent.mkdir()
    outside = tmp_path / "outside.json"
    outside.write_text("{}", encoding="utf-8")
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff{}")

    ran = planner("guard", "--install", "claude", at=repo)

    assert (ran.exit, ran.stdout, outside.read_text(encoding="utf-8")) == (2, "", "{}")


def test_it_says_where_the_branch_may_not_change_the_settings(repo: git.Repo) -> None:
    plan = (
        "version: 1\ntitle: T\nexclude: [.github]\nslices:\n"
        "  - {id: a, title: A, branch: feature/a, scope: {include: [.claude/, a]}}\n"
    )
    commit(repo, {"docs/plan/plan.yaml": plan})
    repo.git.switch("--quiet", "-c", "feature/a")

    assert "another branch" not in planner("guard", "--install", "claude", at=repo).stdout
    said = planner("guard", "--install", "copilot", at=repo).stdout
    assert "commit it on another branch: the plan excludes it for every slice" in said


@pytest.mark.parametrize("words", [[], ["--install", "claude", "--uninstall", "claude"]])
def test_a_person_is_told_to_name_a_client(words: list[str], repo: git.Repo) -> None:
    ran = planner("guard", "--help", at=repo)
    assert (ran.exit, "--install" in ran.stdout) == (0, True)
    if words:
        assert planner("guard", *words, at=repo).exit == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
EVENT = st.sampled_from(["PreToolUse", "Stop", "Other"])
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "a": JSON,
        "hooks": st.dictionaries(EVENT, st.lists(JSON, max_size=3), max_size=3),
        "z": JSON,
    },
)


@hypothesis.settings(suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine
@given(SETTINGS, st.sampled_from([None, 1, 2, 4, "\t"]), st.booleans(), st.booleans())
def test_any_settings_come_back_byte_for_byte(
    value: dict[str, Any], indent: int | str | None, is_closed: bool, is_ascii: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    entries = settings._entries("claude", is_closed=is_closed)

    with_hooks = settings._with(text, entries)

    after = json.loads(with_hooks)
    for event, entry in entries.items():
        assert after["hooks"][event][-1] == entry
    assert settings._without(with_hooks) == text
