"""`planner guard`: an edit is judged as check-scope would, and answered as the client wants it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import clients
import git
import pytest
from clients import Sent, claude, codex, copilot, copilot_snake, cursor, vs_code
from pages import ROOT
from world import Ran, commit, planner, root

from planner.agents.hooks.patches import Edit, UnreadableError, edits_of

PLAN_PATH = "docs/plan/plan.yaml"
PLAN = """\
version: 1
title: Shop
shared: [CHANGELOG.md]
exclude: [.github]
unplanned:
  - {branch: "fix/*", include: ["**"]}
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {include: [src/api/, link.txt]}
    tasks: [{id: one, title: One}]
  - id: web
    title: The pages
    branch: feature/web
    owner: ben
    scope: {include: [src/web/]}
"""
FILES = {
    PLAN_PATH: PLAN,
    "src/api/a.py": "",
    "src/web/a.ts": "",
    "CHANGELOG.md": "",
    ".gitignore": "build/\n.env\n",
}
PATCH = "*** Begin Patch\n{}\n*** End Patch"


@pytest.fixture
def shop(repo: git.Repo) -> Path:
    commit(repo, FILES)
    repo.git.switch("--quiet", "-c", "feature/api")
    return root(repo)


def guard(sent: Sent | bytes, *words: str, at: Path, env: Mapping[str, str] | None = None) -> Ran:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return planner("guard", *words, at=at, stdin=content, env=env)


def reason_of(ran: Ran, client: str) -> str:
    """The reason of a denial, whose keys must be exactly those of the client."""
    assert (ran.exit, ran.stderr) == (0, ""), ran
    answer = ran.json
    if client == "cursor":
        assert set(answer) == {"permission", "user_message", "agent_message"}
        assert answer["permission"] == "deny"
        return str(answer["agent_message"])
    if client in ("claude", "codex", "vs_code"):
        assert set(answer) == {"hookSpecificOutput"}
        answer = answer["hookSpecificOutput"]
        assert answer.pop("hookEventName") == "PreToolUse"
    assert set(answer) == {"permissionDecision", "permissionDecisionReason"}
    assert answer["permissionDecision"] == "deny"
    return str(answer["permissionDecisionReason"])


ALLOWED = {"cursor": '{"permission": "allow"}\n'}
Make = Callable[..., Sent]
MAKERS: dict[str, Make] = {
    "claude": claude,
    "codex": codex,
    "cursor": cursor,
    "copilot": copilot,
    "copilot_snake": copilot_snake,
    "vs_code": vs_code,
}


def patch(path: str) -> str:
    return PATCH.format(f"*** Update File: {path}\n@@\n-a\n+b")


def args(**values: str) -> str:
    """The arguments of Copilot's tools: a JSON text."""
    return json.dumps(values)


# client, tool, and its arguments for a path
EDITS: list[tuple[str, str, Callable[[str], object]]] = [
    ("claude", "Write", lambda path: {"file_path": path, "content": "x"}),
    (
        "claude",
        "Edit",
        lambda path: {
            "file_path": path,
            "old_string": "a",
            "new_string": "b",
            "replace_all": False,
        },
    ),
    ("claude", "MultiEdit", lambda path: {"file_path": path, "edits": [{"old_string": "a"}]}),
    ("claude", "NotebookEdit", lambda path: {"notebook_path": path, "new_source": "x"}),
    ("codex", "apply_patch", lambda path: {"command": patch(path)}),
    ("codex", "apply_patch", lambda path: {"command": f"<<'EOF'\n{patch(path)}\nEOF\n"}),
    ("cursor", "Write", lambda path: {"file_path": path, "content": "x"}),
    ("cursor", "Write", lambda path: {"path": path, "contents": "x"}),
    ("cursor", "StrReplace", lambda path: {"path": path, "old_string": "a"}),
    ("cursor", "Delete", lambda path: {"path": path}),
    ("cursor", "EditNotebook", lambda path: {"target_notebook": path}),
    ("cursor", "ApplyPatch", lambda path: {"patch": patch(path)}),
    ("copilot", "edit", lambda path: args(path=path, old_str="a", new_str="b")),
    ("copilot", "create", lambda path: args(path=path, file_text="x")),
    ("copilot", "str_replace_editor", lambda path: args(command="str_replace", path=path)),
    ("copilot", "edit", lambda path: {"path": path, "old_str": "a"}),
    ("copilot", "apply_patch", patch),
    ("copilot_snake", "Edit", lambda path: {"path": path, "old_str": "a"}),
    ("copilot_snake", "Write", lambda path: {"path": path, "file_text": "a"}),
    ("copilot_snake", "Edit", patch),
    ("vs_code", "create_file", lambda path: {"filePath": path, "content": "x"}),
    ("vs_code", "replace_string_in_file", lambda path: {"filePath": path, "oldString": "a"}),
    (
        "vs_code",
        "multi_replace_string_in_file",
        lambda path: {"explanation": "x", "replacements": [{"filePath": path}]},
    ),
    ("vs_code", "apply_patch", lambda path: {"input": patch(path), "explanation": "x"}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "tool", "arguments"), EDITS)
