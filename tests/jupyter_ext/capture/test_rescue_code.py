"""Classes and functions of a notebook become a module, and a clean Python loads the model with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter_ext.capture.rescue_notebooks import CleanPython, Notebook, running


@pytest.fixture(scope="module")
def clean() -> Iterator[CleanPython]:
    python = CleanPython()
    yield python
    python.close()


@pytest.fixture
def notebook(tmp_path: Path, clean: CleanPython) -> Iterator[Notebook]:
    with running(tmp_path, clean) as opened:
        yield opened


FITTED = """
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
model = make_pipeline({step}, LinearRegression()).fit(X, y)
"""
LOGS = """
from sklearn.base import BaseEstimator, TransformerMixin

OFFSET = 1.5

def shifted(values):
    # moved before the logarithm
    return np.log(values + OFFSET)

class Logs(TransformerMixin, BaseEstimator):
    \"\"\"Logarithms.\"\"\"

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return shifted(np.asarray(X))
"""


def test_a_transformer_class_takes_its_helper_its_constant_and_its_imports_along(notebook: Notebook) -> None:
    notebook.run(LOGS, FITTED.format(step="Logs()"))
    found = notebook.saved()
    assert "import numpy as np\nfrom sklearn.base import BaseEstimator, TransformerMixin\n" in found.source
    assert "OFFSET = 1.5\n" in found.source
    assert "# moved before the logarithm" in found.source
    assert set(found.objects) == {"Logs", "shifted"}
    assert found.packages == ("numpy", "sklearn")


def test_a_function_is_known_by_its_code_where_its_own_cell_imports_what_it_calls(notebook: Notebook) -> None:
    notebook.run(
        "import math\nfrom sklearn.preprocessing import FunctionTransformer\n"
        "def squashed(values):\n    return math.tanh(1) * values\n",
        FITTED.format(step="FunctionTransformer(squashed)"),
    )
    assert notebook.saved().notices == ()


def test_the_notebooks_own_objects_are_as_they_were_after_saving(notebook: Notebook) -> None:
    notebook.run(LOGS, FITTED.format(step="Logs()"))
    notebook.saved()
    assert notebook["Logs"].__module__ == "__main__"
    assert notebook["shifted"].__module__ == "__main__"
    assert "notebook_code" not in sys.modules


def test_a_class_hierarchy_over_two_cells_stands_in_the_order_of_its_bases(notebook: Notebook) -> None:
    notebook.run(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "class First(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, X, y=None):\n        return self\n"
        "    def transform(self, X):\n        return self.change(X)\n",
        "class Second(First):\n    def change(self, X):\n        return super().transform is not None and X ** Power.of\n",
        "class Power:\n    of = 2\n",
        FITTED.format(step="Second()"),
    )
    source = notebook.saved().source
    assert source.index("class First") < source.index("class Second")


def test_a_dataclass_and_an_enum_are_read_again_as_they_were_written(notebook: Notebook) -> None:
    notebook.run(
        "from dataclasses import dataclass, field\nfrom enum import Enum\n"
        "class Way(Enum):\n    UP = 'up'\n    DOWN = 'down'\n",
        "@dataclass\nclass Settings:\n    factor: float = 2.0\n    way: Way = Way.UP\n"
        "    more: list[int] = field(default_factory=list)\n",
        LOGS.replace("fit(self, X, y=None):", "fit(self, X, y=None):\n        self.settings_ = Settings(3.0)"),
        "def shifted(values):\n    return values * 2",
        FITTED.format(step="Logs()"),
    )
    found = notebook.saved()
    assert {"Settings", "Way"} <= set(found.objects)


def test_a_decorated_function_brings_its_decorator(notebook: Notebook) -> None:
    notebook.run(
        "import functools\nTIMES = 2\n"
        "def doubled(function):\n    @functools.wraps(function)\n    def around(*args):\n"
        "        return TIMES * function(*args)\n    return around\n",
        "@doubled\ndef roots(X):\n    return np.sqrt(X)\n",
        "from sklearn.preprocessing import FunctionTransformer\n" + FITTED.format(step="FunctionTransformer(roots)"),
    )
    source = notebook.saved().source
    assert source.index("TIMES = 2") < source.index("def doubled") < source.index("@doubled\ndef roots")


def test_a_function_that_caches_its_answers_is_carried_over(notebook: Notebook) -> None:
    notebook.run(
        "from functools import lru_cache\n@lru_cache\ndef table(size):\n    return size * 2\n",
        "def looked_up(X):\n    return X * table(3)\n",
        "from sklearn.preprocessing import FunctionTransformer\n"
        + FITTED.format(step="FunctionTransformer(looked_up)"),
    )
    assert "@lru_cache\ndef table" in notebook.saved().source


@pytest.mark.parametrize(
    "step",
    [
        "FunctionTransformer(lambda X: np.log1p(X))",
        "FunctionTransformer(lambda X: X * 2), FunctionTransformer(lambda X: X * 3)",
        "FunctionTransformer(\n    lambda X: (\n        X + 1\n    )\n)",
        "*[FunctionTransformer(lambda X, power=power: X ** power) for power in (2, 0.5)]",
    ],
)
def test_a_lambda_is_given_a_name(notebook: Notebook, step: str) -> None:
    notebook.run("from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step=step))
    source = notebook.saved().source
    assert "def lambda_1(X" in source


def test_a_lambda_that_the_notebook_names_keeps_the_name(notebook: Notebook) -> None:
    notebook.run(
        "square = lambda X: X ** 2",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(square)"),
    )
    assert "def square(X):\n    return X ** 2\n" in notebook.saved().source
    assert notebook["square"].__name__ == "<lambda>"


def test_the_class_an_instance_was_made_from_counts_and_not_a_later_one(notebook: Notebook) -> None:
    notebook.run(LOGS, FITTED.format(step="Logs()"), LOGS.replace("shifted(np.asarray(X))", "X * 0"))
    assert "return shifted(np.asarray(X))" in notebook.saved().source


def test_a_cell_that_was_run_twice_after_a_change_yields_the_newer_text(notebook: Notebook) -> None:
    notebook.run(LOGS, LOGS.replace("Logarithms", "More logarithms"), FITTED.format(step="Logs()"))
    assert "More logarithms" in notebook.saved().source


def test_a_class_without_methods_is_found_by_its_name_and_what_it_holds(notebook: Notebook) -> None:
    notebook.run(
        "class Limits:\n    low = 1\n    high = 3\n",
        "def clipped(X):\n    return np.clip(X, Limits.low, Limits.high)\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(clipped)"),
    )
    assert "class Limits:\n    low = 1\n    high = 3\n" in notebook.saved().source


def test_a_name_that_a_local_hides_is_not_taken_along(notebook: Notebook) -> None:
    notebook.run(
        "import threading\nheld = threading.Lock()\ntable = np.zeros((2000, 2))",
        "def hidden(X, held=2):\n    table = X * held\n    return np.array([[table for table in row] for row in table])\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(hidden)"),
    )
    assert "Lock" not in notebook.saved().source


def test_cells_under_magics_and_with_magics_in_them_are_read(notebook: Notebook) -> None:
    notebook.run(
        "%%time\n" + LOGS.lstrip(),
        "%alias_magic t timeit\ndef twice(X):\n    return X * 2\n",
        "from sklearn.preprocessing import FunctionTransformer"
        + FITTED.format(step="Logs(), FunctionTransformer(twice), FunctionTransformer(lambda X: X + 1)").replace(
            "model =", "%time model ="
        ),
    )
    source = notebook.saved().source
    assert "get_ipython" not in source
    assert "def twice(X)" in source
    assert "def lambda_1(X)" in source


def test_async_functions_generics_and_postponed_annotations_are_carried_over(notebook: Notebook) -> None:
    notebook.run(
        "from __future__ import annotations\nfrom typing import Generic, TypeVar\nimport pandas as pd\nT = TypeVar('T')\n"
        "frame = pd.DataFrame({'a': [1]})",
        "class Box(Generic[T]):\n    def __init__(self, held: T) -> None:\n        self.held: T = held\n"
        "    def get(self, other: Unheard | None = None) -> T:\n        return self.held\n",
        "async def fetched(frame: pd.DataFrame) -> int:\n    return 2\n",
        "def used(X: frame) -> np.ndarray:\n    import asyncio\n    return X * Box(2).get() * asyncio.run(fetched(None))\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(used)"),
    )
    source = notebook.saved().source
    assert source.count("from __future__ import annotations") == 1
    assert "T = TypeVar('T')" in source
    assert "async def fetched" in source


def test_functions_that_need_each_other_are_carried_over(notebook: Notebook) -> None:
    notebook.run(
        "def even(n):\n    return n == 0 or odd(n - 1)\n",
        "def odd(n):\n    return n != 0 and even(n - 1)\n",
        "def parity(X):\n    return X * even(4)\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(parity)"),
    )
    assert set(notebook.saved().objects) == {"parity", "even", "odd"}


def test_a_class_inside_a_class_is_pickled_by_its_place_in_the_module(notebook: Notebook) -> None:
    notebook.run(
        LOGS.replace("class Logs", "class Outer:\n  class Logs")
        .replace("\n    ", "\n      ")
        .replace("      return np.log", "    return np.log")
        .replace("      # moved", "    # moved"),
        FITTED.format(step="Outer.Logs()"),
    )
    assert "class Outer" in notebook.saved().source
    assert notebook["Outer"].Logs.__module__ == "__main__"


def test_a_module_beside_the_notebook_is_imported_by_what_is_rescued(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notebook.folder / "rescue_scales.py").write_text(
        "from rescue_deeper import TWO\n\ndef scaled(X):\n    return X * TWO\n"
    )
    (notebook.folder / "rescue_deeper.py").write_text("TWO = 2\n")
    monkeypatch.syspath_prepend(str(notebook.folder))
    notebook.run(
        "import rescue_scales as scales\nimport scipy.special",
        "def scaled(X):\n    from sklearn.preprocessing import scale\n    return scipy.special.expit(scales.scaled(X))\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(scaled)"),
    )
    found = notebook.saved()
    assert found.packages == ("scipy", "sklearn")
    assert "import rescue_scales as scales" in found.source
    assert "import scipy.special" in found.source


def test_constants_have_the_value_they_have_now(notebook: Notebook) -> None:
    notebook.run(
        "import re, datetime\nfrom pathlib import Path\nfrom functools import partial\n"
        "from sklearn.preprocessing import FunctionTransformer",
        "def half(X):\n    return X / 2\n",
        "LONG = {f'the key with the number {i}': float(i) for i in range(20)}\n"
        "VALUES = (re.compile('a+', re.I), datetime.date(2026, 1, 2), Path('data'), {1, 2}, float('nan'), np.float64(2.5))\n"
        "WEIGHTS = np.array([[2.0, 3.0]])\nWAYS = {'half': half, 'log': np.log, 'root': np.sqrt, 'quarter': partial(half)}\n"
        "SIZE = 1\nSIZE += 1",
        "def used(X):\n    assert VALUES[0].match('AA') and len(LONG) == 20\n"
        "    return WAYS['half'](X) * WEIGHTS * SIZE + WAYS['quarter'](X) + VALUES[5]\n",
        FITTED.format(step="FunctionTransformer(used)"),
    )
    source = notebook.saved().source
    assert "SIZE = 2" in source
    assert "    'the key with the number 0': 0.0,\n" in source


def test_what_a_decorator_made_of_a_function_is_made_again(notebook: Notebook) -> None:
    notebook.run(
        "def plainly(function):\n    def around(X):\n        return function(X) + 1\n    return around\n"
        "@plainly\ndef added(X):\n    return X\n"
        "@np.vectorize\ndef raised(x):\n    return x * 2\n",
        "def used(X):\n    return raised(X)\n",
        "from sklearn.preprocessing import FunctionTransformer"
        + FITTED.format(step="FunctionTransformer(used), FunctionTransformer(added)"),
    )
    source = notebook.saved().source
    assert "@np.vectorize\ndef raised" in source
    assert "@plainly\ndef added" in source


def test_tuples_with_names_types_with_names_and_a_counter_are_carried_over(notebook: Notebook) -> None:
    notebook.run(
        "import typing\nfrom collections import namedtuple\nPoint = namedtuple('Point', 'x y')\nORIGIN = Point(0, 1)\n"
        "class Edge(typing.NamedTuple):\n    start: int = 3\nEDGE = Edge(2)\nMaybe = typing.Optional[int]\ncount = 4\n",
        "def used(X: Maybe) -> 'np.ndarray':\n    global count\n    count += 1\n    return X + ORIGIN.y + EDGE.start\n",
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(used)"),
    )
    source = notebook.saved().source
    assert "count = " in source
    assert "ORIGIN = Point(0, 1)" in source


def test_a_model_that_is_the_notebooks_own_class_needs_no_scikit_learn(notebook: Notebook) -> None:
    notebook.run(
        "class Own:\n    def predict(self, X):\n        return X.sum(axis=1) * self.by\nmodel = Own()\nmodel.by = 3.0"
    )
    assert notebook.saved().packages == ()


def test_a_cell_that_the_shell_rewrites_before_it_runs_is_read_as_it_was_typed(notebook: Notebook) -> None:
    import ast

    class Doubling(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.AST:
            return ast.copy_location(ast.Constant(node.value * 2), node) if type(node.value) is int else node

    notebook.shell.ast_transformers.append(Doubling())
    notebook.run("def used(X):\n    return X * 3\n")
    notebook.run(
        "from sklearn.preprocessing import FunctionTransformer" + FITTED.format(step="FunctionTransformer(used)"),
    )
    found = notebook.rescued()
    assert "return X * 3" in found.source
    assert found.notices == (
        "used is carried over as it was typed: an extension of this notebook changes cells before they run.",
    )


def test_of_classes_with_the_same_methods_each_keeps_its_own_text(notebook: Notebook) -> None:
    cell = "class {}:\n    by = {}\n    def predict(self, X):\n        return X[:, 0] * self.by\n"
    cell += "    def {}(self):\n        return 1\n"
    notebook.run(
        *(f"%%time\n{cell.format(*each)}" for each in [("One", 1, "a"), ("Two", 2, "a"), ("Two", 5, "b")]),
        "class Both:\n    parts = ()\n    def predict(self, X):\n        return sum(part.predict(X) for part in self.held)\n",
        "model = Both()\nmodel.held = [One(), Two()]",
        f"%%time\n{cell.format('Two', 9, 'c')}",
    )
    source = notebook.saved().source
    assert "by = 1\n" in source
    assert "by = 5\n" in source
