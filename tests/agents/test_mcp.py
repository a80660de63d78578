"""`planner mcp`: what its tools answer."""

import json
from pathlib import Path
from typing import Any

import git
import pytest
from hub import Hub
from hypothesis import given
from hypothesis import strategies as st
from mcp_client import ERAS, Answer, Call, Connection, answer, answers
from workshop import PLAN_PATH, Workshop, plan_of, workshop
from world import Files, commit, planner, root

from planner.agents.server.tools import command, tools

READING = ["overview", "next", "brief", "check", "lint"]
ALLOWED = ("--allow-run", "--allow-claim")
GATES = """
    - {id: tests, run: echo tests}
    - {id: lint, run: exit 1}
"""


@pytest.fixture
def shop(repo: git.Repo) -> Workshop:
    """A repository with one slice, on its branch, with a gate that passes and one that does not."""
    return workshop(repo, GATES)


def document_of(at: Path, *words: str, exit_code: int = 0) -> Any:
    """The document that a command prints."""
    ran = planner(*words, "--format", "json", at=at)
    assert ran.exit == exit_code, ran
    return ran.json


def message_of(failed: Answer) -> tuple[str, str]:
    """The message and the hint of a call that failed, which program and model read alike."""
    assert failed.is_error
    assert failed.document == json.loads(failed.text)
    error = failed.document["error"]
    return error["message"], error["hint"]


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_an_answer_is_the_document_of_the_command(era: str, shop: Workshop) -> None:
    shop.write({"stray.py": ""})
    commands = {
        ("overview", ""): ["status"],
        ("overview", "id"): ["status", "api"],
        ("next", ""): ["next"],
        ("brief", ""): ["brief"],
        ("brief", "id"): ["brief", "api"],
        ("check", ""): ["check-scope", "--worktree"],
        ("check", "slice"): ["check-scope", "--worktree", "--slice", "api"],
        ("lint", ""): ["lint"],
        ("lint", "plan"): ["lint", "--plan", PLAN_PATH],
    }
    values = {"id": "api", "slice": "api", "plan": PLAN_PATH}
    calls = [(tool, {key: values[key]} if key else {}) for tool, key in commands]
    found = answers(shop.root, *calls, era=era)

    for words, one in zip(commands.values(), found, strict=True):
        # Exit code 1, as of check-scope here, is an answer like any other.
        expected = document_of(shop.root, *words, exit_code=int(words[0] == "check-scope"))
        assert one == (False, expected, one.text)
        assert json.loads(one.text) == expected


def test_gates_run_and_their_verdicts_are_the_answer(shop: Workshop) -> None:
    whole, one = answers(
        shop.root, ("run_gates", {}), ("run_gates", {"gates": ["tests"]}), options=["--allow-run"]
    )

    assert not whole.is_error
    assert not one.is_error
    assert (whole.document["ok"], one.document["ok"]) == (False, True)
    verdicts = {gate["id"]: gate["verdict"] for gate in whole.document["gates"]}
    assert verdicts == {"tests": "passed", "lint": "failed"}
    assert whole.document["recorded"]
    assert [record["gate"] for record in shop.records()] == ["tests", "lint", "tests"]


@pytest.mark.parametrize("era", ERAS)
def test_gates_do_not_run_without_leave(era: str, shop: Workshop) -> None:
    (denied,) = answers(shop.root, ("run_gates", {}), era=era)

    message = "no tool 'run_gates' is offered"
    assert message_of(denied) == (message, f"the tools are: {', '.join(READING)}")
    assert shop.records() == []


def test_the_listing_has_at_most_6000_bytes(shop: Workshop) -> None:
    with Connection(shop.root, *ALLOWED) as server:
        server.send("tools/list", of=1)
        line = server.stdout.readline()

    listed = json.loads(line)["result"]["tools"]
    assert [tool["name"] for tool in listed] == [*READING, "run_gates"]
    assert len(line) <= 6_000
    writing = [tool["name"] for tool in listed if not tool["annotations"]["readOnlyHint"]]
    assert writing == ["next", "run_gates"]


