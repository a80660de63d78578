"""spec-kitty's work packages: each becomes a slice, its `owned_files` the scope."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from planner.agents.imports.found import Found, Group, Item, Named, Need, Source
from planner.agents.imports.lists import markdown
from planner.agents.imports.prose import Prose
from planner.diagnostic import Diagnostic, Location
from planner.plan.document import nodes
from planner.plan.document.problems import Problems
from planner.plan.document.reading import read_document
from planner.plan.foreign import status_of
from planner.rules import MISSING_KEY, REFUSED_PATTERN, WRONG_KIND

_SUBTASK: Final = re.compile(r"(?:Subtask\s+)?(T\d+[A-Za-z]?)\s*(?:[:\u2014\u2013-]+\s*)?(.*)")


def is_spec_kitty(text: str) -> bool:
    """Whether a text is a work package."""
    return bool(re.search(r"^work_package_id[ \t]*:", markdown.front_matter(text), re.MULTILINE))


def read(sources: Sequence[Source], tracked: Sequence[bytes], root: str) -> Found:
    """Return what work packages say."""
    heads = [_head(source) for source in sources]
    entries = [one.text for head, _ in heads for key in _FILES for one in _listed(head, key)]
    prose = Prose(tracked, root, entries)
    findings = [finding for _, found in heads for finding in found]
    groups = []
    for source, (head, _) in zip(sources, heads, strict=True):
        group = _group(source, head, prose, findings)
        if group is not None:
            groups.append(group)
    bases = {_text(head, "merge_target_branch") for head, _ in heads}
    base = bases.pop() if len(bases) == 1 else ""
    keys = {"base": base} if base and "{" not in base else {}
    groups = _told_apart(groups)
    return Found("spec-kitty", _title(sources[0]), tuple(groups), tuple(findings), keys=keys)


def _told_apart(groups: Sequence[Group]) -> list[Group]:
    """Put the package before each id that another package has too: some count from T001 in each."""
    counts = Counter(id_ for group in groups for id_ in {item.id for item in group.items})
    return [
        group._replace(
            items=tuple(
                item._replace(id=f"{group.id}-{item.id}") if counts[item.id] > 1 else item
                for item in group.items
            )
        )
        for group in groups
    ]


_FILES: Final = ("owned_files", "create_intent")


def _head(source: Source) -> tuple[nodes.Mapping, list[Diagnostic]]:
    """The front matter of a work package."""
    problems = Problems(source.shown)
    read = read_document(markdown.front_matter(source.text).encode(), problems)
    head = read if isinstance(read, nodes.Mapping) else nodes.Mapping({}, {}, 1, 1)
    return head, problems.diagnostics


def _title(source: Source) -> str:
    """The name of the mission: the folder around `tasks`."""
    parts = source.shown.split("/")
    folder = parts[parts.index("tasks") - 1] if "tasks" in parts[1:] else ""
    words = re.sub(r"-[0-9A-Z]{8,26}$|^\d+-", "", folder).replace("-", " ").strip()
    return words[:1].upper() + words[1:] or "Work packages"


def _group(
    source: Source, head: nodes.Mapping, prose: Prose, findings: list[Diagnostic]
) -> Group | None:
    id_ = _text(head, "work_package_id")
    place = _at(source, head.items.get("work_package_id", head))
    if not id_:
        if not findings:
            said = "the work package has no 'work_package_id'"
            findings.append(MISSING_KEY.at(place, said, "add 'work_package_id: WP01'"))
        return None
    paths: list[Named] = []
    for node in _listed(head, "owned_files", source, findings):
        for word in prose.listed(node.text):
            at = _at(source, node)
            if word.refusal is None:
                paths.append(Named(word.pattern, at))
            else:
                findings.append(REFUSED_PATTERN.at(at, *word.refusal))
    needs = tuple(
        Need(node.text.strip(), _at(source, node))
        for node in _listed(head, "dependencies", source, findings)
    )
    lane = status_of(_text(head, "lane") or _lane(source))
    items = tuple(_items(source, head, is_done=lane == "done"))
    title = _text(head, "title") or id_
    return Group(id_, place, title, items, tuple(paths), needs)


def _lane(source: Source) -> str:
    """The state of a package in the folders of older versions: `tasks/done/WP01.md`."""
    folder = source.shown.rpartition("/")[0].rpartition("/")[2]
    return folder if folder in ("done", "doing", "for_review", "planned") else ""


def _items(source: Source, head: nodes.Mapping, *, is_done: bool) -> Iterator[Item]:
    """The subtasks of a package, with the titles of their headings."""
    titles: dict[str, tuple[str, int]] = {}
    for line in markdown.lines(source.text):
        found = _SUBTASK.fullmatch(markdown.plain(line.text)) if line.level > 1 else None
        if found:
            titles.setdefault(found[1], (found[2], line.number))
    keys: Mapping[str, Any] = {"status": "done"} if is_done else {}
    for node in _listed(head, "subtasks"):
        title, number = titles.get(node.text, ("", 0))
        place = source.at(number) if number else _at(source, node)
        yield Item(node.text, place, title or node.text, keys=keys)


def _listed(
    head: nodes.Mapping,
    key: str,
    source: Source | None = None,
    findings: list[Diagnostic] | None = None,
) -> list[nodes.Scalar]:
    """The entries of a list of texts; what is not one is a finding."""
    node = head.items.get(key)
    if isinstance(node, nodes.Sequence):
        texts = [
            one for one in node.items if isinstance(one, nodes.Scalar) and one.value is not None
        ]
        if len(texts) == len(node.items):
            return texts
    elif node is None or (isinstance(node, nodes.Scalar) and node.value is None):
        return []
    if findings is not None and source is not None:
        message = f"{key!r} must be a list of texts"
        findings.append(WRONG_KIND.at(_at(source, node), message, "write it as [ENTRY, ENTRY]"))
    return []


def _text(head: nodes.Mapping, key: str) -> str:
    node = head.items.get(key)
    return node.text.strip() if isinstance(node, nodes.Scalar) and node.value is not None else ""


def _at(source: Source, node: nodes.Node) -> Location:
    return source.at(node.line, node.column)