def test_every_tool_of_every_client_is_judged(
    name: str, tool: str, arguments: Callable[[str], object], shop: Path
) -> None:
    make = MAKERS[name]
    for path in ("src/api/new.py", str(shop / "src/api/a.py")):
        ran = guard(make(shop, tool, arguments(path)), at=shop.parent)
        assert ran == Ran(0, ALLOWED.get(name, ""), ""), path

    ran = guard(make(shop, tool, arguments("src/web/a.ts")), at=shop.parent)
    said = reason_of(ran, name.removesuffix("_snake"))
    assert "src/web/a.ts: the slice 'web' holds it (held by 'src/web/' at " in said


@pytest.mark.parametrize("name", ["claude", "cursor"])
def test_each_reason_for_a_denial_is_told(name: str, shop: Path) -> None:
    for path, why in (
        (str(shop / "new.py"), "new.py: the slice 'api' does not hold it (nearest include line: "),
        ("src/api/../web/x", "src/web/x: the slice 'web' holds it"),
        (".github/x.yml", ".github/x.yml: the plan excludes it for every slice"),
        (PLAN_PATH, f"{PLAN_PATH}: in a plan it may change only the status of its own tasks"),
        (str(shop.parent / "x"), "/x: it is outside the work tree of the branch"),
        (".git/hooks/pre-commit", ".git/hooks/pre-commit: it belongs to git itself"),
    ):
        sent = MAKERS[name](shop, "Write", {"file_path": path})
        said = reason_of(guard(sent, at=shop.parent), name)
        assert why in said, path
        assert said.startswith("planner: the branch 'feature/api' is judged by the slice 'api'")
        assert "planner brief api" in said
        assert ("planner mark ID STATUS" in said) == (path == PLAN_PATH)


def test_all_paths_of_a_patch_are_judged_both_ends_of_a_move_among_them(shop: Path) -> None:
    hunks = (
        "*** Update File: src/api/a.py\n*** Move to: src/web/b.ts\n@@ x\n-*** Update File: no\n"
        "+*** Add File: no\n *** Delete File: no\n*** End of File\n"
        "*** Add File: new.md\n+*** Delete File: no\n  *** Delete File: README.md "
    )
    said = reason_of(
        guard(codex(shop, "apply_patch", {"command": PATCH.format(hunks)}), at=shop), "codex"
    )

    listed = [line[2:].split(":")[0] for line in said.splitlines() if line.startswith("- ")]
    assert listed == ["src/web/b.ts", "new.md", "README.md"]


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("*** Environment ID: x\n*** Delete File: a", [Edit("a", is_entry=True)]),
        ("*** Add File: a b \n+x\n+", [Edit("a b")]),
        ("*** Update File: a\n x\n\n-y\n*** Update File: b\n@@\n+z", [Edit("a"), Edit("b")]),
        ("*** Add File: a\n+x\r\n*** Add File: b\n+y\r", [Edit("a"), Edit("b")]),
    ],
)
def test_a_patch_is_read_as_codex_reads_it(text: str, edits: list[Edit]) -> None:
    assert list(edits_of(PATCH.format(text))) == edits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*** Begin Patch",
        "*** Begin Patch\n*** End Patch",
        "*** Begin Patch\n*** Add File: a\n+x",
        "*** Begin Patch\n*** Rename File: a\n*** End Patch",
        "*** Begin Patch\n*** Add File: \n+x\n*** End Patch",
        "*** Begin Patch\n*** Add File: a\nx\n*** End Patch",
        "--- a/x\n+++ b/x\n",
    ],
)
def test_a_broken_patch_is_not_read(text: str) -> None:
    with pytest.raises(UnreadableError):
        edits_of(text)


