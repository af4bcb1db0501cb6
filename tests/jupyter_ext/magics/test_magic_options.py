"""The words after the magic: cut at spaces but not within brackets, read, or refused with the nearest option."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_ext.magics.magics import SendoffMagics
from jupyter_ext.magics.options import OPTIONS, Asked, MagicError, asked_in, words_in


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("", Asked()),
        ("house", Asked(model="house")),
        ("search.best_estimator_", Asked(model="search.best_estimator_")),
        ("models['a b'] --wait", Asked(model="models['a b']", wait=True)),
        ("(a if good else b)  --sample X[: 100]", Asked(model="(a if good else b)", sample="X[: 100]")),
        ("house --sample X.sample(5, random_state=0)", Asked(model="house", sample="X.sample(5, random_state=0)")),
        ("--target=workshop house", Asked(model="house", target="workshop")),
        ("'my model.pkl' --folder \"a b\"", Asked(model="'my model.pkl'", folder="a b")),
        (
            "house --set service.memory=1Gi --set service.env={LOG: debug} --set 'service.name=a b'",
            Asked(
                model="house",
                settings=(("service.memory", "1Gi"), ("service.env", "{LOG: debug}"), ("service.name", "a b")),
            ),
        ),
        ("house --wait;", Asked(model="house", wait=True)),
        ("--set=service.cpu=2", Asked(settings=(("service.cpu", "2"),))),
        ("house --name h.pkl --overwrite # and a remark", Asked(model="house", name="h.pkl", overwrite=True)),
    ],
)
def test_a_line_is_read(line: str, asked: Asked) -> None:
    assert asked_in(line) == asked


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        ("house --smaple X", "%sendoff has no option --smaple.", "Did you mean --sample?"),
        ("house -wait", "%sendoff has no option -wait.", "Did you mean --wait?"),
        ("house --xyz", "%sendoff has no option --xyz.", "%sendoff? tells what each is for."),
        ("house --target", "--target says nothing.", "Write --target WHERE."),
        ("house --target --wait", "--target says nothing.", "Write --target WHERE."),
        ("house --wait=yes", "--wait takes no value.", "Write --wait alone."),
        ("house --name a --name b", "--name is there twice.", "Remove one of the two."),
        ("house --set service.cpu", "--set service.cpu sets nothing.", "For example --set service.cpu=VALUE"),
        ("house rows", "house and rows cannot both be deployed at once.", "Write %sendoff house."),
        ("models['a --wait", "The line ends before ' is closed.", "Add the missing '."),
        ("f(x --wait", "The line ends before ) is closed.", "Add the missing )."),
    ],
)
def test_what_cannot_be_read_is_said_with_the_nearest_that_can(line: str, what: str, fix: str) -> None:
    with pytest.raises(MagicError) as caught:
        asked_in(line)
    assert caught.value.what == what
    assert caught.value.fix.startswith(fix)


@given(st.text(max_size=60))
def test_whatever_is_written_is_read_or_refused_in_words(line: str) -> None:
    try:
        asked_in(line)
    except MagicError as error:
        assert error.what and error.fix


@given(st.lists(st.sampled_from(["house", "--wait", "f(a, [b])", "'a b'", "x['y z']", "{1: 2}", "--set"]), max_size=6))
def test_words_come_back_as_they_were_put_together(words: list[str]) -> None:
    assert words_in("  ".join(words)) == words


def test_the_help_tells_of_every_option() -> None:
    told = SendoffMagics.sendoff.__doc__ or ""
    for option in OPTIONS:
        assert f"{option.name} {option.takes}".strip() in told
