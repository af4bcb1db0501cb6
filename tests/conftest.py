"""What the tests share: the Docker engine, the base image, the package index, and one rule for doing without them.

A test says what it needs with the markers `engine`, `registry`, `tmux`, `browser` and `index`, or by taking the fixtures
`engine` or `base_image`.
Where the thing is missing such tests are skipped, with one line for all of them in pytest's summary; with
SENDOFF_REQUIRE_ENGINE=1, as in CI, they fail.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import docker
import hypothesis
import pytest
import requests
import uv

from tests.jupyter_ext.browser.chromium import chromium_path

BASE_IMAGE = "python:3.11-slim"
EXAMPLES = Path(__file__).parents[1] / "examples"

# Speed is measured in the bench: a busy machine makes no test wrong.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """The examples' models are not kept with their sources: they are trained where they are missing, before any test."""
    if hasattr(config, "workerinput"):
        return  # the process that started this one has done it
    for model in (EXAMPLES / "housing" / "model.pkl", EXAMPLES / "churn" / "model.joblib"):
        if not model.exists():
            subprocess.run([sys.executable, str(model.with_name("train.py"))], check=True, stdout=subprocess.DEVNULL)


@cache
def engine_answers() -> bool:
    try:
        client = docker.from_env(timeout=10)
        client.ping()
        client.close()
    except (docker.errors.DockerException, requests.RequestException):
        return False
    return True


@cache
def engine_has_base_image() -> bool:
    client = docker.from_env(timeout=10)
    try:
        client.images.get(BASE_IMAGE)
    except docker.errors.ImageNotFound:
        return False
    finally:
        client.close()
    return True


@cache
def index_answers() -> bool:
    """Whether uv, with this machine's settings, can resolve a small package without its cache."""
    command = [uv.find_uv_bin(), "pip", "compile", "--quiet", "--no-cache", "--no-deps", "-"]
    try:
        return subprocess.run(command, input=b"six", capture_output=True, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def missing(needs: set[str]) -> str | None:
    """What of a test's needs this machine cannot give, in words; None where it gives all."""
    if needs & {"engine", "base_image"} and not engine_answers():
        return "needs a Docker engine, and none answers here"
    if "base_image" in needs and not engine_has_base_image():
        return f"needs the image {BASE_IMAGE} in the engine: `docker pull` it, or run .ci/base-image"
    if "registry" in needs and shutil.which("docker-registry") is None:
        return "needs docker-registry (Debian's package of that name)"
    if "tmux" in needs and shutil.which("tmux") is None:
        return "needs tmux"
    if "browser" in needs and chromium_path() is None:
        return "needs Chromium (Debian's package of that name; SENDOFF_CHROMIUM names another one)"
    if "index" in needs and not index_answers():
        return "needs the Python package index, which cannot be reached from here"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    # Skipping here rather than in a fixture gives all tests the same line, which pytest then prints once.
    needs = {marker.name for marker in item.iter_markers()} | set(getattr(item, "fixturenames", ()))
    if reason := missing(needs):
        if os.environ.get("SENDOFF_REQUIRE_ENGINE") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What Sendoff notes down for an account goes into a folder of the tests' own, not into that of who runs them."""
    before = os.environ.get("SENDOFF_HOME")
    os.environ["SENDOFF_HOME"] = str(tmp_path_factory.mktemp("state"))
    yield
    if before is None:
        del os.environ["SENDOFF_HOME"]
    else:
        os.environ["SENDOFF_HOME"] = before


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """The engine of this machine."""
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def base_image() -> str:
    """The name of the official Python image, or of its stand-in (see `.ci/base-image`); the engine has it."""
    return BASE_IMAGE