def test_links_are_followed_to_what_an_edit_would_change(shop: Path, tmp_path: Path) -> None:
    (shop / "link.txt").symlink_to("src/web/a.ts")
    (shop / "src/api/out").symlink_to(tmp_path)
    (shop / "mine").symlink_to("src/api")

    def ask(tool: str, path: str) -> Ran:
        return guard(cursor(shop, tool, {"path": path}), at=shop)

    assert "src/web/a.ts: the slice 'web'" in reason_of(ask("Write", "link.txt"), "cursor")
    assert ask("Delete", "link.txt").json == {"permission": "allow"}
    assert "outside the work tree" in reason_of(ask("Write", "src/api/out/x"), "cursor")
    assert ask("Write", "mine/a.py").json == {"permission": "allow"}
    assert "mine: the slice 'api' does not" in reason_of(ask("Delete", "mine"), "cursor")


def test_another_work_tree_is_outside_and_judges_itself(shop: Path, tmp_path: Path) -> None:
    repo = git.Repo(shop)
    inside, beside = shop / "src/api/trees/web", tmp_path / "web"
    repo.git.worktree("add", "--quiet", "-b", "feature/web", str(inside))
    repo.git.worktree("add", "--quiet", "-b", "feature/web-2", str(beside))

    for path in (inside / "src/api/x", beside / "src/api/x"):
        said = reason_of(guard(claude(shop, "Write", {"file_path": str(path)}), at=shop), "claude")
        assert "it is outside the work tree of the branch" in said
    own = guard(claude(inside, "Write", {"file_path": "src/web/x"}), at=shop)
    assert own == Ran(0, "", "")
    said = reason_of(guard(claude(inside, "Write", {"file_path": "src/api/x"}), at=shop), "claude")
    assert "the slice 'api' holds it" in said
    said = reason_of(guard(claude(inside, "Write", {"file_path": ".git"}), at=shop), "claude")
    assert ".git: it belongs to git itself" in said


def test_what_git_ignores_is_not_judged(shop: Path) -> None:
    for path in ("build/x", ".env"):
        assert guard(claude(shop, "Write", {"file_path": path}), at=shop) == Ran(0, "", "")


def test_the_plan_of_the_default_branch_counts_not_that_of_the_branch(shop: Path) -> None:
    commit(git.Repo(shop), {PLAN_PATH: PLAN.replace("src/api/,", "src/api/, new.py,")})

    assert "new.py" in reason_of(
        guard(claude(shop, "Write", {"file_path": "new.py"}), at=shop), "claude"
    )


def test_a_branch_with_a_rule_may_change_what_no_slice_holds(shop: Path) -> None:
    git.Repo(shop).git.switch("--quiet", "-c", "fix/x")

    for path in ("new.py", PLAN_PATH, str(shop.parent / "notes.md")):
        assert guard(claude(shop, "Write", {"file_path": path}), at=shop) == Ran(0, "", "")
    said = reason_of(guard(claude(shop, "Write", {"file_path": "src/web/x"}), at=shop), "claude")
    assert "judged by the rule for 'fix/*'" in said


def test_a_branch_with_a_rule_may_change_plans_as_long_as_it_changes_nothing_else(
    shop: Path,
) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "-c", "fix/x")
    sent = claude(shop, "Write", {"file_path": PLAN_PATH})
    plan = "version: 1\ntitle: More\nslices: []\n"
    commit(repo, {"docs/plan/more/plan.yaml": plan, "docs/plan/more/PLAN.md": ""})
    assert guard(sent, at=shop) == Ran(0, "", "")

    (shop / "new.py").write_text("", encoding="utf-8")

    said = reason_of(guard(sent, at=shop), "claude")
    assert f"{PLAN_PATH}: a plan file is changed on a branch that changes only plans" in said
    assert "this one changes 'new.py' too" in said
    assert "[plan-edit]" in planner("check-scope", "--worktree", at=repo).stdout


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_not_an_edit_or_has_no_fence_is_allowed(
    name: str, shop: Path, tmp_path: Path
) -> None:
    make, nothing = MAKERS[name], Ran(0, ALLOWED.get(name, ""), "")
    path = {"file_path": "src/web/a.ts", "path": "src/web/a.ts", "command": "rm -r src/web"}
    repo = git.Repo(shop)

    for tool in ("Bash", "Read", "bash", "view", "Shell", "mcp__x__write", "Grep"):
        assert guard(make(shop, tool, path), at=shop) == nothing
    reading = make(shop, "str_replace_editor", {"command": "view", "path": "src/web/a.ts"})
    assert guard(reading, at=shop) == nothing
    if name != "copilot":
        event = {"hook_event_name": "PostToolUse"}
        assert guard(make(shop, "Write", path, **event), at=shop) == nothing

    tool = "create" if name.startswith("copilot") else "Write"
    sent = make(tmp_path, tool, path)
    assert guard(sent, at=tmp_path) == nothing  # no repository
    repo.git.switch("--quiet", "-c", "other")
    assert guard(make(shop, tool, path), at=shop) == nothing  # neither slice nor rule
    repo.git.switch("--quiet", "--detach")
    assert guard(make(shop, tool, path), at=shop) == nothing  # no branch
    empty = tmp_path / "empty"
    git.Repo.init(empty, initial_branch="main")
    assert guard(make(empty, tool, path), at=shop) == nothing  # no commit
    commit(git.Repo(empty), {"a": ""})
    assert guard(make(empty, tool, path), at=shop) == nothing  # no plan


