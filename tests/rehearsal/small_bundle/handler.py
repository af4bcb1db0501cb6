"""What a person may edit."""


def preprocess(rows):
    return rows


def predict(model, rows):
    if model is None:  # a bundle without a model file: the same linear model by hand
        return [1.0 + 2.0 * a - 3.0 * b + 0.5 * c for a, b, c in rows]
    return model.predict(rows).tolist()
