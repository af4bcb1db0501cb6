"""Requirements that no image could install are refused before uv looks anything up, with what to write instead."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.errors import LockError
from wizard.locking import lock
from wizard.locking.index_settings import has_credentials, without_credentials
from wizard.locking.requirements_text import Pin, read_pins, write_requirements


def refusal(plan_of: PlanOf, listener: Listener, *requirements: str, **options: object) -> LockError:
    with pytest.raises(LockError) as raised:
        lock(plan_of(*requirements, **options), (), listener.reporter)
    return raised.value


@pytest.mark.parametrize(
    "line",
    ["-e .", "-e ./project", "--editable ../project", "./project", "../project", "/home/me/project", "~/project", "C:\\me\\project",
     "project/", "dist/trees-1.0-py3-none-any.whl", "trees-1.0.tar.gz", "file:///home/me/project", "trees @ file:///home/conda/work",
     "trees @ ./project"],
)  # fmt: skip
def test_what_lies_on_this_machine_only_is_refused(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, line: str
) -> None:
    error = refusal(plan_of, listener, line)
    assert error.kind == "local"
    assert line in error.what
    assert "image.modules" in error.fix


@pytest.mark.parametrize("line", ["./dist/trees-1.0-py3-none-any.whl", "trees @ file:///tmp/build/trees-1.0.tar.gz"])
def test_a_local_file_of_a_released_version_is_answered_with_that_version(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, line: str
) -> None:
    small_index.add("trees", "1.0")
    small_index.add("trees", "2.0")
    assert "Ask for trees==1.0" in refusal(plan_of, listener, line).fix


def test_a_line_from_conda_is_answered_with_the_released_package_of_the_models_day(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0")
    small_index.add("trees", "2.0", uploaded="2024-06-01")
    error = refusal(plan_of, listener, "trees @ file:///croot/trees_1690/work", as_of="2023-06-01")
    assert "conda" in error.why
    assert "Ask for trees==1.0" in error.fix


@pytest.mark.parametrize(
    "line",
    ["git+https://example.invalid/me/trees@main", "trees @ git+https://example.invalid/me/trees.git@abc",
     "-e git+ssh://git@example.invalid/me/trees#egg=trees", "git+https://me:hunter2@example.invalid/me/trees.git"],
)  # fmt: skip
def test_version_control_is_refused_with_the_released_package(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, line: str
) -> None:
    small_index.add("trees", "1.0")
    error = refusal(plan_of, listener, line)
    assert error.kind == "vcs"
    assert "trees==1.0" in error.fix
    assert "hunter2" not in str(error)


def test_a_refusal_stands_without_its_advice_when_the_index_is_away(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.status = 500
    assert refusal(plan_of, listener, "git+https://example.invalid/me/trees").kind == "vcs"


@pytest.mark.parametrize(
    ("line", "meant"),
    [("numpy=1.26.4", "numpy==1.26.4"), ("numpy=1.26.4=py311h64a7726_0", "numpy==1.26.4"), ("numpy 1.26.4", "numpy==1.26.4"),
     ("numpy === = 1", None), ("numpy=>1.20", "numpy>=1.20"), ("scikit learn", "scikit-learn"),
     ("numpy@1.26.4", "numpy==1.26.4"), ("one two three", None), ("==1.0", None),
     ("https://example.invalid/trees-1.0-py3-none-any.whl", "trees @ https://example.invalid/trees-1.0-py3-none-any.whl")],
)  # fmt: skip
def test_what_is_no_requirement_is_named_with_what_was_meant(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, line: str, meant: str | None
) -> None:
    error = refusal(plan_of, listener, line)
    assert error.kind == "syntax"
    assert repr(line) in error.what
    assert "image.requirements" in error.what
    assert (f"Did you mean {meant}?" == error.fix) if meant else "Did you mean" not in error.fix


def test_options_of_pip_are_refused(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    for line in ("--index-url https://example.invalid/simple", "-r more.txt", "--no-binary :all:"):
        error = refusal(plan_of, listener, line)
        assert error.kind == "syntax"
        assert "Options of pip" in error.why


def test_a_wrong_line_of_the_handlers_names_its_own_field(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    error = refusal(plan_of, listener, "trees", extra=["numpy=1.26"])
    assert error.what.startswith("image.extra_requirements")


def test_comments_and_doubles_are_no_requirements(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.add("trees", "1.0")
    locked = lock(plan_of("trees==1.0  # the model", "# nothing", "trees==1.0", ""), (), listener.reporter)
    assert [package.name for package in locked.packages] == ["trees"]


def test_a_password_in_an_address_never_gets_into_the_lock_or_the_message(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    error = refusal(plan_of, listener, "trees @ https://me:hunter2@example.invalid/trees-1.0-py3-none-any.whl")
    assert error.kind == "credentials"
    assert "hunter2" not in str(error) + listener.told


@pytest.mark.parametrize(
    ("line", "platform"), [("pywin32==306", "Windows"), ("appnope", "macOS"), ("tensorflow-metal", "macOS")]
)
def test_packages_of_other_platforms_are_to_be_dropped(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, line: str, platform: str
) -> None:
    error = refusal(plan_of, listener, line)
    assert error.kind == "platform"
    assert f"exists for {platform} only" in error.what
    assert "Remove it" in error.fix


def test_a_macos_tensorflow_is_replaced_by_the_one_for_linux_of_the_same_version(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("tensorflow-cpu", "2.15.0")
    assert "Ask for tensorflow-cpu==2.15.0 instead" in refusal(plan_of, listener, "tensorflow-macos==2.15.0").fix
    assert "Ask for tensorflow-cpu instead" in refusal(plan_of, listener, "tensorflow-macos==2.9.9").fix


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_ends_in_anything_but_a_requirement_or_our_error(text: str) -> None:
    from wizard.events import silent
    from wizard.locking.asked import FIELDS, MODEL, _check, name_of
    from wizard.locking.probes import Probes
    from wizard.locking.uv_command import Target, Uv

    probes = Probes(Uv(silent(), binary="/nowhere/uv"), Target("3.11"))
    line = text.strip()
    try:
        _check(line, FIELDS[MODEL], probes)
    except LockError as error:
        assert error.what
        assert error.fix
    else:
        assert name_of(line)


@given(
    st.sampled_from(["https", "http", "git+https", "ssh"]),
    st.text("abcXYZ0129-._~%!$&*+,;=:", min_size=1, max_size=20),
    st.sampled_from(["example.invalid", "127.0.0.1:8080", "[::1]:80"]),
    st.text(" abc/\n", max_size=10),
)
def test_credentials_are_taken_out_of_any_address(scheme: str, user: str, host: str, around: str) -> None:
    text = f"{around} {scheme}://{user}@{host}/simple {around}"
    assert has_credentials(text)
    clean = without_credentials(text)
    assert clean == f"{around} {scheme}://****@{host}/simple {around}"


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True)
PINS = st.lists(
    st.builds(
        lambda name, version, hashes: Pin(name, version, f"{name}=={version}", tuple(sorted(hashes)), ()),
        NAMES,
        st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(rc1|\.post1)?", fullmatch=True),
        st.sets(st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True), min_size=1, max_size=3),
    ),
    max_size=8,
    unique_by=lambda pin: pin.name,
)


@given(PINS)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_back(pins: list[Pin]) -> None:
    pins.sort(key=lambda pin: pin.name)
    text = write_requirements(pins, {pin.name: "the model" for pin in pins}, ["made by hand"])
    assert read_pins(text) == tuple(pins)
