"""Renders a plan to the text of its documents by templates; the only module that knows Jinja."""

import re
from collections.abc import Callable, Iterator
from traceback import walk_tb
from types import TracebackType
from typing import Final
from urllib.parse import quote

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    meta,
    nodes,
)
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from planner.diagnostic import Location
from planner.errors import PlannerError
from planner.files import packaged
from planner.plan.document.problems import nearest
from planner.plan.find import DOCUMENTS
from planner.plan.model import Plan
from planner.render.freshness import HEAD
from planner.render.markdown import bullets, table
from planner.render.plan_page import plan_page
from planner.render.tasks_page import tasks_page
from planner.render.templates import Template, Templates
from planner.schedule import Schedule

_NONE: Final[Templates] = {}


def render(
    plan: Plan,
    schedule: Schedule,
    templates: Templates = _NONE,
    *,
    started: Callable[[str], None] = lambda name: None,
) -> dict[str, str]:
    """Return PLAN.md and TASKS.md by name; the same plan gives the same text on every machine.

    Args:
        templates: come before the package's. One can start with
            `{% extends "planner/PLAN.md.j2" %}` to change the package's.
        started: is told each document before it is rendered.

    Raises:
        PlannerError: a template has an error or does something forbidden; with its line.
    """
    environment = _environment(templates)
    pages = (plan_page(plan), tasks_page(plan, schedule))
    texts = {}
    for name, page in zip(DOCUMENTS, pages, strict=True):
        started(name)
        texts[name] = _fill(environment, f"{name}.j2", origin=_origin(plan.path), page=page)
    return texts


def _environment(templates: Templates) -> ImmutableSandboxedEnvironment:
    package = FileSystemLoader(packaged("templates"))
    # The prefix comes first, so that a folder named `planner` cannot replace the package's.
    loader = ChoiceLoader([PrefixLoader({"planner": package}), _Loader(templates), package])
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"table": table, "bullets": bullets}
    return environment


class _FaultError(Exception):
    """A template that exists, but cannot be used."""

    def __init__(self, found: Template) -> None:
        super().__init__(f"{found.shown!r} {found.fault}")
        self.shown = found.shown


class _Loader(BaseLoader):
    """Loads the repository's own templates."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def get_source(self, environment: object, template: str) -> tuple[str, str, Callable[[], bool]]:
        segments = [segment for segment in template.split("/") if segment not in ("", ".")]
        # The folder that a template is in may be a link.
        names = ["/".join(segments[:end]) for end in range(1, len(segments) + 1)]
        for found in filter(None, map(self._templates.get, names)):
            if found.fault:
                raise _FaultError(found)
        if not names or names[-1] not in self._templates:
            raise TemplateNotFound(template)
        found = self._templates[names[-1]]
        return found.text, found.shown, lambda: True


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
        _check_blocks(environment, name)
        text = environment.get_template(name).render(values)
        text.encode()  # a template can contain "\ud800", which no file in UTF-8 can
    except TemplateSyntaxError as error:
        location = Location(str(error.filename or error.name or name), error.lineno)
        message = f"the template is not valid: {error.message}"
        raise PlannerError(message, location=location) from error
    except PlannerError:
        raise
    # Any other exception is the template's fault: the values it gets are finished text.
    except Exception as error:
        shown = error.shown if isinstance(error, _FaultError) else name
        location = _location(error.__traceback__, shown)
        raise PlannerError(f"the template failed: {_reason(error)}", location=location) from error
    return text.rstrip("\n") + "\n"


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"template {error.name!r} not found"
    if isinstance(error, MemoryError):
        return "it needs more than 512 MiB"
    # The module of a page's type means nothing to the author of a template.
    return re.sub(r"planner\.render\.\w+\.", "", str(error)) or type(error).__name__


def _location(traceback: TracebackType | None, name: str) -> Location:
    """Return the line where a template failed: the innermost frame of a template."""
    frames = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(traceback)
        if "__jinja_exception__" in frame.f_globals
    ]
    return Location(*frames[-1]) if frames else Location(name)


def _check_blocks(environment: ImmutableSandboxedEnvironment, name: str) -> None:
    """Refuse a block that no template above has: it would never be shown.

    Templates whose names are computed are not looked at.

    Raises:
        PlannerError: there is one; with its line.
    """
    seen = set()
    names = [name]
    while names:
        name = names.pop()
        if name in seen or name.startswith("planner/"):
            continue
        seen.add(name)
        try:
            tree, shown = _parsed(environment, name)
            above = list(_above(tree))
            known = set().union(*(_blocks(environment, one, {name}) for one in above))
        except (TemplateNotFound, _FaultError):
            continue  # rendering tells the line that needs it
        names += filter(None, meta.find_referenced_templates(tree))
        for block in _outer_blocks(tree) if above else ():
            if block.name not in known:
                raise PlannerError(
                    f"the template {above[0]!r} has no block {block.name!r}",
                    hint=nearest(block.name, sorted(known))
                    or f"its blocks are {', '.join(sorted(known))}",
                    location=Location(shown, block.lineno),
                )


def _parsed(environment: ImmutableSandboxedEnvironment, name: str) -> tuple[nodes.Template, str]:
    """Return a template's syntax tree, and how messages name the template."""
    if environment.loader is None:
        raise TemplateNotFound(name)
    source, shown, _ = environment.loader.get_source(environment, name)
    return environment.parse(source, name, shown), shown or name


def _above(tree: nodes.Template) -> Iterator[str]:
    """Yield the names of the templates that a template extends."""
    for node in tree.find_all(nodes.Extends):
        if isinstance(node.template, nodes.Const) and isinstance(node.template.value, str):
            yield node.template.value


def _blocks(environment: ImmutableSandboxedEnvironment, name: str, seen: set[str]) -> set[str]:
    """Return the names of the blocks of a template, and of those that it extends."""
    if name in seen:
        return set()
    tree, _ = _parsed(environment, name)
    own = {block.name for block in tree.find_all(nodes.Block)}
    return own.union(*(_blocks(environment, one, seen | {name}) for one in _above(tree)))


def _outer_blocks(node: nodes.Node) -> Iterator[nodes.Block]:
    """Yield the blocks that are not within another: that one shows what is in it."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Block):
            yield child
        else:
            yield from _outer_blocks(child)
