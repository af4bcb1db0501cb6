"""What a word after the magic names: a variable, a file, an expression of the notebook."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_ext.magics.options import MagicError, unquoted
from jupyter_ext.opening.fitted_models import fitted_models
from jupyter_ext.opening.way import MODEL_ENDINGS, PLAN_ENDINGS, files_to_open, is_there

_NAMED = 5
"""Names in a sentence, at most."""


def model_named(text: str, namespace: Mapping[str, Any], evaluate: Callable[[str], Any]) -> Any:
    """The live model, or the path, that a word names. A variable goes before a file of that name; `./NAME` is the file.

    Raises MagicError where it names nothing, with the nearest variable or file.
    """
    if text in namespace:
        return namespace[text]
    path = Path(unquoted(text))
    looks_so = "/" in text or "\\" in text or path.suffix.lower() in MODEL_ENDINGS | PLAN_ENDINGS
    if looks_so or is_there(path):
        return path
    return _value(text, namespace, evaluate, "model")


def rows_named(text: str, namespace: Mapping[str, Any], evaluate: Callable[[str], Any]) -> Any:
    """The rows that `--sample` names. Raises MagicError where it names nothing."""
    return namespace[text] if text in namespace else _value(text, namespace, evaluate, "sample")


def file_name_for(text: str, model: Any, namespace: Mapping[str, Any]) -> str | None:
    """A file name for a model that an expression gave and no variable holds; None where a variable does.

    `search.best_estimator_` → "search_best_estimator.pkl": two expressions in one notebook are two models.
    """
    if text in namespace or any(value is model for name, value in namespace.items() if not name.startswith("_")):
        return None
    stem = re.sub(r"\W+", "_", text).strip("_")[:60].rstrip("_")
    return f"{stem}.pkl" if stem else None


def _value(text: str, namespace: Mapping[str, Any], evaluate: Callable[[str], Any], what: str) -> Any:
    try:
        return evaluate(text)
    except NameError as error:
        raise _unknown(str(getattr(error, "name", "") or text), namespace, what) from None
    except SyntaxError:
        raise MagicError(
            f"{text} names no {what}.",
            "It is neither a variable, nor an expression, nor a file that is there.",
            "Name the variable that holds it.",
        ) from None
    except Exception as error:
        raise MagicError(
            f"{text} gives no {what}.", f"{type(error).__name__}: {error}", "Try the expression in a cell of its own."
        ) from None


def _unknown(name: str, namespace: Mapping[str, Any], what: str) -> MagicError:
    models = fitted_models(namespace)
    files = files_to_open(Path.cwd())
    names = [one for one in namespace if not one.startswith("_")]
    candidates = [*models, *files, *names] if what == "model" else names
    near = difflib.get_close_matches(name, list(dict.fromkeys(candidates)), 1, 0.6)
    listed = ", ".join(f"{one} ({kind})" for one, kind in [*reversed(models.items())][:_NAMED])
    why = ""
    if what == "model":
        why = f"Fitted models in this notebook: {listed}." if listed else "This notebook holds no fitted model yet."
    return MagicError(
        f"There is no variable {name}.",
        why,
        f"Did you mean {near[0]}?" if near else "Run the cell that makes it, or name another.",
    )
