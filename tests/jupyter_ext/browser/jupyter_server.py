"""A real Jupyter server of a test's own: JupyterLab 4 or Notebook 7 on a loopback port, with folders that are nobody else's."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import nbformat
import psutil

from tests.serving.running import listens
from wizard.runtimes.ports import free_port

ROOT = Path(__file__).parents[3]
LABEXTENSION = ROOT / "jupyter_ext" / "labextension"
_SERVING = re.compile(r"https?://127\.0\.0\.1:(\d+)")
_START_SECONDS = 90.0


class App(StrEnum):
    """The two pages Jupyter has for notebooks."""

    LAB = "lab"
    NOTEBOOK = "notebook"


@dataclass(frozen=True)
class Kernel:
    """A kernel beside the server's own: the program that is given `-f CONNECTION_FILE`, and what its environment has besides."""

    command: Sequence[str] = (sys.executable, "-m", "ipykernel_launcher")
    environment: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, kernels: Path) -> None:
        (kernels / name).mkdir(parents=True, exist_ok=True)
        spec = {
            "argv": [*self.command, "-f", "{connection_file}"],
            "display_name": name,
            "language": "python",
            "env": dict(self.environment),
        }
        (kernels / name / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


class JupyterServer:
    """JupyterLab or Notebook, serving `folder`; its settings, kernels' files and what Sendoff notes down lie beside, in `state`.

    `base_url` is the prefix behind which a hub's proxy puts a person's server ("/user/ada/"). `kernels` are further ones by
    name. Ends with the `with` statement, its kernels too.
    """

    def __init__(
        self,
        folder: Path,
        state: Path,
        app: App = App.LAB,
        *,
        base_url: str = "/",
        kernels: Mapping[str, Kernel] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.app, self.base_url = folder, app, base_url
        self.token = secrets.token_hex(16)
        self.log: list[str] = []
        self.home = state / "sendoff"
        self._runtime = state / "runtime"
        for kernel, spec in (kernels or {}).items():
            spec.write(kernel, state / "data" / "kernels")
        extensions = state / "data" / "labextensions"
        extensions.mkdir(parents=True, exist_ok=True)
        if LABEXTENSION.is_dir() and not (extensions / "sendoff").exists():
            (extensions / "sendoff").symlink_to(LABEXTENSION)  # as it is in the sources, not as it was once installed
        settings = state / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        traits = "LabApp" if app is App.LAB else "JupyterNotebookApp"
        command = [
            *(sys.executable, "-m", "jupyterlab" if app is App.LAB else "notebook"),
            *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={free_port()}"),
            *(f"--ServerApp.root_dir={folder}", f"--ServerApp.base_url={base_url}"),
            f"--{traits}.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--ServerApp.terminals_enabled=False",
        ]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))},
                "JUPYTER_TOKEN": self.token,  # not in the command line, where everybody can read it
                "JUPYTER_CONFIG_DIR": str(state / "config"),
                "JUPYTER_DATA_DIR": str(state / "data"),
                "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
                "JUPYTER_RUNTIME_DIR": str(self._runtime),
                "JUPYTER_PLATFORM_DIRS": "1",
                "IPYTHONDIR": str(state / "ipython"),
                "SENDOFF_HOME": str(self.home),
                "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._serving = threading.Event()
        self._port = 0
        threading.Thread(target=self._read, daemon=True).start()
        if not self._serving.wait(_START_SECONDS) or not self._port:
            self.close()
            raise RuntimeError("Jupyter did not start:\n" + "\n".join(self.log[-30:]))
        while not listens(self._port):  # it says its address before it listens there
            if self.process.poll() is not None:
                raise RuntimeError("Jupyter has ended:\n" + "\n".join(self.log[-30:]))

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line.rstrip())
            if not self._port and (found := _SERVING.search(line)):
                self._port = int(found[1])
                self._serving.set()
        self._serving.set()  # it ended: whoever waits is told

    # --- what is served ------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}{self.base_url}"

    def url(self, path: str = "") -> str:
        """Where a notebook opens; without a path the launcher (JupyterLab) or the list of files (Notebook)."""
        if self.app is App.LAB:
            place = f"lab/tree/{path}" if path else "lab"
            query = f"reset&token={self.token}"  # without the tabs that an earlier page had open
        else:
            place = f"notebooks/{path}" if path else "tree"
            query = f"token={self.token}"
        return f"{self.address}{urllib.parse.quote(place)}?{query}"

    def write_notebook(self, name: str, cells: Sequence[str], kernel: str = "python3") -> Path:
        """A notebook of code cells in the served folder."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    def api(self, path: str, method: str = "GET") -> Any:
        """What the server's own interface answers, e.g. `api("sessions")`."""
        request = urllib.request.Request(
            f"{self.address}api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def kernel_of(self, notebook: str) -> str:
        """The id of the kernel a notebook has."""
        return next(str(each["kernel"]["id"]) for each in self.api("sessions") if each["path"] == notebook)

    def kernel_process(self, kernel_id: str) -> psutil.Process:
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(kernel_id in argument for argument in process.cmdline()):
                    return process
        raise LookupError(f"no process has the kernel {kernel_id}")

    def connection_file(self, kernel_id: str) -> Path:
        """What a further client of that kernel needs to know."""
        return self._runtime / f"kernel-{kernel_id}.json"

    def shut_down_kernels(self) -> None:
        """End every notebook's kernel; the server goes on."""
        for session in self.api("sessions"):
            with contextlib.suppress(OSError):
                self.api(f"sessions/{session['id']}", "DELETE")

    # --- its end -------------------------------------------------------------------------------------------

    def close(self) -> None:
        """End the server and its kernels, those that do not want to as well."""
        family = []
        with contextlib.suppress(psutil.Error):
            family = psutil.Process(self.process.pid).children(recursive=True)
        if self.process.poll() is None and self._port:
            with contextlib.suppress(OSError):
                self.shut_down_kernels()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=5)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> JupyterServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