FAULTS: list[tuple[bytes, str]] = [
    (b"", "what the client sent is not JSON"),
    (b"nonsense", "what the client sent is not JSON"),
    (b'{"hook_event_name": "PreTool', "what the client sent is not JSON"),
    (b"\xff\xfe{}", "what the client sent is not JSON"),
    (b"[" * 100_000, "what the client sent is not JSON"),
    (b"[]", "what the client sent is not a JSON object"),
    (b"null", "what the client sent is not a JSON object"),
]


@pytest.mark.parametrize(("sent", "message"), FAULTS, ids=range(len(FAULTS)))
def test_what_is_not_json_is_a_line_and_exit_1_but_0_for_copilot(
    sent: bytes, message: str, shop: Path
) -> None:
    line = f"planner guard: {message}\n"

    assert guard(sent, at=shop) == Ran(1, "", line)
    assert guard(sent, "--fail-closed", at=shop) == Ran(1, "", line)
    for client in ("claude", "codex", "cursor"):
        assert guard(sent, "--client", client, at=shop) == Ran(1, "", line)
    assert guard(sent, "--client", "copilot", at=shop) == Ran(0, "", line)
    for client in ("claude", "codex", "cursor", "copilot"):
        ran = guard(sent, "--client", client, "--fail-closed", at=shop)
        assert ran.stderr == line
        assert message in reason_of(ran._replace(stderr=""), client)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {}),
        ("Write", {"content": "x"}),
        ("Write", {"file_path": ""}),
        ("Write", {"file_path": 7}),
        ("Write", {"file_path": "a\0b"}),
        ("Write", {"file_path": "\ud800"}),
        ("Write", None),
        ("Write", []),
        ("edit", "no JSON"),
        ("apply_patch", {"command": "no patch"}),
        ("apply_patch", "*** Begin Patch\n"),
        ("", {"file_path": "src/web/a.ts"}),
        (None, {"file_path": "src/web/a.ts"}),
    ],
)
def test_an_edit_that_cannot_be_read_is_let_through_with_a_line(
    name: str, tool: str | None, arguments: object, shop: Path
) -> None:
    client = name.removesuffix("_snake")
    sent = MAKERS[name](shop, tool or "", arguments)
    if tool is None:
        sent = {key: value for key, value in sent.items() if key not in ("tool_name", "toolName")}
        sent.setdefault("hook_event_name", "preToolUse")

    ran = guard(sent, at=shop)

    assert (ran.exit, ran.stdout) == (0 if client == "copilot" else 1, "")
    assert ran.stderr.startswith("planner guard: ")
    assert ran.stderr.count("\n") == 1
    closed = guard(sent, "--fail-closed", at=shop)
    assert "denied" in reason_of(closed._replace(stderr=""), client)


@pytest.mark.parametrize(
    "words",
    [["--nope"], ["--client", "vim"], ["--client"], ["extra"], ["--client=x"]],
)
def test_a_usage_error_is_a_line_and_exit_1_but_0_for_copilot(words: list[str], shop: Path) -> None:
    path = {"file_path": "src/web/x", "path": "src/web/x"}

    ran = guard(claude(shop, "Write", path), *words, at=shop)
    assert (ran.exit, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    ran = guard(copilot(shop, "edit", path), *words, at=shop)
    assert (ran.exit, ran.stdout, ran.stderr.count("\n")) == (0, "", 1)
    ran = guard(copilot(shop, "edit", path), "--fail-closed", *words, at=shop)
    assert "so it is denied" in reason_of(ran._replace(stderr=""), "copilot")


def test_a_plan_that_breaks_while_the_agent_works_lets_edits_through_with_a_line(
    shop: Path,
) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "main")
    commit(repo, {PLAN_PATH: PLAN.replace("title: Shop\n", "")})
    repo.git.switch("--quiet", "feature/api")
    sent = claude(shop, "Write", {"file_path": "src/web/a.ts"})

    ran = guard(sent, at=shop)
    assert (ran.exit, ran.stdout) == (1, "")
    assert ran.stderr.startswith(f"planner guard: a plan is unusable: '{PLAN_PATH}' in main")
    assert ran.stderr.endswith("; fix the plan in a pull request of its own\n")
    closed = guard(sent, "--fail-closed", at=shop)
    assert "a plan is unusable" in reason_of(closed._replace(stderr=""), "claude")


