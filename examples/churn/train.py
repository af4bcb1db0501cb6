"""Trains the churn example: a random forest behind a ColumnTransformer, fitted on a data frame with named columns.

    python examples/churn/train.py

writes model.joblib beside this file, compressed. The customers are invented; the seed is fixed.
"""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(11)
rows = 3_000
customers = pd.DataFrame(
    {
        "age": rng.integers(18, 90, rows).astype(float),
        "monthly_charge": rng.gamma(6.0, 10.0, rows).round(2),
        "months": rng.integers(0, 73, rows),
        "contract": rng.choice(["monthly", "one year", "two years"], rows, p=[0.55, 0.25, 0.2]),
        "payment": rng.choice(["card", "invoice", "transfer"], rows),
    }
)
customers.loc[rng.random(rows) < 0.05, "age"] = np.nan
score = (
    0.02 * customers["monthly_charge"]
    - 0.05 * customers["months"]
    + customers["contract"].map({"monthly": 1.2, "one year": 0.0, "two years": -0.8})
    + rng.normal(0, 0.8, rows)
)
churned = np.where(score > score.median(), "leaves", "stays")

numbers, categories = ["age", "monthly_charge", "months"], ["contract", "payment"]
model = Pipeline(
    [
        (
            "columns",
            ColumnTransformer(
                [
                    ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
                    ("categories", OneHotEncoder(handle_unknown="error"), categories),
                ]
            ),
        ),
        ("forest", RandomForestClassifier(n_estimators=100, min_samples_leaf=5, random_state=0, n_jobs=-1)),
    ]
)
model.fit(customers, churned)

path = Path(__file__).with_name("model.joblib")
joblib.dump(model, path, compress=3)
print(f"wrote {path}: {model.score(customers, churned):.3f} of its own training rows right")
