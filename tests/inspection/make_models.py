"""Fit real estimators and save them in many ways, with what is true of each: `make_models.py FOLDER`.

Run under the scikit-learn whose files are wanted, so it uses nothing of Sendoff and keeps to what scikit-learn 1.0 knows.
`FOLDER/index.json` lists the files. The estimators come from `all_estimators()`, and below are compositions people serve.
"""

import bz2
import gzip
import json
import lzma
import pickle
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.base import is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators

ROWS = 60
RANDOM = np.random.RandomState(7)
X = RANDOM.rand(ROWS, 4) * [1, 10, 100, 1000]
Y_NUMBER = X @ [1.0, 0.5, 0.25, 0.01] + RANDOM.rand(ROWS)
Y_INT = (X[:, 0] * 3).astype(int)
Y_TEXT = np.array(["high" if value else "low" for value in X[:, 0] > 0.5], dtype=object)
FRAME = pd.DataFrame(
    {
        "age": X[:, 0] * 80,
        "income": X[:, 1] * 10_000,
        "plan": np.array(["basic", "plus", "team"], dtype=object)[Y_INT],
        "seats": Y_INT + 1,
        "customer": [f"c{row}" for row in range(ROWS)],
    }
)
HOLES = FRAME.copy()
HOLES.loc[::7, "age"] = np.nan
HOLES.loc[::11, "plan"] = None
TEXTS = ["good fine nice" if label == "high" else "bad poor sad" for label in Y_TEXT]
NUMBERS, WORDS = ["age", "income"], ["plan"]