def test_claiming_needs_leave() -> None:
    with_claim = {tool.name: tool for tool in tools(may_claim=True)}["next"]
    without = {tool.name: tool for tool in tools()}["next"]

    assert [*without.arguments] == ["plan"]
    assert without.is_reading
    assert command(with_claim, {"claim": True, "slice": "api"}) == [
        "next", "--claim", "--slice=api", "--format=json",
    ]  # fmt: skip
    assert command(with_claim, {"claim": False, "slice": None}) == ["next", "--format=json"]


@pytest.mark.slow
def test_a_claim_creates_the_branch_only_with_leave(hub: Hub, two: str) -> None:
    author = root(hub.author)
    message, hint = message_of(answer(author, "next", claim=True))
    assert (message, hint) == ("the tool 'next' has no argument 'claim'", "its arguments are: plan")
    assert hub.branches() == {}

    first, taken, third = answers(
        author,
        ("next", {"claim": True}),
        ("next", {"claim": True, "slice": "a"}),
        ("next", {}),
        options=["--allow-claim"],
    )
    assert first.document["claimed"]["slice"] == "a"
    assert hub.branches() == {"a": two}
    # Exit code 1: there is an answer, and nothing was claimed.
    assert (taken.is_error, taken.document["ok"], taken.document["claimed"]) == (False, False, None)
    assert [one["id"] for one in third.document["ready"]] == ["b"]


@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_an_unusable_plan_is_an_error_with_message_hint_and_findings(
    era: str, repo: git.Repo
) -> None:
    commit(repo, {PLAN_PATH: "version: 1\ntitle: T\nslices: []\nslises: []\n"})
    expected = document_of(root(repo), "status", exit_code=2)
    overview, lint = answers(root(repo), ("overview", {}), ("lint", {}), era=era)

    assert overview == (True, expected, overview.text)
    assert message_of(overview) == (expected["error"]["message"], expected["error"]["hint"])
    assert [one["rule"] for one in overview.document["findings"]] == ["unknown-key"]
    # For lint it is not: there the findings are the answer.
    assert lint == (False, document_of(root(repo), "lint", exit_code=1), lint.text)


def test_an_unknown_slice_is_an_error_with_the_slices_that_there_are(shop: Workshop) -> None:
    calls = (("check", {"slice": "apj"}), ("brief", {"id": "apj"}), ("overview", {"id": "apj"}))
    for found in answers(shop.root, *calls):
        message, hint = message_of(found)

        assert "'apj'" in message
        assert "api" in hint


def test_a_folder_without_a_repository_is_an_error_of_the_call(tmp_path: Path) -> None:
    expected = document_of(tmp_path, "lint", exit_code=2)

    assert answer(tmp_path, "lint").document == expected


def test_a_document_that_leaves_something_undecided_is_an_error(shop: Workshop) -> None:
    shop.commit({PLAN_PATH: plan_of("- {id: tests, run: echo tests}")})
    (Path(shop.repo.git_dir) / "refs" / "notes").write_text("a file in the place of the folder")
    expected = document_of(shop.root, "run-gates", "--gate", "tests", exit_code=2)
    failed = answer(shop.root, "run_gates", "--allow-run", gates=["tests"])

    assert failed.is_error
    assert failed.document["gates"][0]["verdict"] == "passed"
    assert failed.document["undecided"] == expected["undecided"]


@pytest.mark.slow
def test_a_call_sees_the_plan_and_the_work_tree_as_they_are_then(shop: Workshop) -> None:
    broken: Files = {"stray.py": "", PLAN_PATH: "version: 2\n"}
    mended: Files = {"stray.py": None, PLAN_PATH: plan_of(GATES)}
    shop.write({"stray.py": ""})
    with Connection(shop.root) as server:
        for number, files in enumerate((mended, broken, mended, broken)):
            shop.write(files)
            is_broken = int(files is broken)
            for tool, words in (("check", ["check-scope", "--worktree"]), ("lint", ["lint"])):
                server.call(tool, of=number)
                found = server.receive()["result"]["structuredContent"]
                assert found == document_of(shop.root, *words, exit_code=is_broken)


