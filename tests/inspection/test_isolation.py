"""Looking into a file loads nothing the file names, and no library that could."""

import json
import subprocess
import sys

from tests.inspection.conftest import Models

LOOK = """
import sys
began = set(sys.modules)
import wizard.inspection
imported = sorted(set(sys.modules) - began)
found = wizard.inspection.inspect_model(sys.argv[1])
import json
print(json.dumps({"imported": imported, "loaded": sorted(set(sys.modules) - began), "root": found.root}))
"""
FORBIDDEN = {
    "sklearn",
    "numpy",
    "pandas",
    "scipy",
    "joblib",
    "pickle",
    "_pickle",
    "cloudpickle",
    "dill",
    "pydantic",
    "lz4",
}


def modules_after(path: object) -> dict[str, list[str]]:
    done = subprocess.run([sys.executable, "-c", LOOK, str(path)], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


def test_neither_importing_nor_inspecting_loads_a_model_library_or_pickle(current_models: Models) -> None:
    for how in ("joblib", "zlib", "pickle-0"):
        loaded = modules_after(current_models.path("everywhere", how))
        assert not FORBIDDEN & set(loaded["loaded"])
        assert loaded["root"] == "sklearn.pipeline.Pipeline"


def test_lz4_is_loaded_only_for_files_that_need_it(current_models: Models) -> None:
    loaded = modules_after(current_models.path("everywhere", "lz4"))["loaded"]
    assert "lz4" in loaded
    assert not (FORBIDDEN - {"lz4"}) & set(loaded)


def test_importing_the_package_is_cheap(current_models: Models) -> None:
    imported = set(modules_after(current_models.path("everywhere"))["imported"])
    assert not imported & {
        "json",
        "asyncio",
        "email",
        "urllib.request",
        "http.client",
        "wizard.inspection.machine",
    }
