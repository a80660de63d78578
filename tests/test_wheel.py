"""What is installed from the wheel, outside the checkout, is the whole tool."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import NamedTuple

import git
import pytest
from world import commit, root

import planner

pytestmark = pytest.mark.slow

CHECKOUT = Path(planner.__file__).parent.parent
MACHINE = dict(os.environ)  # before the tests are sealed: building may need the user's pip settings
PLAN = b"""\
version: 1
title: Orders
slices:
  - id: api
    title: The API
    branch: feature/api
    scope: {include: [src/]}
"""


class Installed(NamedTuple):
    """A wheel, and an environment of its own that it is installed in."""

    wheel: Path
    python: Path

    def run(self, *words: str, at: Path) -> subprocess.CompletedProcess[str]:
        """Run the installed `planner`, in a folder."""
        command = [str(self.python.with_name("planner")), *words]
        return subprocess.run(command, check=False, cwd=at, capture_output=True, text=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    without = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    _run(sys.executable, "-m", "build", "--wheel", *without, "--outdir", str(folder), str(CHECKOUT))
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "pip", f"--python={python}", "install", "--no-deps", str(wheel))
    # The dependencies are those that the tests run with; the checkout is not among them.
    (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(wheel, python)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, env=MACHINE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_templates_and_examples_and_types_and_no_tests(
    installed: Installed,
) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()

    assert {
        "planner/py.typed",
        "planner/templates/PLAN.md.j2",
        "planner/templates/TASKS.md.j2",
    } <= {*names}
    examples = CHECKOUT / "docs" / "examples"
    assert sorted(name for name in names if name.startswith("planner/examples/")) == sorted(
        f"planner/examples/{path.relative_to(examples).as_posix()}"
        for path in examples.rglob("*")
        if path.is_file()
    )
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"planner", "pr_planner"}
    modules = {path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob("planner/**/*.py")}
    assert {name for name in names if name.endswith(".py")} == modules


def test_it_imports_nothing_from_the_checkout(installed: Installed, tmp_path: Path) -> None:
    told = "import planner, planner.files as f; print(planner.__file__, f.packaged('templates'))"
    done = subprocess.run(
        [str(installed.python), "-c", told],
        check=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert str(CHECKOUT) not in done.stdout
    assert str(installed.python.parent.parent) in done.stdout


def test_it_runs_outside_the_checkout(installed: Installed, tmp_path: Path, repo: git.Repo) -> None:
    version = installed.run("--version", at=tmp_path)
    assert (version.returncode, version.stdout) == (0, f"planner {planner.__version__}\n")

    schema = installed.run("schema", at=tmp_path)
    assert schema.returncode == 0
    assert '"$schema"' in schema.stdout

    commit(repo, {"docs/plan/plan.yaml": PLAN, "src/a.py": ""})
    lint = installed.run("lint", at=root(repo))
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "checked 1 plan\npassed\n", "")
    other = installed.run("lint", "--repo", str(root(repo)), at=tmp_path)
    assert other.stdout == lint.stdout


def test_its_templates_render(installed: Installed, repo: git.Repo) -> None:
    commit(repo, {"docs/plan/plan.yaml": PLAN, "src/a.py": ""})
    done = installed.run("render", at=root(repo))

    assert (done.returncode, done.stderr) == (0, "")
    assert (root(repo) / "docs/plan/PLAN.md").read_text().count("# Orders PR Plan") == 1
