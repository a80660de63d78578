"""What `check-scope` starts, reads, writes and loads, and what it makes of a git that lies."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from shop import PLAN_PATH, Shop, replaced
from world import write

pytestmark = pytest.mark.slow

GIT = shutil.which("git") or "git"

STUB = f"""\
#!/bin/sh
echo "$@" >> "$CALLS"
case " $* " in
*" $STUBBED "*)
  case "$MODE" in
  fail) echo "fatal: it does not work" >&2; exit 128 ;;
  empty) exit 0 ;;
  garbage) printf 'gar\\377\\000bage \\n: x\\033\\n\\n'; exit 0 ;;
  esac ;;
esac
exec {GIT} "$@"
"""


class StubbedGit:
    """A git on PATH that writes down its calls, and lies about one subcommand."""

    def __init__(self, folder: Path) -> None:
        self.calls = folder / "calls"
        self.folder = folder / "bin"
        self.folder.mkdir()
        (self.folder / "git").write_text(STUB)
        (self.folder / "git").chmod(0o755)

    def env(self, stubbed: str = "", mode: str = "") -> dict[str, str]:
        self.calls.write_text("")
        return {
            "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
            "CALLS": str(self.calls), "STUBBED": stubbed or "nothing", "MODE": mode,
        }  # fmt: skip

    def commands(self) -> list[str]:
        """The subcommands that were called."""
        return [_subcommand(line.split()) for line in self.calls.read_text().splitlines()]


def _subcommand(words: list[str]) -> str:
    at = 0
    while words[at].startswith("-"):
        at += 2 if words[at] == "-c" else 1
    return words[at]


@pytest.fixture
def stub(tmp_path: Path) -> StubbedGit:
    return StubbedGit(tmp_path)


def passing(shop: Shop) -> list[str]:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "src/api/link": "x"})
    return []


def in_worktree(shop: Shop) -> list[str]:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    write(shop.repo, {"src/api/new.py": "x"})
    return ["--worktree"]


def clean_worktree(shop: Shop) -> list[str]:
    shop.start("feature/api")
    shop.commit({})
    return ["--worktree"]


def staged(shop: Shop) -> list[str]:
    shop.start("feature/api")
    write(shop.repo, {"src/api/new.py": "x"})
    shop.git.add("--all")
    return ["--staged"]


def nothing_staged(shop: Shop) -> list[str]:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    return ["--staged"]


def plan_change(shop: Shop) -> list[str]:
    shop.branch("plan/x", {PLAN_PATH: replaced(("title: The API", "title: Our API"))})
    return []


def with_exception(shop: Shop) -> list[str]:
    shop.start("feature/api")
    shop.commit({"README.md": "# Mine\n"}, "Scope-Exception: README.md -- agreed with Dana")
    return []


WORLDS: Mapping[str, Callable[[Shop], list[str]]] = {
    world.__name__: world
    for world in (
        passing, in_worktree, clean_worktree, staged, nothing_staged, plan_change, with_exception,
    )
}  # fmt: skip


@pytest.mark.parametrize("world", WORLDS)
def test_a_git_that_lies_never_passes(shop: Shop, stub: StubbedGit, world: str) -> None:
    words = WORLDS[world](shop)
    honest = shop.check(*words, env=stub.env())
    assert honest.exit == 0, honest
    for command in sorted(set(stub.commands())):
        for mode in ("fail", "empty", "garbage"):
            ran = shop.check(*words, env=stub.env(command, mode))
            assert ran.exit in (1, 2), (command, mode, ran)
            assert ran.json["ok"] is False
            assert "Traceback" not in ran.stderr


def test_a_git_that_lies_never_passes_in_a_merge_queue_or_a_shallow_clone(
    shop: Shop, stub: StubbedGit
) -> None:
    base = shop.git.rev_parse("main")
    shop.branch("queue", {"src/api/a.py": "a = 2\n"})
    head = shop.git.rev_parse("HEAD")
    keys = {"base_sha": base, "base_ref": "refs/heads/main", "head_sha": head}
    group = {"merge_group": keys}
    queue = shop.run(group, GITHUB_EVENT_NAME="merge_group")
    clone = shallow_clone(shop)
    shop.git.switch("--quiet", "queue")
    for one, env in ((shop, queue), (clone, {})):
        assert one.check(env=env | stub.env()).exit == 0
        for command in sorted(set(stub.commands())):
            for mode in ("fail", "empty", "garbage"):
                ran = one.check(env=env | stub.env(command, mode))
                assert ran.exit in (1, 2), (command, mode, ran)


def shallow_clone(shop: Shop) -> Shop:
    """A shallow clone in which the merge base is not main's tip, and proved all the same."""
    shop.git.switch("--quiet", "main")
    for number in range(3):
        shop.commit({f"src/web/{number}.ts": "x"})
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n"})
    shop.on_main({"src/web/9.ts": "x"})
    folder = shop.folder.parent / "shallow"
    words = ["clone", "--quiet", "--no-single-branch", "--depth=3", "-b", "feature/api"]
    subprocess.run([GIT, *words, f"file://{shop.folder}", folder], check=True)
    return Shop(folder)


