"""The files that `init --ci` and `init --pre-commit` write."""

from typing import Final, NamedTuple

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
