"""A plan as the text of its documents, through templates; the only module that knows Jinja."""

import re
from pathlib import Path
from types import TracebackType
from typing import Final

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
"""Where a repository keeps templates of its own, from its root."""


def render(plan: Plan, schedule: Schedule, *, folders: tuple[Path, ...] = ()) -> dict[str, str]:
    """PLAN.md and TASKS.md by their names: the same plan gives the same text, everywhere.

    Args:
        folders: where templates are looked for before those of the package, the first wins.
            There `{% extends "planner/PLAN.md.j2" %}` leads to the package's own.

    Raises:
        PlannerError: a template is missing or does what it may not; it says where.
    """
    environment = _environment(folders)
    pages = (plan_page(plan), tasks_page(plan, schedule))
    return {
        name: _filled(environment, f"{name}.j2", origin=_origin(plan.path), page=page)
        for name, page in zip(DOCUMENTS, pages, strict=True)
    }


def _environment(folders: tuple[Path, ...]) -> ImmutableSandboxedEnvironment:
    own = FileSystemLoader(packaged("templates"))
    # The prefix comes first, so that no folder can stand in front of the originals.
    loader = ChoiceLoader([PrefixLoader({"planner": own}), FileSystemLoader(folders), own])
    return ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _origin(path: str) -> str:
    """The comment that names the plan, with what could end it in the way of a URL."""
    quoted = re.sub(
        r"--|[%\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]",
        lambda match: "-%2D" if match[0] == "--" else _percent(match[0]),
        path,
    )
    return f"{HEAD}{quoted}: edit the plan, then run planner render -->"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _filled(environment: ImmutableSandboxedEnvironment, name: str, **values: object) -> str:
    try:
        text = environment.get_template(name).render(values)
    except TemplateSyntaxError as error:
        place = Location(str(error.filename or error.name or name), error.lineno)
        raise PlannerError(
            f"the template cannot be read: {error.message}", location=place
        ) from error
    # Whatever a template does wrong ends here: all it was given are finished values.
    except Exception as error:
        # Where the values of a page are defined is nothing that a template's author looks up.
        what = re.sub(r"planner\.render\.\w+\.", "", str(error)) or type(error).__name__
        if isinstance(error, TemplateNotFound):
            what = f"there is no template {error.name!r}"
        place = _place(error.__traceback__, name)
        raise PlannerError(f"the template stopped: {what}", location=place) from error
    return text.rstrip("\n") + "\n"


def _place(traceback: TracebackType | None, name: str) -> Location:
    """The line of a template where it stopped: the innermost frame that Jinja shows as one."""
    place = Location(name)
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if path.endswith(".j2"):
            place = Location(path, traceback.tb_lineno)
        traceback = traceback.tb_next
    return place
