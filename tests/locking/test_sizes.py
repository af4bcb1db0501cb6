"""An image's size is told before it is built, near enough to plan with."""

import pytest

from wizard.advice.sizes import MB, estimate_image

SKLEARN = {
    "numpy": 16_918_164,
    "scipy": 35_349_300,
    "scikit-learn": 9_315_422,
    "joblib": 300_000,
    "threadpoolctl": 20_000,
}


def test_a_scikit_learn_image_is_estimated_to_a_quarter() -> None:
    estimate = estimate_image(SKLEARN, model=5 * MB)
    # Measured by installing: 199 MB, and 63 MB of bytecode.
    assert estimate.packages == pytest.approx(199 * MB, rel=0.25)
    assert estimate.bytecode == pytest.approx(63 * MB, rel=0.25)
    assert estimate.total == estimate.base + estimate.packages + estimate.bytecode + 5 * MB


@pytest.mark.parametrize(
    ("name", "installed"),
    [
        ("catboost", 269),
        ("numpy", 42),
        ("onnxruntime", 66),
        ("pandas", 78),
        ("tensorflow-cpu", 1258),
        ("xgboost", 228),
    ],
)
def test_known_packages_are_estimated_without_the_indexs_help(name: str, installed: int) -> None:
    assert estimate_image({name: None}, model=0).packages == pytest.approx(installed * MB, rel=0.55)


def test_the_three_biggest_are_shown_largest_first() -> None:
    assert [part.name for part in estimate_image(SKLEARN, model=0).biggest] == ["scipy", "numpy", "scikit-learn"]


def test_lighter_packages_are_offered() -> None:
    (offer,) = estimate_image({"xgboost": 131_748_579, "numpy": None}, model=0).lighter
    assert (offer.name, offer.instead) == ("xgboost", "xgboost-cpu")
    assert "470 MB" in offer.why