def test_two_plans_judge_together(shop: Path) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "main")
    other = PLAN.replace("src/", "lib/").replace("feature/", "lib/").replace("fix/*", "lib-fix/*")
    commit(repo, {"docs/plan/lib/plan.yaml": other.replace(", link.txt", "")})
    repo.git.switch("--quiet", "feature/api")

    said = reason_of(guard(claude(shop, "Write", {"file_path": "lib/web/x"}), at=shop), "claude")

    assert "lib/web/x: the slice 'web' holds it (held by 'lib/web/' at docs/plan/lib/" in said


def test_the_slice_of_the_environment_counts_but_not_in_ci(shop: Path) -> None:
    git.Repo(shop).git.switch("--quiet", "-c", "agent/7")
    sent = claude(shop, "Write", {"file_path": "src/web/a.ts"})

    assert guard(sent, at=shop) == Ran(0, "", "")
    named = {"PLANNER_SLICE": "api"}
    assert "the slice 'web' holds it" in reason_of(guard(sent, at=shop, env=named), "claude")
    assert guard(sent, at=shop, env={**named, "CI": "true"}) == Ran(0, "", "")


@pytest.mark.parametrize("client", ["claude", "codex", "cursor", "copilot"])
def test_at_the_end_of_a_turn_findings_are_handed_back_once(client: str, shop: Path) -> None:
    quiet = Ran(0, "{}\n" if client == "cursor" else "", "")
    assert guard(clients.stop(client, shop), "--stop", at=shop.parent) == quiet

    (shop / "stray.py").write_text("", encoding="utf-8")
    ran = guard(clients.stop(client, shop), "--stop", at=shop.parent)

    assert (ran.exit, ran.stderr) == (0, "")
    if client == "cursor":
        assert set(ran.json) == {"followup_message"}
        said = ran.json["followup_message"]
    else:
        assert ran.json.pop("decision") == "block"
        assert set(ran.json) == {"decision", "reason"}
        said = ran.json["reason"]
    assert "stray.py: error: added, but the slice 'api' does not hold it" in said
    again = guard(clients.stop(client, shop, was_stopped=True), "--stop", at=shop.parent)
    assert again == quiet
    git.Repo(shop).git.switch("--quiet", "-c", "other")
    assert guard(clients.stop(client, shop), "--stop", at=shop.parent) == quiet


def test_a_turn_that_the_user_broke_off_is_over(shop: Path) -> None:
    (shop / "stray.py").write_text("", encoding="utf-8")
    sent = clients.stop("cursor", shop) | {"status": "aborted"}

    assert guard(sent, "--stop", at=shop) == Ran(0, "{}\n", "")


def test_neither_the_command_line_nor_jinja_nor_gitpython_is_loaded(shop: Path) -> None:
    code = "import sys; sys.argv = ['planner', 'guard']\nimport atexit\n"
    code += "atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))\n"
    code += "import runpy; runpy.run_module('planner', run_name='__main__')"

    def loaded(sent: Sent) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(sent).encode(),
            capture_output=True,
            cwd=shop,
            check=True,
        )
        return set(done.stderr.decode().split())

    edit = loaded(claude(shop, "Write", {"file_path": "src/api/a.py"}))
    assert "planner.agents.guard" in edit
    heavy = {"typer", "click", "jinja2", "git", "rich", "pydantic", "tempfile", "logging"}
    assert not edit & heavy
    assert not {name for name in edit if name.startswith("planner.cli")}
    assert "yaml" not in loaded(claude(shop, "Bash", {"command": "ls"}))


