"""Renders a plan to the text of its documents by templates; the only module that knows Jinja."""

import re
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Final
from urllib.parse import quote

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from planner.diagnostic import Location
from planner.errors import PlannerError
from planner.files import packaged
from planner.plan.find import DOCUMENTS
from planner.plan.model import Plan
from planner.render.freshness import HEAD
from planner.render.plan_page import plan_page
from planner.render.tasks_page import tasks_page
from planner.schedule import Schedule

FOLDER: Final = ".planner/templates"
"""The folder of a repository's own templates, relative to its root."""


def render(plan: Plan, schedule: Schedule, *, folders: tuple[Path, ...] = ()) -> dict[str, str]:
    """Return PLAN.md and TASKS.md by name; the same plan gives the same text on every machine.

    Args:
        folders: searched for templates before the package, in order. A template in them can
            start with `{% extends "planner/PLAN.md.j2" %}` to change the package's.

    Raises:
        PlannerError: a template has an error or does something forbidden; with its line.
    """
    environment = _environment(folders)
    pages = (plan_page(plan), tasks_page(plan, schedule))
    return {
        name: _fill(environment, f"{name}.j2", origin=_origin(plan.path), page=page)
        for name, page in zip(DOCUMENTS, pages, strict=True)
    }


def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    package = FileSystemLoader(packaged("templates"))
    # The prefix comes first, so that a folder named `planner` cannot replace the package's.
    loader = ChoiceLoader([PrefixLoader({"planner": package}), FileSystemLoader(folders), package])
    return ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _origin(path: str) -> str:
    """Return the comment that names the plan; what could end it is quoted as in a URL."""
    quoted = re.sub(
        r"--|[%\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]",
        lambda match: "-%2D" if match[0] == "--" else quote(match[0], errors="surrogateescape"),
        path,
    )
    return f"{HEAD}{quoted}: edit the plan, then run planner render -->"


def _fill(environment: ImmutableSandboxedEnvironment, name: str, **values: object) -> str:
    try:
        text = environment.get_template(name).render(values)
        text.encode()  # a template can contain "\ud800", which no file in UTF-8 can
    except TemplateSyntaxError as error:
        location = Location(str(error.filename or error.name or name), error.lineno)
        message = f"the template is not valid: {error.message}"
        raise PlannerError(message, location=location) from error
    # Any exception is the template's fault: the values it gets are finished text.
    except Exception as error:
        # The module of a page's type means nothing to the author of a template.
        reason = re.sub(r"planner\.render\.\w+\.", "", str(error)) or type(error).__name__
        if isinstance(error, TemplateNotFound):
            reason = f"template {error.name!r} not found"
        location = _location(error.__traceback__, name)
        raise PlannerError(f"the template failed: {reason}", location=location) from error
    return text.rstrip("\n") + "\n"


def _location(traceback: TracebackType | None, name: str) -> Location:
    """Return the line where a template failed: the innermost frame with a template's name."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(traceback)]
    return next((Location(*at) for at in reversed(frames) if at[0].endswith(".j2")), Location(name))
