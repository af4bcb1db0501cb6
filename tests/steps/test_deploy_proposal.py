"""What is proposed around answers, however many of them are wrong."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.inspection import inspect_model
from wizard.plan import Surroundings
from wizard.steps.deploy.all_steps import deploy_steps
from wizard.steps.deploy.ground import Ground
from wizard.steps.deploy.proposal import propose_around
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Kind

EXAMPLE = Path(__file__).parents[2] / "examples" / "housing" / "model.pkl"
AROUND = Surroundings(python="3.11", project=EXAMPLE.parent)


@cache
def inspection():
    return inspect_model(EXAMPLE)


@cache
def fields():
    found = [one for step in deploy_steps(Proposals(Ground(EXAMPLE.parent))) for one in step.fields]
    return tuple(one for one in found if "." in one.name and one.name not in ("model.path", "model.trusted"))


TEXTS = st.sampled_from(
    [
        "",
        "x",
        "default",
        "my-project",
        "Bad Name",
        "europe-west4",
        "3.12",
        "python:3.12-slim",
        "a" * 60,
        "/health",
        "gen2",
    ]
) | st.text(max_size=12)
NUMBERS = st.integers(-1, 5000) | st.sampled_from([0.08, 0.5, 1, 2, 4, 8, 1000]) | st.integers(0, 2**40)


def value_of(field):
    match field.kind:
        case Kind.BOOL:
            return st.booleans()
        case Kind.NUMBER:
            return NUMBERS
        case Kind.SIZE:
            return st.integers(0, 2**40)
        case Kind.LINES | Kind.REQUIREMENTS:
            return st.lists(
                TEXTS | st.sampled_from(["kind: memory, path: /m, size: 1Gi", "100", "50"]), max_size=3
            ).map(tuple)
        case Kind.PAIRS:
            return st.dictionaries(TEXTS, TEXTS, max_size=3)
        case Kind.CHOICE if isinstance(field.choices, tuple):
            return st.sampled_from([choice.value for choice in field.choices])
    return TEXTS | st.none()


answers = st.lists(
    st.deferred(lambda: st.sampled_from(fields())).flatmap(lambda one: st.tuples(st.just(one.name), value_of(one))),
    max_size=8,
).map(dict)


@settings(max_examples=250, deadline=None)
@given(answers=answers, where=st.sampled_from(["local", "cloud_run", "workshop"]))
def test_something_is_proposed_around_any_answers_and_the_wrong_ones_are_named(answers, where):
    proposal = propose_around(inspection(), AROUND, where, answers, {})
    assert (proposal.right is None) == bool(proposal.problems)
    for problem in proposal.problems:
        assert problem.field and problem.what.endswith((".", "?", "…")), problem
        assert problem.fix
    if proposal.right is not None:
        again = propose_around(inspection(), AROUND, where, answers, {})
        assert again.right == proposal.right


@settings(max_examples=100, deadline=None)
@given(answers=answers)
def test_without_the_answers_that_are_named_nothing_is_wrong_any_more(answers):
    """At most a few rounds: what was hidden behind one fault is said once that is mended."""
    left = {
        "target.project": "my-project",
        **{name: value for name, value in answers.items() if name != "target.project"},
    }
    for _ in range(len(left) + 1):
        problems = propose_around(inspection(), AROUND, "cloud_run", left, {}).problems
        if not problems:
            return
        named = {problem.field for problem in problems}
        wrong = [path for path in left if any(f"{name}.".startswith(f"{path}.") for name in named)]
        # A proposed value that an answer has made wrong is put right by that answer, or by giving it.
        left = {path: value for path, value in left.items() if path not in (wrong or list(left)[1:])}
    pytest.fail(f"{left} is still wrong: {problems}")
