"""Where the person is (a laptop, a notebook service, a pipeline …), and how one logs in to Google Cloud there."""

from __future__ import annotations

import configparser
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_PING_TIMEOUT = 1.0
_PING_TIMEOUT_ON_GOOGLE = 3.0
_PRODUCT_NAME = Path("/sys/class/dmi/id/product_name")


class Whereabouts(StrEnum):
    """Where Sendoff runs, as far as logging in differs."""

    LAPTOP = "laptop"
    COLAB = "colab"
    COLAB_ENTERPRISE = "colab-enterprise"
    WORKBENCH = "workbench"
    CLOUD_SHELL = "cloud-shell"
    CI = "ci"
    GOOGLE_MACHINE = "google-machine"
    """A virtual machine, a Cloud Run instance or a build: it has an account of its own."""


@dataclass(frozen=True)
class Signs:
    """What can be seen of the surroundings."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment's variables."""
    modules: frozenset[str] = frozenset()
    """Of the modules that tell something, those that are imported."""
    home: Path = Path()
    windows: bool = False
    gcloud: str = ""
    """Path of the gcloud command; empty where there is none."""
    on_google: bool = False
    """The machine's firmware says that it is Google's."""

    @property
    def key_file(self) -> str:
        """What GOOGLE_APPLICATION_CREDENTIALS names."""
        return self.variables.get("GOOGLE_APPLICATION_CREDENTIALS", "")

    @property
    def gcloud_folder(self) -> Path:
        """Where gcloud keeps its settings, and the login that programs use."""
        if named := self.variables.get("CLOUDSDK_CONFIG"):
            return Path(named)
        if self.windows:
            return Path(self.variables.get("APPDATA", str(self.home))) / "gcloud"
        return self.home / ".config" / "gcloud"

    @property
    def login_file(self) -> Path:
        """Where `gcloud auth application-default login` keeps the login."""
        return self.gcloud_folder / "application_default_credentials.json"


def look_around() -> Signs:
    """The signs of this process. Starts nothing and asks nobody."""
    try:
        on_google = _PRODUCT_NAME.read_text().strip().startswith("Google")
    except OSError:
        on_google = False
    return Signs(
        variables=dict(os.environ),
        modules=frozenset({"google.colab"} & sys.modules.keys()),
        home=Path.home(),
        windows=os.name == "nt",
        gcloud=shutil.which("gcloud") or "",
        on_google=on_google,
    )


def where(signs: Signs) -> Whereabouts:
    """Where somebody who sees these signs is."""
    variables = signs.variables
    match variables.get("VERTEX_PRODUCT", ""):
        case "COLAB_ENTERPRISE":
            return Whereabouts.COLAB_ENTERPRISE
        case "WORKBENCH_INSTANCE":
            return Whereabouts.WORKBENCH
    if "google.colab" in signs.modules or "COLAB_RELEASE_TAG" in variables:
        return Whereabouts.COLAB
    if variables.get("CLOUD_SHELL") == "true" or "DEVSHELL_PROJECT_ID" in variables:
        return Whereabouts.CLOUD_SHELL
    if variables.get("CI", "").lower() in {"true", "1"} or variables.keys() & {"GITHUB_ACTIONS", "GITLAB_CI"}:
        return Whereabouts.CI
    if "DL_ANACONDA_HOME" in variables:
        return Whereabouts.WORKBENCH
    if signs.on_google or variables.keys() & {"K_SERVICE", "CLOUD_RUN_JOB"}:
        return Whereabouts.GOOGLE_MACHINE
    return Whereabouts.LAPTOP


def metadata_answers(signs: Signs) -> bool:
    """Whether a metadata server, which gives tokens on Google's machines, answers here. Takes two seconds at most.

    google-auth's own question takes ten on a network that swallows packets.
    """
    import httpx

    if signs.variables.get("NO_GCE_CHECK") == "true":
        return False
    variables = signs.variables
    host = variables.get("GCE_METADATA_IP") or variables.get("GCE_METADATA_HOST") or "169.254.169.254"
    patience = _PING_TIMEOUT_ON_GOOGLE if signs.on_google else _PING_TIMEOUT
    try:
        with httpx.Client(trust_env=False, timeout=patience) as client:
            answer = client.get(f"http://{host}/", headers={"Metadata-Flavor": "Google"})
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return answer.status_code == 200 and answer.headers.get("Metadata-Flavor") == "Google"


def how_to_log_in(place: Whereabouts, project: str, *, gcloud: bool) -> str:
    """The exact command or code that logs in at a place; `gcloud`: that command is there."""
    login = "gcloud auth application-default login"
    match place:
        case Whereabouts.COLAB:
            return (
                "Run this in a cell, then try again: "
                f'from google.colab import auth; auth.authenticate_user(project_id="{project}")'
            )
        case Whereabouts.COLAB_ENTERPRISE:
            return (
                "Connect the notebook to a runtime whose template has end-user credentials switched on, and confirm the"
                f" question it asks. Or run in a cell: !{login} --no-launch-browser"
            )
        case Whereabouts.WORKBENCH:
            return f"Run in a terminal of this instance: {login}. Or give the instance a service account."
        case Whereabouts.CLOUD_SHELL:
            return f"Choose Authorize when Cloud Shell asks, or run: {login}"
        case Whereabouts.CI:
            return (
                "Let the pipeline log in before this step: with Workload Identity Federation (on GitHub"
                " google-github-actions/auth), or with GOOGLE_APPLICATION_CREDENTIALS naming a service account's key file."
            )
        case Whereabouts.GOOGLE_MACHINE:
            return f"Attach a service account with the scope cloud-platform to this machine, or run: {login}"
        case Whereabouts.LAPTOP:
            if gcloud:
                return f"Run: {login}"
            return f"Install gcloud (https://cloud.google.com/sdk/docs/install), then run: {login}"


def default_project(signs: Signs) -> str:
    """The project that this environment works in; empty where nothing says. Starts nothing and asks nobody."""
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GCLOUD_PROJECT", "DEVSHELL_PROJECT_ID"):
        if project := signs.variables.get(name):
            return project
    return _gcloud_project(signs)


def _gcloud_project(signs: Signs) -> str:
    """What `gcloud config get project` would say, read from its files: gcloud itself takes a second to start."""
    folder = signs.gcloud_folder
    try:
        active = signs.variables.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _read(folder / "active_config") or "default"
        settings = configparser.ConfigParser(interpolation=None)
        settings.read_string(_read(folder / "configurations" / f"config_{active}"))
        return settings.get("core", "project", fallback="")
    except (configparser.Error, ValueError):
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
