"""The pictures of TASKS.md drawn by Mermaid itself, in a real browser.

They need Chromium and the npm package `mermaid`, else they are skipped. PLANNER_BROWSER names a
browser that is not on PATH, PLANNER_MERMAID a `mermaid.min.js` that `make browser` did not install.
"""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from planned import plan_of, sliced, task

from planner.plan.parse import usable
from planner.render.documents import render
from planner.schedule import schedule

ROOT = Path(__file__).parents[2]
# Read here: the fixture `sealed` clears the environment.
BROWSER = os.environ.get("PLANNER_BROWSER") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
MERMAID = Path(
    os.environ.get("PLANNER_MERMAID")
    or ROOT / ".venv" / "mermaid" / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not BROWSER, reason="no chromium, chromium-browser or google-chrome on PATH: make browser"
    ),
    pytest.mark.skipif(
        not MERMAID.is_file(), reason="the npm package mermaid is not installed: make browser"
    ),
]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--allow-file-access-from-files",
    "--virtual-time-budget=60000",
    "--window-size=1240,1400",
    "--dump-dom",
)
PAGE = """\
<!doctype html><meta charset="utf-8"><body><div id="place" style="width:1200px"></div>
<pre id="result"></pre><script src="MERMAID"></script><script>
const pictures = PICTURES, drawn = [];
const two = number => String(number).padStart(2, "0");
const clock = time => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
  `${two(time.getHours())}:${two(time.getMinutes())}`;
const bars = async picture => {
  const diagram = await mermaid.mermaidAPI.getDiagramFromText(picture);
  return diagram.db.getTasks().map(bar => [clock(bar.startTime), clock(bar.endTime)]);
};
mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
(async () => {
  for (const [at, picture] of pictures.entries()) {
    const place = document.createElement("div");
    document.getElementById("place").append(place);
    try {
      place.innerHTML = (await mermaid.render("picture" + at, picture)).svg;
      const texts = [...place.querySelectorAll("text, foreignObject")];
      const box = place.querySelector("svg").getBoundingClientRect();
      drawn.push({
        error: "", svgs: place.querySelectorAll("svg").length, size: [box.width, box.height],
        texts: texts.map(t => t.textContent), scripts: place.querySelectorAll("script").length,
        links: place.querySelectorAll("a").length, whole: place.textContent,
        bars: picture.startsWith("gantt") ? await bars(picture) : [],
      });
    } catch (error) { drawn.push({error: String(error)}); }
  }
  const bytes = new TextEncoder().encode(JSON.stringify(drawn));
  document.getElementById("result").textContent =
    btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
})();
</script>
"""


def draw(pictures: list[str], folder: Path) -> list[dict[str, Any]]:
    """Draw the pictures in one run of the browser, and return what it shows of each."""
    assert BROWSER
    page = folder / "page.html"
    listed = json.dumps(pictures).replace("<", "\\u003c")
    page.write_text(PAGE.replace("MERMAID", MERMAID.as_uri()).replace("PICTURES", listed))
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [BROWSER, *FLAGS, profile, page.as_uri()], capture_output=True, timeout=120, check=False
    )
    result = re.search(rb'<pre id="result">([^<]+)</pre>', done.stdout)
    assert result, done.stderr.decode(errors="replace")[-2_000:]
    answers: list[dict[str, Any]] = json.loads(base64.b64decode(result[1]))
    assert len(answers) == len(pictures)
    return answers


def pictures(page: str) -> list[str]:
    return re.findall(r"^```mermaid\n(.*?)\n```$", page, re.DOTALL | re.MULTILINE)


def labels(picture: str) -> list[str]:
    """List the labels that a picture must show, by its source."""
    if picture.startswith("gantt"):
        texts = re.findall(r"^    (?!title |section )(.+?) :", picture, re.MULTILINE)
        texts += re.findall(r"^    (?:title|section) (.+)$", picture, re.MULTILINE)
    else:
        texts = re.findall(r'"(.*)"', picture)
    return [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text) for text in texts]


def without_spaces(text: str) -> str:
    """Return the text without whitespace, since Mermaid may break a line anywhere."""
    return "".join(text.split())


def plans() -> dict[str, Any]:
    """Return the examples, a hostile plan and a large one."""
    files = {
        "database-tests": ROOT / "docs/examples/database-tests/plan.yaml",
        "web-shop": ROOT / "docs/examples/web-shop/plan.yaml",
        "hostile": ROOT / "tests/cases/render/hostile/plan.yaml",
        "all-keys": ROOT / "tests/cases/render/all-keys/plan.yaml",
    }
    plans = {name: usable(path.read_bytes(), "docs/plan/plan.yaml") for name, path in files.items()}
    slices = [
        sliced(
            f"s{at}",
            f"src/s{at}/",
            owner=f"o{at % 7}",
            depends_on=[f"s{at - 5}"] if at >= 5 else [],
            tasks=[
                task(
                    f"t{at}-{n}",
                    effort="2-4h",
                    files=[f"src/s{at}/f{n}"],
                    depends_on=[f"t{at}-{n - 1}"] if n % 4 else [],
                )
                for n in range(20)
            ],
        )
        for at in range(20)
    ]
    plans["large"] = plan_of(slices, start="2026-11-23")
    return plans


def test_mermaid_draws_every_picture_with_its_labels_as_written(tmp_path: Path) -> None:
    pages = {name: render(plan, schedule(plan))["TASKS.md"] for name, plan in plans().items()}
    every = [(name, picture) for name, page in pages.items() for picture in pictures(page)]
    assert {name for name, _ in every} == set(pages)
    assert {picture.split()[0] for _, picture in every} == {"flowchart", "gantt"}

    answers = draw([picture for _, picture in every], tmp_path)

    for (name, picture), answer in zip(every, answers, strict=True):
        assert answer["error"] == "", (name, picture)
        assert (answer["svgs"], answer["scripts"], answer["links"]) == (1, 0, 0), name
        assert "Syntax error" not in answer["whole"], name
        assert min(answer["size"]) > 50, name
        shown = without_spaces(" ".join(answer["texts"]))
        wanted = labels(picture)
        assert wanted, name
        assert [text for text in wanted if without_spaces(text) not in shown] == [], name


def test_mermaid_draws_each_bar_from_its_start_to_its_finish_as_written(tmp_path: Path) -> None:
    efforts = "1d", "2d", "4h", "1w", "30m", "0m", "12h", "3w"
    days = [
        "2026-11-26",
        "2026-11-28",
        "2026-12-31",
        "2027-03-26",
    ]  # also a weekend, a clock change
    tasks = [
        task(f"t{at}", effort=effort, depends_on=[f"t{at - 1}"] if at else [])
        for at, effort in enumerate(efforts)
    ]
    plans = [plan_of([sliced("s", "src/", tasks=tasks)], start=start) for start in days]
    gantts = [pictures(render(plan, schedule(plan))["TASKS.md"])[1] for plan in plans]

    for picture, answer in zip(gantts, draw(gantts, tmp_path), strict=True):
        written = re.findall(r", (\S{10} \d\d:\d\d), (\S{10} \d\d:\d\d)$", picture, re.MULTILINE)
        assert len(written) == len(efforts)
        assert answer["bars"] == [list(bar) for bar in written]


def test_the_browser_reports_a_picture_with_a_syntax_error(tmp_path: Path) -> None:
    wrong, right = draw(["flowchart LR\n    end[broken", 'flowchart LR\n    a["A"]'], tmp_path)

    assert wrong["error"]
    assert (right["error"], right["texts"][-1].strip()) == ("", "A")
