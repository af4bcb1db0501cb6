"""The service most tutorials show, with FastAPI."""

import joblib
from fastapi import FastAPI
from pydantic import BaseModel


class Input(BaseModel):
    features: list[float]


app = FastAPI()
model = joblib.load("model.pkl")


@app.post("/predict")
def predict(data: Input):
    return {"prediction": model.predict([data.features]).tolist()}
