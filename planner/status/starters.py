"""The files that `init --ci` and `init --pre-commit` write."""

from typing import Final, NamedTuple

from planner import __version__

PROJECT: Final = "OWNER/planner"
"""Where this project lies; OWNER stands for whoever hosts it."""

_CHECKOUT: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"

_GITHUB: Final = f"""\
# Checks every pull request against the plan. Require the check `planner` in the branch's rules.
name: planner
on:
  pull_request:
    # `edited`: the base or the title changed.
    types: [opened, synchronize, reopened, edited]
  merge_group:
permissions:
  contents: read
jobs:
  planner:
    runs-on: ubuntu-latest
    steps:
      - uses: {_CHECKOUT}
        with:
          fetch-depth: 0
          persist-credentials: false
      # {PROJECT} is where planner lies for you. Better than a tag is the commit that it names.
      - uses: {PROJECT}@v{__version__}
        with:
          args: check --skip gates
"""

_GITLAB_INCLUDE: Final = f"""\
# {PROJECT} is where planner lies for you, mirrored to this GitLab.
include:
  - component: $CI_SERVER_FQDN/{PROJECT}/planner@v{__version__}
    inputs:
      package: git+https://$CI_SERVER_FQDN/{PROJECT}@v{__version__}
"""

_PRE_COMMIT: Final = f"""\
# {PROJECT} is where planner lies for you. Then: pre-commit install, and for planner-title
# pre-commit install --hook-type commit-msg
repos:
  - repo: https://github.com/{PROJECT}
    rev: v{__version__}
    hooks:
      - id: planner-lint
      - id: planner-render-check
      - id: planner-check-scope
      - id: planner-title
"""


class Starter(NamedTuple):
    """A file to start with.

    Attributes:
        path: where it lies, from the root of the repository.
        text: what is in it.
        is_shared: whether a file that is there already may be about more than planner, so that
            the user must add to it.
    """

    path: str
    text: str
    is_shared: bool = True


def starters(ci: str | None, *, has_pre_commit: bool) -> tuple[Starter, ...]:
    """Return the files for a CI system, `github` or `gitlab`, and for pre-commit."""
    asked = []
    if ci == "github":
        asked.append(Starter(".github/workflows/planner.yml", _GITHUB, is_shared=False))
    if ci == "gitlab":
        asked.append(Starter(".gitlab-ci.yml", _GITLAB_INCLUDE))
    if has_pre_commit:
        asked.append(Starter(".pre-commit-config.yaml", _PRE_COMMIT))
    return tuple(asked)