def test_git_that_is_missing_or_too_old_is_said(shop: Shop, tmp_path: Path) -> None:
    passing(shop)
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = shop.check(env={"PATH": str(empty)})
    assert (ran.exit, ran.json["error"]["message"]) == (2, "git is not on PATH")

    old = tmp_path / "old"
    old.mkdir()
    (old / "git").write_text(
        '#!/bin/sh\ncase " $* " in\n'
        '*" version "*) echo "git version 2.30.2"; exit 0 ;;\n'
        '*" cat-file "*) echo "error: unknown switch \\`z\'" >&2; echo "usage: git cat-file" >&2;'
        " exit 129 ;;\n"
        f'esac\nexec {GIT} "$@"\n'
    )
    (old / "git").chmod(0o755)
    ran = shop.check(env={"PATH": f"{old}{os.pathsep}{os.environ['PATH']}"})
    assert ran.exit == 2
    assert "2.30.2" in ran.json["error"]["message"]
    assert "2.38" in ran.json["error"]["hint"]


def test_what_git_says_of_a_broken_configuration_is_said(shop: Shop, tmp_path: Path) -> None:
    passing(shop)
    broken = tmp_path / "config"
    broken.write_text("[core\n")
    ran = shop.check(env={"GIT_CONFIG_GLOBAL": str(broken)})
    said = ran.json["error"]["message"]

    assert (ran.exit, "bad config line 1 in file" in said, "too old" in said) == (2, True, False)


def test_a_work_tree_that_does_not_exist_is_said(shop: Shop) -> None:
    passing(shop)
    shop.git.config("core.worktree", "/nowhere")
    ran = shop.check()

    assert ran.exit == 2
    assert ran.json["error"]["message"] == (
        "the work tree of the repository at '.' is '/nowhere', which is not a folder"
    )
    assert "core.worktree" in ran.json["error"]["hint"]


def test_few_git_processes_are_started(shop: Shop, stub: StubbedGit) -> None:
    passing(shop)
    assert shop.check(env=stub.env()).exit == 0
    assert sorted(stub.commands()) == ["cat-file", "diff-tree", "merge-base", "rev-parse"]

    merge = shop.merge_ref("main", "feature/api")
    head = shop.git.rev_parse("feature/api")
    event = shop.event(head=head, head_ref="feature/api", merge=merge)
    assert shop.check(env=event | stub.env()).exit == 0
    assert len(stub.commands()) == 4

    clone = shallow_clone(shop_of(shop))
    assert clone.check(env=stub.env()).exit == 0
    assert sorted(stub.commands()) == [
        "cat-file", "diff-tree", "merge-base", "rev-list", "rev-parse",
    ]  # fmt: skip


def shop_of(shop: Shop) -> Shop:
    """The same shop as it was before a branch was started."""
    shop.git.switch("--quiet", "main")
    shop.git.branch("-D", "feature/api")
    return shop


def test_many_plans_and_paths_start_no_more_processes(shop: Shop, stub: StubbedGit) -> None:
    plans = {
        f"docs/plan/p{number}/plan.yaml": "version: 1\ntitle: P\nslices:\n  - {id: "
        f"s{number}, title: S, branch: b{number}, scope: {{include: [lib{number}/**]}}}}\n"
        for number in range(30)
    }
    shop.on_main(plans)
    shop.start("feature/api", "main")
    for number in range(20):
        (shop.folder / f"src/api/link{number}").symlink_to("a.py")
    shop.commit({f"src/api/{number}.py": "x" for number in range(50)})

    assert shop.check(env=stub.env()).exit == 0
    assert len(stub.commands()) == 4


