"""Where the planner that runs was installed from, for files that install the same one."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final, NamedTuple

from planner import __version__


class Origin(NamedTuple):
    """A repository of this project, and the commit or tag to take.

    Attributes:
        url: without a closing `.git`.
        path: the part of the URL behind the host.
        is_known: whether the installation tells it; else OWNER stands for whoever hosts it.
    """

    url: str
    path: str
    revision: str
    is_known: bool = True


UNKNOWN: Final = Origin(
    "https://github.com/OWNER/planner", "OWNER/planner", f"v{__version__}", is_known=False
)
_URL: Final = re.compile(
    r'"url":\s*"(?P<url>https://[\w.-]+(?::\d+)?/(?P<path>[\w./-]+?))(?:\.git)?/?"'
)
_COMMIT: Final = re.compile(r'"commit_id":\s*"(?P<commit>[0-9a-f]{40,64})"')


def origin() -> Origin:
    """Return the git repository that pip installed from; `UNKNOWN` for a wheel or a folder."""
    try:
        return origin_of(distribution("pr-planner").read_text("direct_url.json") or "")
    except PackageNotFoundError:
        return UNKNOWN


def origin_of(direct_url: str) -> Origin:
    """Return the origin that a `direct_url.json` names.

    https://packaging.python.org/specifications/direct-url-data-structure/
    """
    url, commit = _URL.search(direct_url), _COMMIT.search(direct_url)
    if url is None or commit is None:
        return UNKNOWN
    return Origin(url["url"], url["path"], commit["commit"])
