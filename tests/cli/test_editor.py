"""What the YAML language server, which editors use, makes of the schema that planner writes.

It needs Node.js and the npm package of .ci/npm, else it is skipped.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT
from world import planner

SERVER = ROOT / ".venv/yaml-language-server/node_modules/yaml-language-server/bin"
MODELINE = "# yaml-language-server: $schema=../../.vscode/plan.schema.json\n"
PLAN_WITH_TYPO = """\
version: 1
title: Invoices
slices:
  - id: invoices
    title: Invoices as PDF
    branch: feature/invoices
    scop: {include: [src/invoices/]}
"""

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and SERVER.is_dir()),
    reason="the npm package yaml-language-server is not installed: make browser",
)


class Editor:
    """Speaks the Language Server Protocol, as an editor does, with the YAML language server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = 0
        self.server = subprocess.Popen(
            ["node", str(SERVER / "yaml-language-server"), "--stdio"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.timer = threading.Timer(60, self.server.kill)
        self.timer.start()
        capabilities = {"workspace": {"configuration": True}}
        about = {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
        self.ask("initialize", about)
        self.tell("initialized", {})

    def close(self) -> None:
        self.timer.cancel()
        self.server.kill()
        self.server.communicate()

    def tell(self, method: str, params: Any, **more: Any) -> None:
        """Send a notification; with an id it is a request."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params, **more})

    def ask(self, method: str, params: Any) -> Any:
        """Send a request, and return the result."""
        self.asked += 1
        self.tell(method, params, id=self.asked)
        return self._wait(lambda message: message.get("id") == self.asked)["result"]

    def open(self, name: str, text: str) -> Any:
        """Open a document, and return its diagnostics."""
        uri = self._uri(name)
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        said = self._wait(lambda message: message.get("params", {}).get("uri") == uri)
        return said["params"]["diagnostics"]

    def at(self, name: str, line: int, column: int) -> dict[str, Any]:
        """A place in a document, counted from 1."""
        position = {"line": line - 1, "character": column - 1}
        return {"textDocument": {"uri": self._uri(name)}, "position": position}

    def _uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def _send(self, message: Any) -> None:
        assert self.server.stdin
        body = json.dumps(message).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def _wait(self, is_it: Any) -> Any:
        """Read messages until one is the right one; answer what the server asks for."""
        assert self.server.stdout
        while True:
            length = 0
            for header in iter(self.server.stdout.readline, b"\r\n"):
                assert header, "the language server has ended"
                name, _, value = header.partition(b":")
                length = int(value) if name == b"Content-Length" else length
            message = json.loads(self.server.stdout.read(length))
            if "method" in message and "id" in message:
                # Without a network: the schema comes from the file, none from SchemaStore.
                settings = {"validate": True, "schemaStore": {"enable": False}}
                items = message["params"].get("items", [])
                result = [settings if one["section"] == "yaml" else None for one in items]
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
            elif is_it(message):
                return message


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    assert planner("schema", "--out", ".vscode/plan.schema.json", at=tmp_path).exit == 0
    editor = Editor(tmp_path)
    yield editor
    editor.close()


def test_an_editor_checks_describes_and_completes_a_plan(editor: Editor) -> None:
    for path in sorted((ROOT / "docs/examples").glob("*/plan.yaml")):
        text = MODELINE + path.read_text(encoding="utf-8")

        assert editor.open(f"docs/{path.parent.name}/plan.yaml", text) == []

    name = "docs/plan/plan.yaml"
    found = editor.open(name, MODELINE + PLAN_WITH_TYPO)
    assert {one["range"]["start"]["line"] + 1 for one in found} == {5, 8}
    assert sorted(one["message"] for one in found) == [
        'Missing property "scope".',
        "Property scop is not allowed.",
    ]

    hover = editor.ask("textDocument/hover", editor.at(name, line=6, column=7))
    assert "What it is about." in hover["contents"]["value"]

    offered = editor.ask("textDocument/completion", editor.at(name, line=8, column=5))["items"]
    assert {"scope", "gates", "tasks"} <= {one["label"] for one in offered}
