import re
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostic import Diagnostic
from planner.plan.document.nodes import (
    DEEPEST,
    LARGEST_BYTES,
    MOST_NODES,
    Mapping,
    Node,
    Unreadable,
    locate,
    plain,
)
from planner.plan.document.problems import MOST_DIAGNOSTICS, Problems
from planner.plan.document.reading import read_document


def read(content: bytes) -> tuple[Node | None, list[Diagnostic]]:
    problems = Problems("p")
    return read_document(content, problems), problems.diagnostics


def value(text: str) -> object:
    """The value of the key `a`."""
    root, diagnostics = read(f"a: {text}\n".encode())
    assert diagnostics == []
    assert isinstance(root, Mapping)
    return plain(root.items["a"])


def mistakes(text: str | bytes) -> list[tuple[int, int, str, str]]:
    """Line, column, rule and hint of each mistake in a text as YAML."""
    content = text if isinstance(text, bytes) else text.encode()
    _, diagnostics = read(content)
    return [(d.location.line, d.location.column, d.rule, d.hint) for d in diagnostics]


@pytest.mark.parametrize("text", ["no", "on", "yes", "012", "12:30", "2026-11-23", "1_000", "0b1"])
def test_text_that_yaml_1_1_would_convert_stays_text(text: str) -> None:
    assert value(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("0o14", 12),
        ("0x1F", 31),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("12345678901234567890", 12345678901234567890),
        ("'1'", "1"),
        ('"true"', "true"),
        ("x", "x"),
        ("-x", "-x"),
    ],
)
def test_plain_scalars_have_the_values_of_the_core_schema(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_keys_and_values_have_their_place() -> None:
    root, _ = read("é: [x, {k: 'v'}]\nb:\n  - y\n".encode())
    assert isinstance(root, Mapping)

    assert root.keys["b"][1:3] == (2, 1)
    assert locate("p", root, "é", 1, "k") == ("p", 1, 12)
    assert locate("p", root, "b", 0) == ("p", 3, 5)
    assert locate("p", root, "b", 7) == ("p", 3, 3)
    assert locate("p", root, "none") == ("p", 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  - *.py\n", (2, 5, "yaml-syntax", "quote it: '*.py'")),
        ("a:\n  - **/*.py\n", (2, 5, "yaml-syntax", "quote it: '**/*.py'")),
        ("a: [*.py, b]\n", (1, 5, "yaml-syntax", "quote it: '*.py'")),
        ("a:\n  - [id].tsx\n", (2, 5, "yaml-syntax", "quote it: '[id].tsx'")),
        ("a: {path: [id].tsx}\n", (1, 11, "yaml-syntax", "quote it: '[id].tsx'")),
        ("a: [app/[id]/**, b]\n", (1, 5, "yaml-syntax", "quote it: 'app/[id]/**'")),
        ("a: {x}/b\n", (1, 4, "yaml-syntax", "quote it: '{x}/b'")),
        ("a: fix: it\n", (1, 4, "yaml-syntax", "quote it: 'fix: it'")),
        ("a: @x  # why\n", (1, 4, "yaml-syntax", "quote it: '@x'")),
        ("a: `x`\n", (1, 4, "yaml-syntax", "quote it: '`x`'")),
        ("a: %x\n", (1, 4, "yaml-syntax", "quote it: '%x'")),
        ("a:\n\t- x\n", (2, 1, "yaml-syntax", "indent with spaces")),
        ("a:\n  - x\n\t- y\n", (3, 1, "yaml-syntax", "indent with spaces")),
        ("a: [b\n", (1, 4, "yaml-syntax", "close it with ']'")),
        ("a: [", (1, 4, "yaml-syntax", "close it with ']'")),
        ("a: [b, {c:\n", (1, 8, "yaml-syntax", "close it with '}'")),
        ("a: [b, }\n", (1, 8, "yaml-syntax", "close '[' with ']'")),
        ("a: ]\n", (1, 4, "yaml-syntax", "remove it")),
        ("a: [b,, c]\n", (1, 7, "yaml-syntax", "remove the ','")),
        ('a: "b\n', (1, 4, "yaml-syntax", "close it with a double quote")),
        ("a: 'b\n---\n", (1, 4, "yaml-syntax", "close it with a single quote")),
        ("a: {b: c\n", (1, 4, "yaml-syntax", "close it with '}'")),
        (
            'a: "\\d"\n',
            (1, 5, "yaml-syntax", "use single quotes, where '\\' is an ordinary character"),
        ),
        ("a: - x\n", (1, 4, "yaml-syntax", "break the line before '- '")),
        ("a:\n  - x\n b: 1\n", (3, 2, "yaml-syntax", "")),
        ("a: *foo\n", (1, 4, "alias", "if it is a pattern or text, quote it: '*foo'")),
        ("a: &x y\n", (1, 4, "anchor", "repeat the value where it is needed")),
        ("&x a: y\n", (1, 1, "anchor", "repeat the value where it is needed")),
        ("<<: {a: b}\n", (1, 1, "merge-key", "write the merged keys here")),
        ("? [a]\n: b\n", (1, 3, "key", "write KEY: VALUE")),
        ("a: 1\nb: 2\na: 3\n", (3, 1, "duplicate-key", "remove one of them")),
        ("a: 1\n---\nb: 2\n", (2, 1, "several-documents", "remove the '---'")),
        ("%TAG ! x\n---\na: 1\n", (1, 1, "tag", "remove the line")),
        (
            "a:\n  - !src/**\n",
            (2, 5, "tag", "if it is text, quote it: '!src/**'; to remove paths use 'exclude'"),
        ),
        (
            "a: ! x\n",
            (1, 4, "tag", "if it is text, quote it: '! x'; to remove paths use 'exclude'"),
        ),
        (b"a: 1\n\xc3\xa9\xff", (2, 2, "not-utf8", "save it as UTF-8")),
        (b"\xef\xbb\xbf\xc3\xa9: \xff", (1, 4, "not-utf8", "save it as UTF-8")),
    ],
)
def test_a_mistake_is_reported_at_its_place_with_a_hint(
    text: str, expected: tuple[int, int, str, str]
) -> None:
    assert mistakes(text) == [expected]


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_in_editors(breaks: str) -> None:
    assert mistakes(f"a: 1{breaks}b: \x07")[0][:2] == (2, 4)
    assert mistakes(f"a: 1{breaks}b: *x{breaks}")[0][:2] == (2, 4)