FUZZ = r"""
import io, json, random, sys
from planner.agents import guard

random.seed(20261129)
folder, foreign = sys.argv[1], sys.argv[2:]
tools = ["Write", "Edit", "MultiEdit", "create", "edit", "apply_patch", "Delete", "StrReplace",
         "create_file", "ApplyPatch", "NotebookEdit"]
keys = ["file_path", "path", "filePath", "notebook_path", "target_file", "patch", "input",
        "command", "edits", "replacements", "content"]

def value(path, depth=0):
    kind = random.randrange(9)
    if kind < 3:
        return path
    if kind == 3:
        return f"*** Begin Patch\n*** Update File: {path}\n@@\n-a\n+b\n*** End Patch"
    if kind == 4 and depth < 3:
        return {random.choice(keys): value(path, depth + 1) for _ in range(random.randrange(3))}
    if kind == 5 and depth < 3:
        return [value(path, depth + 1) for _ in range(random.randrange(3))]
    return random.choice([None, 7, True, "", "x" * 300, "\x00", "src/api/a.py", [], {}, 1.5])

def payload():
    path = random.choice(foreign)
    arguments = {random.choice(keys): value(path) for _ in range(random.randrange(4))}
    if random.random() < 0.3:
        arguments = json.dumps(arguments)
    sent = {"cwd": folder}
    shape = random.randrange(5)
    tool = random.choice(tools)
    if shape == 0:
        sent |= {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": arguments}
    elif shape == 1:
        sent |= {"toolName": tool, "toolArgs": arguments, "sessionId": "s"}
    elif shape == 2:
        sent |= {"hook_event_name": "preToolUse", "tool_name": tool, "tool_input": arguments,
                 "workspace_roots": [folder], "cursor_version": "3"}
    elif shape == 3:
        sent |= {"turn_id": "t", "hook_event_name": "PreToolUse", "tool_name": tool,
                 "tool_input": arguments}
    else:
        sent = value(path) if random.random() < 0.5 else {**sent, random.choice(keys): arguments}
    for _ in range(random.randrange(2)):
        if isinstance(sent, dict) and sent and random.random() < 0.3:
            sent[random.choice(list(sent))] = random.choice([None, 3, [], {}, "x"])
    text = json.dumps(sent).encode()
    return sent, text[: random.randrange(len(text) + 1)] if random.random() < 0.05 else text

class Pipe:
    def __init__(self, content=b""):
        self.buffer = io.BytesIO(content)

counts = {}
for _ in range(int(10_000)):
    sent, text = payload()
    sys.stdin, sys.stdout, sys.stderr = Pipe(text), io.StringIO(), io.StringIO()
    code = guard.run(["guard"])
    out, err = sys.stdout.getvalue(), sys.stderr.getvalue()
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    assert code in (0, 1), (code, text)
    assert "a bug in planner" not in err, (err, text)
    if out:
        json.loads(out)
    is_denied = '"deny"' in out
    kind = "denied" if is_denied else "fault" if err else "allowed"
    counts[kind] = counts.get(kind, 0) + 1
    if kind == "allowed":
        # A foreign path at a place that a client reads as a path, in an edit, must not pass unseen.
        arguments = sent.get("tool_input", sent.get("toolArgs")) if isinstance(sent, dict) else None
        if isinstance(arguments, str):
            try:
                arguments = json.loads(arguments)
            except ValueError:
                arguments = None
        event = sent.get("hook_event_name") if isinstance(sent, dict) else None
        is_edit = isinstance(sent, dict) and (
            event in ("PreToolUse", "preToolUse") or (event is None and "toolName" in sent)
        )
        tool = (sent.get("tool_name") or sent.get("toolName")) if is_edit else None
        if is_edit and tool in tools and isinstance(arguments, dict) and sent.get("cwd") == folder:
            named = [arguments.get(key) for key in keys[:5]]
            assert not set(foreign) & {one for one in named if isinstance(one, str)}, text
print(json.dumps(counts))
"""


@pytest.mark.slow
def test_ten_thousand_random_payloads_never_exit_2_and_no_foreign_path_passes_unseen(
    shop: Path,
) -> None:
    foreign = ["src/web/a.ts", "new.md", "../x", ".git/config", PLAN_PATH, str(shop / "src/web/b")]
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, str(shop), *foreign],
        cwd=shop,
        capture_output=True,
        env={**os.environ},
        check=False,
    )

    assert done.returncode == 0, done.stderr.decode()[-2000:]
    counts: dict[str, Any] = json.loads(done.stdout)
    assert min(counts.values()) > 500
    assert set(counts) == {"denied", "fault", "allowed"}


def test_a_name_cannot_forge_the_answer(shop: Path) -> None:
    name = 'a"}\n{"permissionDecision": "allow"}\x1b[31m'

    ran = guard(claude(shop, "Write", {"file_path": name}), at=shop)

    assert ran.stdout.count("\n") == 1
    reason = reason_of(ran, "claude")
    assert "does not hold it" in reason