def compositions():
    """Name, unfitted estimator, input, answer, and what Sendoff should find."""
    columns = ColumnTransformer([("numbers", StandardScaler(), NUMBERS), ("words", OneHotEncoder(), WORDS)])
    imputed = ColumnTransformer(
        [
            ("numbers", Pipeline([("fill", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), NUMBERS),
            (
                "words",
                Pipeline(
                    [
                        ("fill", SimpleImputer(strategy="most_frequent")),
                        ("code", OneHotEncoder(handle_unknown="ignore")),
                    ]
                ),
                WORDS,
            ),
        ]
    )
    array = {"layout": "array"}
    frame = {"layout": "frame"}
    texts = {"layout": "texts"}
    chosen = {"layout": "frame", "names": ["age", "income", "plan"]}
    yield "churn", Pipeline([("columns", imputed), ("forest", RandomForestClassifier(10))]), HOLES, Y_TEXT, chosen
    yield "closed", Pipeline([("columns", columns), ("model", LogisticRegression())]), FRAME, Y_TEXT, chosen
    passed = ColumnTransformer([("words", OneHotEncoder(), WORDS)], remainder="passthrough")
    yield (
        "remainder",
        Pipeline([("columns", passed), ("model", DecisionTreeClassifier())]),
        FRAME[["age", "plan", "seats"]],
        Y_TEXT,
        {"layout": "frame", "names": ["age", "plan", "seats"]},
    )
    by_type = ColumnTransformer(
        [
            ("numbers", MinMaxScaler(), make_column_selector(dtype_include="number")),
            ("words", OrdinalEncoder(), make_column_selector(dtype_exclude="number")),
        ]
    )
    yield (
        "selector",
        Pipeline([("columns", by_type), ("model", HistGradientBoostingRegressor(max_iter=5))]),
        FRAME[["age", "plan", "seats"]],
        Y_NUMBER,
        {"layout": "frame", "names": ["age", "plan", "seats"]},
    )
    by_place = ColumnTransformer([("first", StandardScaler(), [0, 1]), ("rest", MinMaxScaler(), slice(2, 4))])
    yield "by-place", Pipeline([("columns", by_place), ("model", Ridge())]), X, Y_NUMBER, array
    by_mask = ColumnTransformer([("some", StandardScaler(), [True, False, True, False])], remainder="passthrough")
    yield "by-mask", Pipeline([("columns", by_mask), ("model", Ridge())]), X, Y_NUMBER, array
    by_label = ColumnTransformer([("some", RobustScaler(), slice("age", "income"))])
    yield (
        "by-label",
        Pipeline([("columns", by_label), ("model", Ridge())]),
        FRAME,
        Y_NUMBER,
        {"layout": "frame", "names": ["age", "income"]},
    )
    inner = ColumnTransformer([("again", MinMaxScaler(), [0])], remainder="passthrough")
    nested = ColumnTransformer([("numbers", Pipeline([("scale", StandardScaler()), ("inner", inner)]), NUMBERS)])
    yield (
        "nested-columns",
        Pipeline([("columns", nested), ("model", LinearRegression())]),
        FRAME,
        Y_NUMBER,
        {"layout": "frame", "names": NUMBERS},
    )
    yield "named-numbers", LinearRegression(), FRAME[NUMBERS], Y_NUMBER, {"layout": "array", "names": NUMBERS}
    yield (
        "named-pipeline",
        Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]),
        FRAME[NUMBERS],
        Y_TEXT,
        {"layout": "array", "names": NUMBERS},
    )
    yield (
        "words-alone",
        Pipeline([("code", OneHotEncoder()), ("model", LogisticRegression())]),
        FRAME[WORDS],
        Y_TEXT,
        frame,
    )
    yield "text", Pipeline([("tfidf", TfidfVectorizer()), ("model", LogisticRegression())]), TEXTS, Y_TEXT, texts
    yield (
        "text-lower",
        Pipeline([("count", CountVectorizer(tokenizer=str.split)), ("nb", MultinomialNB())]),
        TEXTS,
        Y_TEXT,
        texts,
    )
    union = FeatureUnion([("words", TfidfVectorizer()), ("signs", TfidfVectorizer(analyzer="char"))])
    yield "text-union", Pipeline([("both", union), ("model", LogisticRegression())]), TEXTS, Y_TEXT, texts
    mixed = ColumnTransformer([("text", TfidfVectorizer(), "customer"), ("numbers", StandardScaler(), NUMBERS)])
    yield (
        "text-column",
        Pipeline([("columns", mixed), ("model", LogisticRegression())]),
        FRAME,
        Y_TEXT,
        {"layout": "frame", "names": ["age", "income", "customer"]},
    )
    search = GridSearchCV(Pipeline([("scale", StandardScaler()), ("svc", SVC())]), {"svc__C": [1, 2]}, cv=2, n_jobs=2)
    yield "grid", search, X, Y_TEXT, {"layout": "array", "proba": False}
    from scipy.stats import uniform

    yield (
        "random-search",
        RandomizedSearchCV(LogisticRegression(), {"C": uniform(0.5, 1)}, n_iter=2, cv=2),
        X,
        Y_TEXT,
        array,
    )
    members = [("tree", DecisionTreeClassifier()), ("line", LogisticRegression())]
    yield "vote-soft", VotingClassifier(members, voting="soft"), X, Y_TEXT, {"layout": "array", "proba": True}
    yield "vote-hard", VotingClassifier(members), X, Y_TEXT, {"layout": "array", "proba": False}
    yield (
        "vote-numbers",
        VotingRegressor([("a", LinearRegression()), ("b", DecisionTreeRegressor())]),
        X,
        Y_NUMBER,
        array,
    )
    yield "stack", StackingClassifier(members, final_estimator=LogisticRegression(), cv=2), X, Y_TEXT, array
    yield "stack-svm", StackingClassifier(members, final_estimator=LinearSVC(), cv=2), X, Y_TEXT, {"proba": False}
    yield "stack-numbers", StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor())], cv=2), X, Y_NUMBER, array
    yield "calibrated", CalibratedClassifierCV(LinearSVC(), cv=2), X, Y_TEXT, {"layout": "array", "proba": True}
    yield "many-numbers", MultiOutputRegressor(Ridge()), X, np.c_[Y_NUMBER, Y_NUMBER, Y_NUMBER], {"outputs": 3}
    yield "many-labels", MultiOutputClassifier(LogisticRegression()), X, np.c_[Y_INT > 1, Y_INT > 0], {"outputs": 2}
    yield "forest-many", RandomForestRegressor(5), X, np.c_[Y_NUMBER, Y_NUMBER], {"outputs": 2, "exact": True}
    yield (
        "target",
        TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1),
        X,
        Y_NUMBER,
        array,
    )
    yield "one-rest", OneVsRestClassifier(SVC(probability=True)), X, Y_INT, {"proba": True}
    yield "one-rest-no", OneVsRestClassifier(LinearSVC()), X, Y_INT, {"proba": False}
    yield "bagging", BaggingClassifier(KNeighborsClassifier(), 3), X, Y_TEXT, array
    yield "svc-proba", SVC(probability=True), X, Y_TEXT, {"proba": True}
    yield "sgd-hinge", SGDClassifier(), X, Y_TEXT, {"proba": False}
    yield "sgd-huber", SGDClassifier(loss="modified_huber"), X, Y_TEXT, {"proba": True}
    yield (
        "kmeans",
        Pipeline([("scale", StandardScaler()), ("clusters", KMeans(2, n_init=1))]),
        X,
        None,
        {"task": "clustering"},
    )
    yield "outliers", IsolationForest(n_estimators=5), X, None, {"task": "outliers"}
    yield "pca", Pipeline([("scale", StandardScaler()), ("pca", PCA(2))]), X, None, {"task": "transform"}
    yield "logs", Pipeline([("log", FunctionTransformer(np.log1p)), ("model", LinearRegression())]), X, Y_NUMBER, array
    yield (
        "logs-named",
        Pipeline([("log", FunctionTransformer(np.log1p)), ("model", LinearRegression())]),
        FRAME[NUMBERS],
        Y_NUMBER,
        {"layout": "array", "names": NUMBERS},
    )
    bins = Pipeline([("bins", KBinsDiscretizer(3)), ("model", LinearRegression())])
    yield "bins", bins, X, Y_NUMBER, array
    ranks = Pipeline([("ranks", QuantileTransformer(n_quantiles=20)), ("model", LinearRegression())])
    yield "ranks", ranks, X, Y_NUMBER, array
    powers = Pipeline([("fill", SimpleImputer()), ("powers", PolynomialFeatures(2)), ("model", Ridge())])
    yield "powers", powers, X, Y_NUMBER, array
    best = Pipeline([("best", SelectKBest(f_classif, k=2)), ("model", LogisticRegression())])
    yield "best", best, X, Y_INT, array
    yield "rfe", RFE(LogisticRegression(), n_features_to_select=2), X, Y_TEXT, array
    yield (
        "hist",
        HistGradientBoostingClassifier(max_iter=5),
        X,
        Y_INT,
        {"layout": "array", "missing": True, "exact": True},
    )
    yield "boosting", GradientBoostingRegressor(n_estimators=5), X, Y_NUMBER, {"exact": True}
    yield (
        "tree-scaled",
        Pipeline([("scale", MinMaxScaler()), ("tree", DecisionTreeRegressor())]),
        X,
        Y_NUMBER,
        {"exact": True},
    )
    yield "parallel", RandomForestClassifier(5, n_jobs=-1), X, Y_TEXT, {"parallel": True}


