"""What source text defines and imports, read by expressions: Python, JavaScript, Go, Rust, Java, C.

Only what is written at the start of a definition counts; what a language computes is not seen.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_Expression = re.Pattern[str]


class Import(NamedTuple):
    """What a file imports: the paths at which that may lie, and the names that are listed.

    Attributes:
        paths: each is a whole path, or with a leading slash the end of one.
        line: the first of the statement, from 1.
    """

    paths: tuple[str, ...]
    names: frozenset[str]
    line: int


class Definition(NamedTuple):
    """Where a name is defined first, from line 1, and whether only as a member of a class."""

    line: int
    is_member: bool


class Language(NamedTuple):
    """How a language is read.

    Attributes:
        defines: what a line defines is its only group; `member` for a member of a class.
        imports: yields what a text imports, given the path of its file.
        lifted: returns a text with what is defined under a condition as if there were none.
        lists_names: whether a name of another file has to be imported before it can be used.
        comment: what begins a comment up to the end of the line.
    """

    name: str
    defines: _Expression
    imports: Callable[[str, str], Iterator[Import]]
    lists_names: bool
    comment: str
    lifted: Callable[[str], str] = str

    def definitions(self, text: str) -> dict[str, Definition]:
        """Return what a text defines; what it defines for all goes before what is a member."""
        found: dict[str, Definition] = {}
        line, at = 1, 0
        text = self.lifted(text)
        for match in self.defines.finditer(text):
            start = match.start(match.lastgroup or 0)
            line += text.count("\n", at, start)
            at = start
            name, is_member = match[match.lastgroup or 0], match.lastgroup == "member"
            if name not in found or (found[name].is_member and not is_member):
                found[name] = Definition(line, is_member)
        return found

    def code(self, line: str) -> str:
        """Return a line without its comment; a text that looks like one is lost as well."""
        if line.lstrip().startswith((self.comment, "*", "/*")):
            return ""
        return line.partition(f" {self.comment}")[0]


def language_of(path: str) -> Language | None:
    """Return the language of a file by its name; None where planner reads its words alone."""
    return _BY_EXTENSION.get(posixpath.splitext(path)[1])


def _line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_PYTHON: Final = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(?P<name>\w+)"
    r"|^(?P<value>[A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=(?!=)"
    r"|^[ \t]+(?:async[ \t]+)?def[ \t]+(?P<member>\w+)",
    re.MULTILINE,
)
_PYTHON_BLOCK: Final = re.compile(
    r"^(?:if|elif|else|try|except|finally|with)\b.*:[^\n]*\n(?:(?:[ \t]+.*)?\n)*(?:[ \t]+.*)?",
    re.MULTILINE,
)
_INDENT: Final = re.compile(r"^[ \t]+", re.MULTILINE)


def _lifted_python(text: str) -> str:
    """Outdent what is in the blocks of conditions, with the same number of lines."""
    return _PYTHON_BLOCK.sub(_outdented, text)


def _outdented(match: re.Match[str]) -> str:
    block = match[0]
    first = _INDENT.search(block)
    return block.replace(f"\n{first[0]}", "\n") if first else block


_PYTHON_IMPORT: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)(?P<module>[\w.]*)[ \t]+import[ \t]+"
    r"(?P<names>\([^)]*\)|(?:[^\n#\\]|\\\n)*)|import[ \t]+(?P<modules>[\w., \t]+))",
    re.MULTILINE,
)


def _python_imports(path: str, text: str) -> Iterator[Import]:
    for match in _PYTHON_IMPORT.finditer(text):
        line = _line_of(text, match.start())
        if match["modules"]:
            for part in match["modules"].split(","):
                module = part.split()[0] if part.split() else ""
                yield Import(_python_paths("/", module), frozenset(), line)
            continue
        place = "/"
        if match["dots"]:
            place = posixpath.dirname(path)
            for _ in match["dots"][1:]:
                place = posixpath.dirname(place)
            place = f"{place}/" if place else ""
        names = frozenset(_NAME.findall(re.sub(r"#[^\n]*|\bas\s+\w+", "", match["names"])))
        module = match["module"]
        inner = (f"{module}.{name}".strip(".") for name in sorted(names))
        paths = [
            *_python_paths(place, module),
            *(p for one in inner for p in _python_paths(place, one)),
        ]
        yield Import(tuple(paths), names, line)


def _python_paths(place: str, module: str) -> tuple[str, ...]:
    at = place + module.replace(".", "/")
    if not module:
        return (f"{place}__init__.py",)
    return (f"{at}.py", f"{at}/__init__.py", f"{at}.pyi")


_SCRIPT: Final = re.compile(
    r"^[ \t]*export[ \t]+(?:default[ \t]+)?(?:declare[ \t]+)?(?:abstract[ \t]+)?(?:async[ \t]+)?"
    r"(?:function[ \t]*\*?|class|const|let|var|interface|type|enum|namespace)"
    r"[ \t]+(?P<exported>[\w$]+)"
    r"|^(?:async[ \t]+)?(?:function[ \t]*\*?|class|const|let|var)[ \t]+(?P<name>[\w$]+)"
    r"|^(?:module\.)?exports\.(?P<value>[\w$]+)[ \t]*=",
    re.MULTILINE,
)
_SCRIPT_IMPORT: Final = re.compile(
    r"(?:\bimport|\bexport)\b(?P<names>[^;'\"]{0,2000}?)\bfrom[ \t]*['\"](?P<path>[^'\"\n]+)['\"]"
    r"|(?P<bound>(?:const|let|var)[^=;]{0,2000}=[ \t]*)?"
    r"\b(?:require|import)\([ \t]*['\"](?P<module>[^'\"\n]+)['\"]"
    r"|^[ \t]*import[ \t]*['\"](?P<effect>[^'\"\n]+)['\"]",
    re.MULTILINE,
)
_SCRIPTS: Final = ("js", "ts", "tsx", "jsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "json")
_BUILT: Final = re.compile(r"\.[cm]?jsx?$")


def _script_imports(path: str, text: str) -> Iterator[Import]:
    for match in _SCRIPT_IMPORT.finditer(text):
        module = match["path"] or match["module"] or match["effect"]
        names = frozenset(_NAME.findall(match["names"] or match["bound"] or ""))
        paths: tuple[str, ...] = ()
        if module.startswith("."):
            at = posixpath.normpath(posixpath.join(posixpath.dirname(path), module))
            # In TypeScript an import names what the compiler will write.
            starts = dict.fromkeys((at, _BUILT.sub("", at)))
            ends = ["", *(f".{one}" for one in _SCRIPTS), *(f"/index.{one}" for one in _SCRIPTS)]
            paths = tuple(start + end for start in starts for end in ends)
        yield Import(paths, names, _line_of(text, match.start()))


_GO: Final = re.compile(
    r"^func[ \t]+(?:\([^)\n]*\)[ \t]*)?(?P<function>\w+)[ \t]*[\[(]"
    r"|^(?:type|var|const)[ \t]+(?P<name>\w+)"
    r"|^\t(?P<value>[A-Z]\w*)(?:[ \t]+[\w.\[\]*]+)?[ \t]*=",
    re.MULTILINE,
)
_RUST: Final = re.compile(
    r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?"
    r"(?:default[ \t]+)?(?:const[ \t]+)?(?:async[ \t]+)?(?:unsafe[ \t]+)?"
    r"(?:extern[ \t]+\"[^\"\n]*\"[ \t]+)?"
    r"(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)"
    r"[ \t]+(?:mut[ \t]+)?(?P<name>\w+)",
    re.MULTILINE,
)
_RUST_MODULE: Final = re.compile(
    r"^[ \t]*(?:pub(?:\([^)\n]*\))?[ \t]+)?mod[ \t]+(?P<name>\w+)[ \t]*;", re.MULTILINE
)


def _rust_imports(path: str, text: str) -> Iterator[Import]:
    folder, _, name = path.rpartition("/")
    if name not in ("lib.rs", "main.rs", "mod.rs"):
        folder = path.removesuffix(".rs")
    start = f"{folder}/" if folder else ""
    for match in _RUST_MODULE.finditer(text):
        at = start + match["name"]
        line = _line_of(text, match.start("name"))
        yield Import((f"{at}.rs", f"{at}/mod.rs"), frozenset(), line)


_JAVA: Final = re.compile(
    r"\b(?:class|@?interface|enum|record|object)[ \t]+(?P<type>[A-Z]\w*)"
    r"|^[ \t]+(?:(?:public|protected|private|static|final|abstract|synchronized|native|default)"
    r"[ \t]+)+"
    r"(?:<[^>\n]*>[ \t]+)?[\w.<>\[\], ?]{1,200}[ \t]+(?P<method>\w+)[ \t]*\("
    r"|^[ \t]+(?:(?:public|protected|static|final)[ \t]+)+[\w.<>\[\]]+[ \t]+"
    r"(?P<field>[A-Z][A-Z0-9_]+)[ \t]*[=;]",
    re.MULTILINE,
)
_C: Final = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?P<macro>\w+)"
    r"|\b(?:struct|class|union|enum(?:[ \t]+class)?)[ \t]+(?P<type>\w+)[^;(){}\n]*(?:\{|$)"
    r"|^typedef\b[^;{}]{0,500}?\b(?P<alias>\w+)[ \t]*;"
    r"|^(?!return\b|else\b|typedef\b)[A-Za-z_][\w \t*&:<>,]*?[ \t*&]"
    r"(?P<function>[A-Za-z_]\w*)[ \t]*\([^;{}]{0,2000}\)[ \t]*(?:const[ \t]*)?(?:\n?\{|;)",
    re.MULTILINE,
)
_C_INCLUDE: Final = re.compile(
    r"^[ \t]*#[ \t]*include[ \t]*[\"<](?P<path>[^\">\n]+)[\">]", re.MULTILINE
)


def _c_imports(path: str, text: str) -> Iterator[Import]:
    for match in _C_INCLUDE.finditer(text):
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), match["path"]))
        end = "/" + match["path"].removeprefix("./").lstrip("./")
        yield Import((beside, end), frozenset(), _line_of(text, match.start("path")))


def _no_imports(path: str, text: str) -> Iterator[Import]:
    return iter(())


_LANGUAGES: Final = {
    Language(
        "Python", _PYTHON, _python_imports, lists_names=True, comment="#", lifted=_lifted_python
    ): ("py", "pyi"),
    Language("JavaScript", _SCRIPT, _script_imports, lists_names=True, comment="//"): _SCRIPTS[:-1],
    Language("Go", _GO, _no_imports, lists_names=False, comment="//"): ("go",),
    Language("Rust", _RUST, _rust_imports, lists_names=False, comment="//"): ("rs",),
    Language("Java", _JAVA, _no_imports, lists_names=False, comment="//"): ("java", "kt"),
    Language("C", _C, _c_imports, lists_names=False, comment="//"): (
        *("c", "h", "cc", "cpp", "cxx", "hh", "hpp", "hxx"),
    ),
}
_BY_EXTENSION: Final = {
    f".{extension}": language
    for language, extensions in _LANGUAGES.items()
    for extension in extensions
}