def test_all_mistakes_other_than_syntax_errors_are_reported_at_once() -> None:
    rules = [rule for *_, rule, _ in mistakes("a: &x 1\na: *x\nb: !t 2\n<<: 3\nc: [&y [1], 2]\n")]

    assert rules == ["anchor", "duplicate-key", "alias", "tag", "merge-key", "anchor"]


def test_a_byte_order_mark_is_accepted() -> None:
    root, diagnostics = read(b"\xef\xbb\xbfa: 1\n")
    assert diagnostics == []
    assert plain(root or Unreadable(0, 0)) == {"a": 1}


@pytest.mark.slow
def test_limits_are_exact() -> None:
    def nested(depth: int) -> str:
        return "[" * depth + "]" * depth

    assert mistakes(nested(DEEPEST)) == []
    assert [rule for *_, rule, _ in mistakes(nested(DEEPEST + 1))] == ["too-deep"]
    assert mistakes("[" + "a," * (MOST_NODES - 1) + "]") == []
    assert [rule for *_, rule, _ in mistakes("[" + "a," * MOST_NODES + "]")] == ["too-many-nodes"]
    assert mistakes(b"a: " + b"x" * (LARGEST_BYTES - 3)) == []
    assert [rule for *_, rule, _ in mistakes(b"x" * (LARGEST_BYTES + 1))] == ["too-large"]
    many = mistakes("a: 1\n" * (MOST_DIAGNOSTICS + 9))
    assert len(many) == MOST_DIAGNOSTICS + 1
    assert many[-1][2] == "too-many-mistakes"


SIGNS = [*"ab:-?[]{},&*!|>'\"%@`#~< \t\n\r\\é1.", "- ", ": ", "? ", "\n  ", "---\n", "<<: ", "!!"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join))
def test_the_reader_agrees_with_pyyaml_on_the_structure(text: str) -> None:
    root, diagnostics = read(text.encode())
    rules = {each.rule for each in diagnostics}
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except yaml.composer.ComposerError:
        return  # an alias without an anchor
    except yaml.YAMLError:
        assert rules
        return
    assert "yaml-syntax" not in rules
    if not rules and nodes:
        assert root is not None
        assert _shape(nodes[0]) == _shape_of(plain(root))


def _shape(node: object) -> object:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _shape(inner) for key, inner in node.value}
    return [_shape(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else "."


def _shape_of(plain: object) -> object:
    if isinstance(plain, dict):
        return {key: _shape_of(inner) for key, inner in plain.items()}
    return [_shape_of(item) for item in plain] if isinstance(plain, list) else "."


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_the_reader_never_raises(content: bytes) -> None:
    for each in read(content)[1]:
        assert each.location.line >= 0
        assert not re.search("[Ff]ailed|[Ii]nvalid", each.message)


def filled(unit: str, before: str = "", after: str = "") -> str:
    """A text of the largest size."""
    return before + unit * ((LARGEST_BYTES - len(before) - len(after)) // len(unit)) + after


HOSTILE = {
    "brackets": filled("["),
    "braces": filled("{"),
    "lists": filled("- "),
    "question marks": filled("? "),
    "deep blocks": "".join(" " * depth + "a:\n" for depth in range(2000)),
    "one long list": filled("a,", "a: ["),
    "keys of one name": filled("a: 1\n"),
    "keys of one name in a line": filled("a: 1,", "{"),
    "many keys": "".join(f"a{at}: 1\n" for at in range(150_000)),
    "tags in a line": filled("!a b,", "["),
    "aliases in a line": filled("*a,", "["),
    "anchors": filled("- &a b\n"),
    "a long tag": filled("x", "a: !"),
    "a long anchor": filled("x", "a: &"),
    "a long key": filled("x", "", ": a"),
    "a long line of blanks": filled(" ", "a:", "%"),
    "colons": filled("a: "),
    "line breaks": filled("\n"),
    "line breaks in quotes": filled("\n", '"', '"'),
    "a list as key": filled("a,", "? [", "]\n: b"),
    "brackets as key": filled("[", "? "),
    "documents": filled("---\n"),
    "tag directives": "".join(f"%TAG !a{at}! x\n" for at in range(100_000)) + "---\na: 1\n",
    "digits": filled("1", "a: "),
    "a long exponent": filled("1", "a: 1.0e"),
    "tabs": filled("\t", "a:\n"),
    "words with brackets": filled("x ", "a: [ ", "[y]z"),
    "brackets that do not balance": "a: [" + "[" * 1_000_000 + "]" * 999_000 + "x",
    "single quotes": filled("''", "a: '"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_is_slow_to_read(name: str) -> None:
    content = HOSTILE[name].encode()
    start = time.process_time()
    read(content)
    # The promise is 2 s on an idle machine; quadratic time would be minutes.
    assert time.process_time() - start < 5