PLUGIN = """
import { Planner } from %s
const [directory, ...calls] = process.argv.slice(1)
const hooks = await Planner({ directory })
for (const call of calls) {
  const { tool, args } = JSON.parse(call)
  try {
    await hooks["tool.execute.before"]({ tool, sessionID: "s", callID: "c" }, { args })
    console.log("allowed")
  } catch (error) {
    console.log(error.message.split("\\n")[1])
  }
}
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_plugin_of_opencode_throws_the_reason_of_a_denial(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "planner"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m planner "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    plugin = tmp_path / "planner.mjs"
    shutil.copy(ROOT / "docs/examples/opencode/planner.js", plugin)
    calls = [
        {"tool": "write", "args": {"filePath": str(shop / "src/api/a.py"), "content": "x"}},
        {"tool": "edit", "args": {"filePath": "src/web/a.ts", "oldString": "a"}},
        {"tool": "apply_patch", "args": {"patchText": patch("src/web/a.ts")}},
        {"tool": "bash", "args": {"command": "rm -r src"}},
    ]
    done = subprocess.run(
        ["node", "--input-type=module", "-e", PLUGIN % json.dumps(plugin.as_uri()), str(shop)]
        + [json.dumps(call) for call in calls],
        capture_output=True,
        check=False,
        env={**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"},
    )

    held = "- src/web/a.ts: the slice 'web' holds it"
    said = [line.partition(" (")[0] for line in done.stdout.decode().splitlines()]
    assert said == ["allowed", held, held, "allowed"], done.stderr.decode()


def test_c_names_the_repository_and_not_what_a_path_starts_from(shop: Path) -> None:
    sent = claude(shop / "src/web", "Write", {"file_path": "x.ts"})

    for words in ([], ["-C", str(shop)], ["--repo", str(shop)], ["-C", str(shop.parent)]):
        assert "src/web/x.ts: the slice 'web'" in reason_of(guard(sent, *words, at=shop), "claude")


def test_the_folder_of_the_client_does_not_open_the_fence(shop: Path, tmp_path: Path) -> None:
    nested = shop / "src/api/nested"
    commit(git.Repo.init(nested, initial_branch="main"), {"a": ""})
    path = {"file_path": str(shop / "src/web/a.ts")}

    for folder in (tmp_path, nested, shop / ".git/hooks", tmp_path / "gone"):
        sent = claude(folder, "Write", path)
        assert "src/web/a.ts: the slice 'web'" in reason_of(guard(sent, at=tmp_path), "claude")
    sent = cursor(tmp_path, "Write", path, workspace_roots=[str(tmp_path), str(shop)])
    assert "src/web/a.ts: the slice 'web'" in reason_of(guard(sent, at=tmp_path), "cursor")
    sent = claude(shop / ".git/hooks", "Write", {"file_path": "pre-commit"})
    assert "it belongs to git itself" in reason_of(guard(sent, at=tmp_path), "claude")
    sent = claude(nested, "Write", {"file_path": "a"})
    assert guard(sent, at=tmp_path) == Ran(0, "", "")  # src/api/ holds the nested repository


@pytest.mark.parametrize("name", [":!x", ":(exclude)src/web/a.ts", ":^y", ":(glob)**", ":(bogus)z"])
def test_a_name_that_is_magic_for_git_is_judged_like_any_other(name: str, shop: Path) -> None:
    said = reason_of(guard(claude(shop, "Write", {"file_path": name}), at=shop), "claude")
    assert "does not hold it" in said
    both = PATCH.format(f"*** Add File: {name}\n+x\n*** Update File: src/web/a.ts\n@@\n+x")
    said = reason_of(guard(codex(shop, "apply_patch", {"command": both}), at=shop), "codex")
    assert "src/web/a.ts: the slice 'web'" in said


def test_what_is_denied_stays_denied_if_another_path_cannot_be_read(shop: Path) -> None:
    edits = {"replacements": [{"filePath": "src/web/a.ts"}, {"filePath": "\ud800"}]}

    said = reason_of(guard(vs_code(shop, "multi_replace_string_in_file", edits), at=shop), "claude")

    assert "src/web/a.ts: the slice 'web'" in said


def test_a_move_onto_a_link_is_judged_by_what_it_leads_to(shop: Path) -> None:
    (shop / "src/api/link").symlink_to("../web/a.ts")
    moved = PATCH.format("*** Update File: src/api/a.py\n*** Move to: src/api/link\n@@\n+x")

    said = reason_of(guard(codex(shop, "apply_patch", {"command": moved}), at=shop), "codex")

    assert "src/web/a.ts: the slice 'web'" in said


def test_vs_codes_own_agent_is_answered_as_it_wants(shop: Path) -> None:
    sent = {
        "timestamp": "2026-11-29T08:00:00.000Z",
        "cwd": str(shop),
        "sessionId": "s",
        "hookEventName": "PreToolUse",
        "transcript_path": "/t",
        "tool_name": "editFiles",
        "tool_input": {"files": ["src/api/a.py", str(shop / "src/web/a.ts")]},
        "tool_use_id": "tool-1",
    }
    assert "src/web/a.ts: the slice 'web'" in reason_of(guard(sent, at=shop), "vs_code")

    (shop / "stray").write_text("", encoding="utf-8")
    stop = {"hookEventName": "Stop", "stop_hook_active": False}
    ended = {key: value for key, value in sent.items() if "tool" not in key} | stop
    answer = guard(ended, "--stop", at=shop).json
    assert set(answer) == {"hookSpecificOutput"}
    assert set(answer["hookSpecificOutput"]) == {"hookEventName", "decision", "reason"}


def test_an_exception_of_the_branch_is_honored_and_offered(shop: Path) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "main")
    commit(repo, {PLAN_PATH: PLAN.replace("title: Shop", "title: Shop\nlimits: {exceptions: 1}")})
    repo.git.switch("--quiet", "feature/api")
    sent = claude(shop, "Write", {"file_path": "lib/x.py"})
    assert "Scope-Exception: PATH -- REASON" in reason_of(guard(sent, at=shop), "claude")

    commit(repo, {}, "fix: it\n\nScope-Exception: lib/x.py -- it is needed for the API\n")

    assert guard(sent, at=shop) == Ran(0, "", "")
    other = claude(shop, "Write", {"file_path": "lib/y.py"})
    assert "lib/y.py: the slice 'api'" in reason_of(guard(other, at=shop), "claude")

    commit(repo, {"lib/x.py": ""}, "fix: more\n\nScope-Exception: lib/y.py -- and so is this one\n")
    assert "lib/y.py: the slice 'api'" in reason_of(guard(other, at=shop), "claude")


def test_an_edit_is_denied_also_where_several_merge_bases_hide_what_changed(shop: Path) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "main")
    commit(repo, {PLAN_PATH: PLAN.replace("title: Shop", "title: Shop\nlimits: {exceptions: 1}")})
    repo.git.switch("--quiet", "feature/api")
    commit(repo, {}, "fix: it")
    mine = str(repo.git.rev_parse("HEAD"))
    repo.git.merge("--quiet", "--no-edit", "main")
    repo.git.switch("--quiet", "main")
    repo.git.merge("--quiet", "--no-ff", "--no-edit", mine)
    repo.git.switch("--quiet", "feature/api")
    assert planner("check-scope", at=repo).exit == 2

    ran = guard(claude(shop, "Write", {"file_path": "lib/y.py"}), at=shop)

    assert "lib/y.py: the slice 'api'" in reason_of(ran, "claude")


def test_a_plan_that_is_named_and_not_there_is_a_fault(shop: Path) -> None:
    sent = claude(shop, "Write", {"file_path": "src/web/a.ts"})
    line = "planner guard: there is no plan 'docs/plan/typo/plan.yaml' in main\n"

    assert guard(sent, "--plan", "typo", at=shop) == Ran(1, "", line)
    assert guard(sent, at=shop, env={"PLANNER_PLAN": "typo"}) == Ran(1, "", line)


def test_a_rule_for_some_paths_keeps_an_agent_in_the_work_tree(shop: Path) -> None:
    repo = git.Repo(shop)
    repo.git.switch("--quiet", "main")
    rule = '{branch: "dep/*", include: [README.md]}'
    commit(repo, {PLAN_PATH: PLAN.replace("unplanned:\n", f"unplanned:\n  - {rule}\n")})
    repo.git.switch("--quiet", "-c", "dep/x")

    said = reason_of(guard(claude(shop, "Write", {"file_path": "../x"}), at=shop), "claude")

    assert "outside the work tree" in said


def test_a_full_disk_gives_no_traceback(shop: Path) -> None:
    sent = json.dumps(claude(shop, "Write", {})).encode()
    for words in ([], ["--fail-closed"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "planner", "guard", *words],
                input=sent, stdout=full, stderr=subprocess.PIPE, check=False, cwd=shop,
            )  # fmt: skip
        assert done.returncode in (0, 1)
        assert b"Traceback" not in done.stderr
