"""The pages of rules and of keys of the plan, as a report."""

import difflib
from collections.abc import Iterator

from planner.errors import PlannerError
from planner.formats.rule_page import rule_page, rule_summary
from planner.plan.keys import KnownKey, every_key, keys_named, structs
from planner.report import Report
from planner.rules import RULES


def names() -> tuple[str, ...]:
    """Return all that has a page: the rules, then the keys of a plan."""
    return (*RULES, *(known.path for known in every_key()))


def page(name: str) -> Report:
    """Return the report of a page.

    Raises:
        PlannerError: there is no such rule and no such key.
    """
    pages = [f"# {name}\n\n{rule_page(name)}"] if name in RULES else []
    pages += [_key_page(known) for known in keys_named(name)]
    if not pages:
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "list all pages: planner explain"
        raise PlannerError(f"there is no rule and no key of the plan {name!r}", hint=hint)
    return _report(name, "\n".join(pages))


def listing() -> Report:
    """Return the report of all pages, a line for each."""
    keys = [known for known in every_key() if known.key.description]
    width = max(map(len, [*RULES, *(known.path for known in keys)]))
    lines = ["To read the page of one: planner explain NAME", "", "Rules:"]
    lines += [f"  {name:{width}}  {rule_summary(name)[0]}" for name in RULES]
    lines += ["", "Keys of a plan:"]
    lines += [f"  {known.path:{width}}  {known.key.description}" for known in keys]
    return _report("", "".join(f"{line}\n" for line in lines))


def _report(name: str, text: str) -> Report:
    return Report(
        "explain", payload={"name": name or None, "text": text}, kind="question", raw=text
    )


def _key_page(known: KnownKey) -> str:
    key = known.key
    need = "Required" if key.required else "Optional"
    lines = [
        f"# {known.path}",
        "",
        key.description,
        "",
        f"{need} in {known.owner.name}; {key.kind.says}.",
        *_keys_of(known),
    ]
    return "".join(f"{line}\n" for line in lines)


def _keys_of(known: KnownKey) -> Iterator[str]:
    """The keys of the mappings that the value is or contains."""
    for struct in structs(known.key.kind):
        yield ""
        yield f"The keys of {struct.name}:"
        yield ""
        for name, key in struct.keys.items():
            yield f"- `{name}`{' (required)' if key.required else ''}: {key.description}"
