"""The files that `init --ci` and `init --pre-commit` write."""

from pathlib import Path
from typing import Final, NamedTuple

from planner import files
from planner.errors import PlannerError
from planner.plan.document.nodes import LARGEST_BYTES, Mapping, Scalar
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.status.origin import Origin

_CHECKOUT: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


def _github(origin: Origin) -> str:
    return f"""\
# Checks every pull request against the plan. Require the check `scope` in the branch's rules.
name: planner
on:
  pull_request:
    # `edited`: the base or the title changed.
    types: [opened, synchronize, reopened, edited]
  merge_group:
permissions:
  contents: read
jobs:
  scope:
    runs-on: ubuntu-latest
    steps:
      - uses: {_CHECKOUT}
        with:
          fetch-depth: 0
          persist-credentials: false
{_note("      ", origin)}      - uses: {origin.path}@{origin.revision}
        with:
          args: check --skip gates
"""


def _gitlab(origin: Origin) -> str:
    return f"""\
{_note("", origin)}include:
  - component: $CI_SERVER_FQDN/{origin.path}/planner@{origin.revision}
    inputs:
      package: git+https://$CI_SERVER_FQDN/{origin.path}@{origin.revision}
"""


def _pre_commit(origin: Origin) -> str:
    return f"""\
# To install them: pre-commit install --hook-type pre-commit --hook-type commit-msg
{_note("", origin)}repos:
  - repo: {origin.url}
    rev: {origin.revision}
    hooks:
      - id: planner-lint
      - id: planner-render-check
      - id: planner-check-scope
      - id: planner-title
"""


def _note(indent: str, origin: Origin) -> str:
    """What to replace, where the installation does not tell the project's place."""
    place = f"# {origin.path} stands for the repository that you install planner from.\n"
    return "" if origin.is_known else indent + place


class Starter(NamedTuple):
    """A file to start with.

    Attributes:
        path: where it lies, from the root of the repository.
        text: what is in it.
        list_key: the key of the list to which the user adds an entry where the file is there
            already; empty for a file that is about planner alone.
    """

    path: str
    text: str
    list_key: str = ""

    @property
    def entry(self) -> str:
        """What to add to the list."""
        return self.text.partition(f"{self.list_key}:\n")[2]


def is_there(root: Path, one: Starter) -> bool:
    """Return whether a file is in the place of one to write.

    Raises:
        PlannerError: something else is.
    """
    path = root / one.path
    if path.is_file():
        return True
    if not (path.exists() or path.is_symlink()):
        return False
    is_link = path.is_symlink() and not path.exists()
    what = (
        "a link that leads nowhere"
        if is_link
        else "a folder"
        if path.is_dir()
        else "not a regular file"
    )
    raise PlannerError(
        f"{one.path!r} is {what}; nothing was written", hint="move it away, then: planner init"
    )


def fault_in(root: Path, one: Starter) -> str:
    """Return why nobody can add the entry to the file that is there; empty where it is possible.

    Raises:
        PlannerError: the file cannot be read.
    """
    problems = Problems(one.path)
    content = files.read(root / one.path, most=LARGEST_BYTES + 1) if one.list_key else None
    document = read_document(content or b"", problems)
    if document is None:
        return "it is not YAML" if problems.diagnostics else ""
    if not isinstance(document, Mapping):
        return "it is not a mapping"
    value = document.items.get(one.list_key)
    # GitLab takes a text and a mapping for a list of one.
    is_other = isinstance(value, Mapping) or (isinstance(value, Scalar) and value.text != "")
    return f"its {one.list_key!r} is not a list" if is_other and one.list_key == "repos" else ""


def starters(ci: str | None, origin: Origin, *, has_pre_commit: bool) -> tuple[Starter, ...]:
    """Return the files for a CI system, `github` or `gitlab`, and for pre-commit.

    Args:
        origin: what they install.
    """
    asked = []
    if ci == "github":
        asked.append(Starter(".github/workflows/planner.yml", _github(origin)))
    if ci == "gitlab":
        asked.append(Starter(".gitlab-ci.yml", _gitlab(origin), "include"))
    if has_pre_commit:
        asked.append(Starter(".pre-commit-config.yaml", _pre_commit(origin), "repos"))
    return tuple(asked)
