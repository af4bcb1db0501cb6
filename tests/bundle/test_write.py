"""The bundle's folder: what is in it, whose edits it keeps, and that it is whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.serving.bundles import NO_LOCK, bundled, plan_for
from tests.serving.examples import Example, linear
from wizard.bundle import Bundle, write_bundle
from wizard.errors import BundleError, CancelledError
from wizard.events import Cancel, Event, Notice, Reporter, StageProgress, silent
from wizard.inspection.inspection import LocalModule


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return linear(tmp_path_factory.mktemp("linear"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "bundle"


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_has_the_parts_a_person_looks_for(example: Example, folder: Path) -> None:
    bundle = bundled(example, folder)
    assert {
        "Dockerfile", ".dockerignore", "README.md", "requirements.txt", "server.py", "handler.py", "routes.py",
        "service.json", "sample.json", "openapi.json", "docs.html", "model/model.pkl", "serving/contract.py", "serving/batching.py",
    } <= {file.path for file in bundle.files}  # fmt: skip
    assert {path for path in everything(folder) if path != ".bundle.json"} == {file.path for file in bundle.files}


def test_its_record_has_the_digest_and_size_of_every_file(example: Example, folder: Path) -> None:
    for file in bundled(example, folder).files:
        content = (folder / file.path).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))


def test_the_same_inputs_make_the_same_bundle_wherever_it_lies(example: Example, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        one = bundled(example, tmp_path / "one")
    finally:
        os.umask(before)
    two = bundled(example, tmp_path / "elsewhere" / "two")
    again = bundled(example, tmp_path / "one")
    assert one.sha256 == two.sha256 == again.sha256
    assert everything(tmp_path / "one") == everything(tmp_path / "elsewhere" / "two")


def test_every_file_can_be_read_by_the_services_user_whatever_the_umask(example: Example, folder: Path) -> None:
    before = os.umask(0o077)
    try:
        bundled(example, folder)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in [folder, *folder.rglob("*")] if path.is_dir()} == {0o755}


def test_nothing_in_it_names_this_machine_or_sendoffs_own_modules(example: Example, folder: Path) -> None:
    bundled(example, folder)
    for path, content in everything(folder).items():
        assert str(folder).encode() not in content, path
        assert str(example.file.parent).encode() not in content, path
        assert b"import wizard" not in content, path


def test_the_plan_decides_the_limits_and_the_threads(example: Example, folder: Path) -> None:
    plan = plan_for(example, max_rows=7, max_body=2048, max_batch=3, max_queue=5)
    plan = plan.model_copy(update={"service": plan.service.model_copy(update={"cpu": 2.5})})
    write_bundle(plan, example.inspection, NO_LOCK, folder, silent(), project=example.file.parent)
    service = json.loads((folder / "service.json").read_text())
    assert service["limits"] == {"rows": 7, "body": 2048}
    assert (service["batching"]["max_batch"], service["batching"]["max_queue"]) == (3, 5)
    assert "OMP_NUM_THREADS=2" in (folder / "Dockerfile").read_text()


def test_a_model_that_gains_nothing_from_batches_is_not_batched(example: Example, folder: Path) -> None:
    slow = replace(example, inspection=replace(example.inspection, vectorised=False))
    bundled(slow, folder)
    assert json.loads((folder / "service.json").read_text())["batching"]["on"] is False


def test_the_base_is_named_with_its_digest_where_it_is_known(example: Example, folder: Path) -> None:
    base = f"python:3.11-slim@sha256:{'a' * 64}"
    write_bundle(
        plan_for(example),
        example.inspection,
        NO_LOCK,
        folder,
        silent(),
        project=example.file.parent,
        base_reference=base,
    )
    assert (folder / "Dockerfile").read_text().count(f"FROM {base}") == 2


@pytest.mark.parametrize("file", ["Dockerfile"])
def test_every_block_of_the_dockerfile_says_why_it_is_there(file: str, example: Example, folder: Path) -> None:
    bundled(example, folder)
    blocks = (folder / file).read_text().split("\n\n")
    assert len(blocks) > 10
    for block in blocks:
        assert block.startswith(("#", "WORKDIR", "USER")), block


# --- edits -------------------------------------------------------------------------------------------------------------


@contextmanager
def heard() -> Iterator[tuple[Reporter, list[str]]]:
    notices: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event.text)

    yield Reporter("bundle", listen), notices


def rebundled(example: Example, folder: Path, reporter: Reporter | None = None, *, overwrite: bool = False) -> Bundle:
    return write_bundle(
        plan_for(example), example.inspection, NO_LOCK, folder, reporter or silent(),
        project=example.file.parent, overwrite=overwrite,
    )  # fmt: skip


@pytest.mark.parametrize("file", ["handler.py", "routes.py"])
def test_an_edited_file_of_yours_is_kept_and_told(file: str, example: Example, folder: Path) -> None:
    fresh = bundled(example, folder)
    (folder / file).write_text("# mine\n")
    with heard() as (reporter, notices):
        bundle = rebundled(example, folder, reporter)
    assert (folder / file).read_text() == "# mine\n"
    assert bundle.edited == (file,)
    assert bundle.sha256 != fresh.sha256
    assert notices == [f"{file} is kept as you edited it. Delete it to get the generated one again."]
    assert rebundled(example, folder).edited == (file,), "it is kept the next time, too"


def test_an_edited_file_deleted_comes_back_as_generated(example: Example, folder: Path) -> None:
    fresh = bundled(example, folder)
    (folder / "handler.py").write_text("# mine\n")
    rebundled(example, folder)
    (folder / "handler.py").unlink()
    assert rebundled(example, folder).sha256 == fresh.sha256


def test_another_edited_file_stops_the_stage_by_name_and_stays(example: Example, folder: Path) -> None:
    bundled(example, folder)
    (folder / "server.py").write_text("# mine\n")
    with pytest.raises(BundleError) as caught:
        rebundled(example, folder)
    assert "server.py" in caught.value.what
    assert "overwrite" in caught.value.fix
    assert (folder / "server.py").read_text() == "# mine\n"


def test_overwrite_takes_back_edits_but_for_those_that_are_yours(example: Example, folder: Path) -> None:
    bundled(example, folder)
    (folder / "server.py").write_text("# mine\n")
    (folder / "handler.py").write_text("# mine\n")
    assert rebundled(example, folder, overwrite=True).edited == ("handler.py",)
    assert (folder / "server.py").read_text() != "# mine\n"
    assert (folder / "handler.py").read_text() == "# mine\n"


def test_files_you_add_stay_and_get_into_the_image(example: Example, folder: Path) -> None:
    bundled(example, folder)
    (folder / "prices.csv").write_text("1,2\n")
    (folder / "tools").mkdir()
    (folder / "tools" / "clean.py").write_text("x = 1\n")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "server.cpython-311.pyc").write_bytes(b"x")
    bundle = rebundled(example, folder)
    paths = {file.path for file in bundle.files}
    assert {"prices.csv", "tools/clean.py"} <= paths
    assert not [path for path in paths if "pycache" in path]
    dockerfile = (folder / "Dockerfile").read_text()
    assert "COPY *.py *.json docs.html prices.csv ./" in dockerfile
    assert "COPY tools/ ./tools/" in dockerfile
    assert rebundled(example, folder).sha256 == bundle.sha256


def test_a_folder_that_is_no_bundle_is_left_alone(example: Example, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(BundleError, match="is not a bundle Sendoff wrote"):
        bundled(example, folder)
    assert everything(folder) == {"thesis.tex": b"years of work"}


def test_a_file_in_the_folders_place_is_left_alone(example: Example, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("a file")
    with pytest.raises(BundleError, match="is not a bundle Sendoff wrote"):
        bundled(example, folder)
    assert folder.read_text() == "a file"


def test_changing_the_server_takes_the_files_of_the_other_away(example: Example, folder: Path) -> None:
    bundled(example, folder, "fastapi")
    bundled(example, folder, "flask")
    assert "FastAPI" not in (folder / "routes.py").read_text()


# --- whole or not at all -------------------------------------------------------------------------------------------------


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.parent.iterdir() if path != folder] if folder.parent.exists() else []


def test_a_model_that_changed_since_the_inspection_is_refused(example: Example, folder: Path, tmp_path: Path) -> None:
    before = everything(folder) if bundled(example, folder) else {}
    other = replace(example, inspection=replace(example.inspection, sha256="0" * 64))
    with pytest.raises(BundleError, match="has changed since it was inspected"):
        bundled(other, folder)
    assert everything(folder) == before
    assert leftovers(folder) == []


def test_a_model_that_is_gone_is_refused(example: Example, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"model\.pkl is not there any more"):
        bundled(replace(example, file=tmp_path / "model.pkl"), folder)
    assert not folder.exists()
    assert leftovers(folder) == []


def test_stopping_in_the_middle_leaves_the_previous_bundle(example: Example, folder: Path) -> None:
    bundled(example, folder)
    before = everything(folder)
    cancel = Cancel()

    def stop_at_the_model(event: Event) -> None:
        if isinstance(event, StageProgress):
            cancel.set()

    with pytest.raises(CancelledError):
        write_bundle(
            plan_for(example, max_rows=3), example.inspection, NO_LOCK, folder,
            Reporter("bundle", stop_at_the_model, cancel), project=example.file.parent,
        )  # fmt: skip
    assert everything(folder) == before
    assert leftovers(folder) == []


def test_a_disk_that_takes_no_more_leaves_the_previous_bundle(example: Example, folder: Path) -> None:
    bundled(example, folder)
    before = everything(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(BundleError, match="could not be written"):
            bundled(example, folder, max_rows=3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(folder) == before
    assert leftovers(folder) == []


def test_a_crash_between_the_two_renames_is_put_right_the_next_time(example: Example, folder: Path) -> None:
    fresh = bundled(example, folder)
    (folder / "handler.py").write_text("# mine\n")
    folder.rename(folder.with_name(f".{folder.name}.previous"))
    bundle = rebundled(example, folder)
    assert bundle.edited == ("handler.py",)
    assert leftovers(folder) == []
    assert {file.path for file in bundle.files} == {file.path for file in fresh.files}


def test_progress_is_told_in_bytes_of_the_model(example: Example, folder: Path) -> None:
    seen: list[StageProgress] = []
    rebundled(example, folder, Reporter("bundle", lambda event: seen.append(event)))  # type: ignore[arg-type]
    last = seen[-1]
    assert (last.unit, last.what) == ("bytes", "model.pkl")
    assert last.done == last.total == example.inspection.size


# --- the person's own modules ------------------------------------------------------------------------------------------


def with_modules(
    example: Example, project: Path, modules: tuple[str, ...], *local: LocalModule
) -> Callable[[Path], Bundle]:
    plan = plan_for(example)
    plan = plan.model_copy(update={"image": plan.image.model_copy(update={"modules": modules})})
    inspection = replace(example.inspection, local_modules=local)
    (project / "model.pkl").write_bytes(example.file.read_bytes())
    return lambda folder: write_bundle(plan, inspection, NO_LOCK, folder, silent(), project=project)


def test_modules_and_packages_are_shipped_where_their_import_finds_them(
    example: Example, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "src" / "text" / "__pycache__").mkdir(parents=True)
    (tmp_path / "src" / "text" / "__init__.py").write_text("")
    (tmp_path / "src" / "text" / "clean.py").write_text("x = 1\n")
    (tmp_path / "src" / "text" / "__pycache__" / "clean.pyc").write_bytes(b"x")
    (tmp_path / "features.py").write_text("y = 1\n")
    write = with_modules(
        example, tmp_path, ("src/text", "features.py"),
        LocalModule("text", ("clean",), "src/text"), LocalModule("mine.features", ("f",), "features.py"),
    )  # fmt: skip
    paths = {file.path for file in write(folder).files}
    assert {"text/__init__.py", "text/clean.py", "mine/features.py"} <= paths
    assert not [path for path in paths if path.endswith(".pyc")]
    dockerfile = (folder / "Dockerfile").read_text()
    assert "COPY text/ ./text/" in dockerfile
    assert "COPY mine/ ./mine/" in dockerfile


def test_what_the_file_knows_as_main_is_found_in_the_shipped_module(
    example: Example, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "notebook.py").write_text("def double(x):\n    return x\n")
    with_modules(example, tmp_path, ("notebook.py",), LocalModule("__main__", ("double",)))(folder)
    assert json.loads((folder / "service.json").read_text())["model"]["main"] == "notebook"
    assert (folder / "notebook.py").exists()


def test_a_module_that_is_not_there_is_named(example: Example, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"The module features\.py is not there"):
        with_modules(example, tmp_path, ("features.py",))(folder)


@pytest.mark.parametrize("name", ["server.py", "handler.py", "serving", "model"])
def test_a_module_with_the_name_of_a_part_of_the_server_is_refused(
    name: str, example: Example, folder: Path, tmp_path: Path
) -> None:
    module = tmp_path / name
    if module.suffix:
        module.write_text("")
    else:
        module.mkdir()
        (module / "__init__.py").write_text("")
    with pytest.raises(BundleError, match="has the name of a part of the server"):
        with_modules(example, tmp_path, (name,))(folder)
