"""Trains the housing example: LinearRegression on data generated here, saved the way most people save a model.

    python examples/housing/train.py

writes model.pkl beside this file. The eight inputs are those of the well-known California housing data; the rows are drawn
at random with a fixed seed, because that data set is not shipped with scikit-learn and this example needs no network.
"""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

rng = np.random.default_rng(7)
rows = 5_000
blocks = pd.DataFrame(
    {
        "median_income": rng.gamma(4.0, 1.0, rows).round(4),
        "house_age": rng.integers(1, 53, rows),
        "rooms": rng.normal(5.4, 1.2, rows).clip(1).round(3),
        "bedrooms": rng.normal(1.1, 0.2, rows).clip(0.5).round(3),
        "population": rng.integers(50, 4_000, rows),
        "occupancy": rng.normal(3.0, 0.8, rows).clip(1).round(3),
        "latitude": rng.uniform(32.5, 42.0, rows).round(2),
        "longitude": rng.uniform(-124.3, -114.3, rows).round(2),
    }
)
price = (
    0.44 * blocks["median_income"]
    + 0.01 * blocks["house_age"]
    - 0.11 * blocks["rooms"]
    + 0.65 * blocks["bedrooms"]
    - 0.04 * blocks["occupancy"]
    - 0.42 * (blocks["latitude"] - 36)
    - 0.43 * (blocks["longitude"] + 119)
    + rng.normal(0, 0.3, rows)
)

model = LinearRegression()
model.fit(blocks, price)

path = Path(__file__).with_name("model.pkl")
joblib.dump(model, path)
print(f"wrote {path}: LinearRegression, R² {model.score(blocks, price):.3f} on its own training rows")
