"""What is published: the sdist, and the wheel, from which the whole tool is installed."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import tarfile
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
    """The sdist, the wheel built from it, and an environment that the wheel is installed in."""

    sdist: Path
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
    _run(sys.executable, "-m", "build", *without, "--outdir", str(folder), str(CHECKOUT))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "pip", f"--python={python}", "install", "--no-deps", str(wheel))
    # The dependencies are those that the tests run with; the checkout is not among them.
    (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Installed(sdist, wheel, python)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, env=MACHINE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sdist_holds_the_project_and_nothing_that_lies_beside_it(installed: Installed) -> None:
    repository = git.Repo(CHECKOUT)
    tracked = {name.split("/")[0] for name in repository.git.ls_files("-z").split("\0")}
    files = repository.git.ls_files("-z", "--cached", "--others", "--exclude-standard").split("\0")
    with tarfile.open(installed.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    belong = {name for name in files if name.split("/")[0] in tracked and _is_file(name)}
    assert names == belong | {"PKG-INFO"}


def _is_file(name: str) -> bool:
    return (CHECKOUT / name).is_file()


def test_the_wheel_holds_modules_templates_examples_and_the_reference(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    modules = {path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob("planner/**/*.py")}
    shipped = {
        f"planner/{folder.name}/{path.relative_to(folder).as_posix()}"
        for folder in (CHECKOUT / "docs/examples", CHECKOUT / "docs/reference")
        for path in folder.rglob("*")
        if path.is_file()
    }
    templates = {f"planner/templates/{name}.md.j2" for name in ("PLAN", "TASKS")}

    about = {name for name in names if ".dist-info/" in name}
    assert {*names} - about == {"planner/py.typed"} | modules | templates | shipped
    assert {name.partition("/")[2] for name in about} == {
        "METADATA",
        "RECORD",
        "WHEEL",
        "entry_points.txt",
        "licenses/LICENSE",
    }


@pytest.mark.parametrize(
    "command", ["uvx --from {wheel} planner", "pipx run --spec {wheel} planner"]
)
def test_it_runs_without_being_installed(
    command: str, installed: Installed, tmp_path: Path
) -> None:
    tool, *words = command.format(wheel=installed.wheel).split()
    done = subprocess.run(
        [Path(sys.executable).with_name(tool), *words, "--version"],
        cwd=tmp_path,
        env=MACHINE | {"PIPX_HOME": str(tmp_path / "pipx")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, f"planner {planner.__version__}\n"), done.stderr


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
