"""Loads the model file; the real bundle's loader also guards it."""

import joblib


def load(path):
    return joblib.load(path)
