"""Look at cells in a real notebook: runs them all and takes a picture.

    python -m tests.jupyter_ext.browser.look CELLS.py OUT.png [--dark] [--width 500] [--notebook7]

CELLS.py holds the cells, separated by lines that begin with "# %%". The kernel's folder is an empty one of its own unless
--folder names one. What the cells print, their errors and the page's complaints are printed here.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from tests.jupyter_ext.browser.jupyter_server import App, JupyterServer
from tests.jupyter_ext.browser.page import NotebookPage, chromium


def cells_of(text: str) -> list[str]:
    return [cell.strip("\n") for cell in re.split(r"(?m)^# %%.*\n", text) if cell.strip()]


def told(output: dict[str, object]) -> str:
    """An output in a few words."""
    if output["output_type"] == "stream":
        return str(output["text"]).rstrip()
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    data = output.get("data")
    return f"[{', '.join(data)}]" if isinstance(data, dict) else str(output["output_type"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.jupyter_ext.browser.look", description=__doc__)
    parser.add_argument("cells", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument("--width", type=int, default=1100, help="of the window, in pixels")
    parser.add_argument("--height", type=int, default=900, help="of the window, at least; it grows with the notebook")
    parser.add_argument("--notebook7", action="store_true", help="Notebook 7 in place of JupyterLab 4")
    parser.add_argument(
        "--folder", type=Path, help="where the notebook and its kernel work; an empty folder unless given"
    )
    parser.add_argument("--seconds", type=float, default=1.5, help="how long what the cells show may settle")
    parser.add_argument(
        "--click", action="append", default=[], metavar="TEXT", help="press the button of that name, in turn"
    )
    given = parser.parse_args()
    app = App.NOTEBOOK if given.notebook7 else App.LAB
    with tempfile.TemporaryDirectory(prefix="sendoff-look-") as name:
        folder = (given.folder or Path(name) / "work").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        with JupyterServer(folder, Path(name) / "state", app) as server, chromium() as browser:
            cells = cells_of(given.cells.read_text(encoding="utf-8"))
            path = server.write_notebook("look.ipynb", cells)
            try:
                with NotebookPage(browser, server, width=given.width, height=given.height) as notebook:
                    notebook.open(path.name)
                    notebook.theme(dark=given.dark)
                    for index in range(len(cells)):
                        for output in notebook.run_cell(index):
                            print(f"cell {index + 1}: {told(output)}")
                    for text in given.click:
                        notebook.page.get_by_role("button", name=text).first.click()
                        notebook.page.wait_for_timeout(given.seconds * 1000)
                    notebook.page.wait_for_timeout(given.seconds * 1000)
                    notebook.whole()
                    notebook.page.wait_for_timeout(500)
                    notebook.picture(given.out)
                    for complaint in notebook.complaints:
                        print("the page complains:", complaint)
            finally:
                path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