def state(folder: Path) -> dict[str, str]:
    """Every file of a tree with its mode, time and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path.relative_to(folder))] = f"{status.st_mode:o} {status.st_mtime_ns} {digest}"
    return found


def test_nothing_is_written(shop: Shop) -> None:
    shop.branch("feature/api", {"src/api/a.py": "a = 2\n", "README.md": "x", PLAN_PATH: "x"})
    os.utime(shop.folder / "CHANGELOG.md", (1, 1))
    write(shop.repo, {"src/api/b.py": "b = 2\n", "new.txt": "x"})
    shop.git.add("src/api/b.py")
    shop.git.config("core.untrackedCache", "true")
    shop.git.config("gc.auto", "1")
    before = state(shop.folder)

    for words in ([], ["--staged"], ["--worktree"], ["--base", "gone"], ["--plan-from", "head"]):
        shop.check(*words)
        shop.text(*words)

    assert state(shop.folder) == before


def test_a_checkout_that_cannot_be_written_is_judged(shop: Shop) -> None:
    passing(shop)
    for path in [shop.folder, *shop.folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    try:
        assert shop.check().exit == 0
        assert shop.check("--worktree").exit == 0
    finally:
        for path in [shop.folder, *shop.folder.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)


HEAVY = {"jinja2", "git", "pydantic", "rich", "asyncio", "planner.render", "planner.gates"}


def loaded(shop: Shop, *words: str) -> set[str]:
    """The modules that a run of check-scope loads."""
    code = (
        "import sys\n"
        "from planner.cli.main import run\n"
        f"code = run(['check-scope', *{list(words)!r}])\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=shop.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


def test_a_run_loads_only_what_it_needs(shop: Shop) -> None:
    passing(shop)

    modules = loaded(shop)

    assert not {module for module in modules if module.split(".")[0] in HEAVY or module in HEAVY}
    # The algebra and lint are for branches that touch a plan.
    assert sorted(modules & {"planner.lint.plans", "planner.boundary.language", "tempfile"}) == []


def big(shop: Shop, name: str, count: int) -> None:
    """A branch that adds many paths, in one process."""
    stream = ["blob\nmark :1\ndata 1\nx\n"]
    stream.append(
        f"commit refs/heads/{name}\ncommitter D <d@example.org> 1700000000 +0000\n"
        "data 3\nbig\nfrom refs/heads/main^0\n"
    )
    stream += [f"M 100644 :1 src/api/{n % 100}/some/folder/file{n}.py\n" for n in range(count)]
    words = [GIT, "fast-import", "--quiet"]
    subprocess.run(words, cwd=shop.folder, input="".join(stream).encode(), check=True)


MEMORY = """\
import os, resource, subprocess, sys
from pathlib import Path
words = [sys.executable, "-m", "planner", *sys.argv[1:]]
with Path(os.devnull).open("wb") as nowhere:
    done = subprocess.run(words, stdout=nowhere)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize(("branch", "code"), [("feature/api", 0), ("feature/web", 1)])
def test_e26_a_hundred_thousand_paths_take_little_memory(
    shop: Shop, branch: str, code: int
) -> None:
    big(shop, branch, 100_000)

    done = subprocess.run(
        [sys.executable, "-c", MEMORY, "check-scope", "--head", branch],
        check=False, cwd=shop.folder, capture_output=True, text=True,
    )  # fmt: skip

    ended, kib = map(int, done.stdout.split())
    assert ended == code, done.stderr
    assert kib < 200 * 1024, f"{kib // 1024} MiB"


def test_e25_a_repository_of_another_user_is_refused_with_the_way_out(shop: Shop) -> None:
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    passing(shop)
    for path in (shop.folder, shop.folder / ".git"):
        os.chown(path, 12345, 12345)

    ran = shop.check()

    assert ran.exit == 2
    assert ran.json["error"]["hint"] == (
        f"git config --global --add safe.directory {shop.folder.resolve()}"
    )
    config = shop.folder.parent / "config"
    config.write_text(f"[safe]\n\tdirectory = {shop.folder}\n")
    assert shop.check(env={"GIT_CONFIG_GLOBAL": str(config)}).exit == 0