@pytest.mark.slow
def test_options_of_the_server_hold_for_each_call(shop: Workshop, tmp_path: Path) -> None:
    other = plan_of("").replace("id: api", "id: other").replace("feature/api", "feature/other")
    shop.write({"docs/plan/other/plan.yaml": other})
    options = ["--repo", str(shop.root), "--plan", "other", "--strict"]
    strict, named = answers(
        tmp_path, ("overview", {}), ("overview", {"plan": PLAN_PATH}), options=options
    )

    assert [one["id"] for one in strict.document["slices"]] == ["other"]
    assert [one["id"] for one in named.document["slices"]] == ["api"]
    linted = answer(tmp_path, "lint", "--strict", "-C", str(shop.root)).document
    assert linted == document_of(shop.root, "lint", "--strict", exit_code=1)


def test_an_argument_that_a_tool_does_not_have_is_refused(shop: Workshop) -> None:
    wrong: dict[str, Call] = {
        "the tool 'check' has no argument 'slice_id'": ("check", {"slice_id": "api"}),
        "the argument 'slice' is not a string": ("check", {"slice": ["api"]}),
        "the argument 'slice' has the character '\\x00'": ("check", {"slice": "a\0"}),
        "the argument 'gates' is not a list of strings": ("run_gates", {"gates": ["tests", 1]}),
        "the slice 'api' has no gate 'tests, lint'": ("run_gates", {"gates": "tests, lint"}),
    }
    found = answers(shop.root, *wrong.values(), options=ALLOWED)

    assert [message_of(one)[0] for one in found] == [*wrong]
    assert shop.records() == []


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_no_value_is_an_option(text: str) -> None:
    for tool in tools(may_run=True, may_claim=True):
        for name, argument in tool.arguments.items():
            if argument.kind != "boolean":
                words = command(tool, {name: text})
                before = [*tool.words, f"{argument.option}={text}", "--format=json"]
                behind = [*tool.words, "--format=json", "--", text]
                assert words == (before if argument.option else behind)


def test_an_id_that_looks_like_an_option_is_an_id(shop: Workshop) -> None:
    ids = ("--agents-md=AGENTS.md", "--help", "-C/", "--")
    found = answers(shop.root, *(("brief", {"id": text}) for text in ids))

    said = [message_of(one)[0] for one in found]
    assert said == [f"no plan has a slice or task {text!r}" for text in ids]
    assert not (shop.root / "AGENTS.md").exists()


def test_text_of_a_plan_cannot_control_what_shows_an_answer(repo: git.Repo) -> None:
    commit(repo, {PLAN_PATH: "version: 1\ntitle: T\n::error::\u202e: 1\n"})
    (found,) = answers(root(repo), ("lint", {}))

    assert found.document == document_of(root(repo), "lint", exit_code=1)
    assert "\u202e" not in found.text
    assert "\n" not in found.text


def test_modules_of_the_checkout_are_not_run(shop: Workshop) -> None:
    trap = "import sys\nsys.exit('trapped')\n"
    shop.write({"json.py": trap, "planner/__init__.py": trap, "git.py": trap})
    found = answer(shop.root, "check")

    assert [one["path"] for one in found.document["findings"]] == [
        "git.py", "json.py", "planner/__init__.py",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_answer_that_no_model_can_read_is_an_error(repo: git.Repo) -> None:
    keys = "".join(f"{number}{'x' * 170}: 1\n" for number in range(10_000))
    commit(repo, {PLAN_PATH: f"version: 1\ntitle: T\n{keys}"})

    assert message_of(answer(root(repo), "lint")) == (
        "the answer has more than 4 MiB",
        "planner lint --format json prints all of it",
    )


def test_without_the_sdk_it_says_what_to_install(shop: Workshop, tmp_path: Path) -> None:
    # In front of the installed one, a package that lacks what is new in its version 2.
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp/__init__.py").touch()
    ran = planner("mcp", at=shop.root, env={"PYTHONPATH": str(tmp_path)})

    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr == (
        "error: planner mcp needs the MCP SDK\nhint: pip install 'pr-planner[mcp]'\n"
    )
    help_ = planner("mcp", "--help", at=shop.root, env={"PYTHONPATH": str(tmp_path)})
    assert (help_.exit, "pip install 'pr-planner[mcp]'" in help_.stdout) == (0, True)


def test_a_format_is_refused(shop: Workshop) -> None:
    ran = planner("mcp", "--format", "json", at=shop.root)

    assert (ran.exit, ran.json["error"]["hint"]) == (2, "leave it out")