WRITERS = {
    "joblib": lambda model, path: joblib.dump(model, path),
    "zlib": lambda model, path: joblib.dump(model, path, compress=("zlib", 3)),
    "gzip": lambda model, path: joblib.dump(model, path, compress=("gzip", 3)),
    "bz2": lambda model, path: joblib.dump(model, path, compress=("bz2", 3)),
    "xz": lambda model, path: joblib.dump(model, path, compress=("xz", 1)),
    "lzma": lambda model, path: joblib.dump(model, path, compress=("lzma", 1)),
    "lz4": lambda model, path: joblib.dump(model, path, compress=("lz4", 3)),
    "joblib-2": lambda model, path: joblib.dump(model, path, protocol=2),
    "joblib-5": lambda model, path: joblib.dump(model, path, protocol=5),
    "pickle-gzip": lambda model, path: _into(gzip.open, model, path),
    "pickle-bz2": lambda model, path: _into(bz2.open, model, path),
    "pickle-xz": lambda model, path: _into(lzma.open, model, path),
    **{f"pickle-{at}": lambda model, path, at=at: _pickled(model, path, at) for at in range(6)},
}
"""Every way of saving a model the inspection should read."""


def _into(opener, model, path):
    with opener(path, "wb") as stream:
        pickle.dump(model, stream)


def _pickled(model, path, protocol):
    with Path(path).open("wb") as stream:
        pickle.dump(model, stream, protocol)


def truth(model, rows):
    """What scikit-learn itself says of a fitted model."""
    found = {"root": type(model).__module__ + "." + type(model).__qualname__}
    found["proba"] = hasattr(model, "predict_proba")
    if is_classifier(model):
        found["task"] = "classification"
    elif is_regressor(model):
        found["task"] = "regression"
    if hasattr(model, "predict"):
        try:
            answer = np.asarray(model.predict(rows[:2]))
            found["outputs"] = answer.shape[1] if answer.ndim == 2 else 1
        except Exception:
            pass
    features = getattr(model, "n_features_in_", None)
    if features is not None:
        found["features"] = int(features)
    classes = getattr(model, "classes_", None)
    if isinstance(classes, np.ndarray) and classes.ndim == 1 and found.get("task") == "classification":
        found["classes"] = classes.tolist()
    return found


def singles():
    """Every estimator of the library that can be fitted on plain numbers as it is."""
    for name, kind in all_estimators():
        try:
            model = kind()
        except TypeError:
            continue
        for rows, answers in ((X, Y_INT), (X, Y_NUMBER), (X, np.c_[Y_NUMBER, Y_NUMBER]), (Y_TEXT, None), (TEXTS, None)):
            try:
                model.set_params(**{key: 3 for key in ("n_estimators", "max_iter") if key in model.get_params()})
                model.fit(rows, answers)
            except Exception:
                continue
            yield name, model, rows, {}
            break


def main(folder):
    """Fit and save everything."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    index, writers = [], list(WRITERS.items())
    fitted = [
        (name, model.fit(rows, answers), rows, expected) for name, model, rows, answers, expected in compositions()
    ]
    for at, (name, model, rows, expected) in enumerate([*fitted, *singles()]):
        facts = {**truth(model, rows), **expected}
        for how, write in [writers[at % len(writers)], writers[0]] if at % 3 else [writers[at % len(writers)]]:
            path = folder / f"{name}.{how}"
            try:
                write(model, path)
            except Exception:
                path.unlink(missing_ok=True)
                continue
            index.append({"file": path.name, "name": name, "how": how, **facts})
    everywhere = fitted[0][1]
    for how, write in writers:
        path = folder / f"everywhere.{how}"
        write(everywhere, path)
        index.append({"file": path.name, "name": "everywhere", "how": how, **truth(everywhere, HOLES)})
    summary = {"sklearn": sklearn.__version__, "numpy": np.__version__, "joblib": joblib.__version__, "models": index}
    (folder / "index.json").write_text(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
