"""What distributions are really called: import names, names for one platform only, and the names people mean.

Suggestions come from these lists alone, never from the index: a name that is one letter off may be somebody's trap.
"""

from __future__ import annotations

IMPORT_NAMES = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "crypto": "pycryptodome",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "opencv": "opencv-python-headless",
    "pil": "pillow",
    "pytorch": "torch",
    "scikitlearn": "scikit-learn",
    "scikits-learn": "scikit-learn",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "skopt": "scikit-optimize",
    "tf": "tensorflow-cpu",
    "umap": "umap-learn",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Names that are imported, or said, to the distribution that holds them."""

ONE_PLATFORM: dict[str, tuple[str, str | None]] = {
    "appnope": ("macOS", None),
    "gnureadline": ("macOS", None),
    "macfsevents": ("macOS", None),
    "mlx": ("macOS", None),
    "pyobjc": ("macOS", None),
    "pyobjc-core": ("macOS", None),
    "pypiwin32": ("Windows", None),
    "pyreadline": ("Windows", None),
    "pyreadline3": ("Windows", None),
    "pywin32": ("Windows", None),
    "pywin32-ctypes": ("Windows", None),
    "pywinpty": ("Windows", None),
    "tensorflow-intel": ("Windows", "tensorflow-cpu"),
    "tensorflow-macos": ("macOS", "tensorflow-cpu"),
    "tensorflow-metal": ("macOS", None),
    "torch-directml": ("Windows", "torch"),
    "wincertstore": ("Windows", None),
    "winshell": ("Windows", None),
    "wmi": ("Windows", None),
}
"""Distributions that mean nothing on Linux: the platform they are for, and what stands in for them there (None: nothing)."""

_KNOWN_TEXT = """
aiohttp annoy anthropic arch arviz beautifulsoup4 bokeh boto3 catboost category-encoders cloudpickle convertdate cvxpy
dask datasets dateparser dill distributed duckdb econml fairlearn fastapi featuretools feature-engine flask gensim
geopandas google-cloud-bigquery google-cloud-storage gplearn h5py hdbscan holidays httpx hyperopt imbalanced-learn
implicit interpret jax jinja2 joblib keras langchain librosa lifelines lightfm lightgbm lime llvmlite lxml lz4 mapie
matplotlib mlflow mlflow-skinny mlxtend msgpack msgspec networkx ngboost nltk numba numexpr numpy onnx onnxruntime
onnxmltools openai opencv-python opencv-python-headless openpyxl optuna orjson packaging pandas patsy pillow plotly
pmdarima polars prophet protobuf psutil psycopg2-binary pyarrow pydantic pymc pyod pyspark python-dateutil
pytorch-lightning pytorch-tabnet pytz pyyaml regex requests scikeras scikit-image scikit-learn scikit-learn-extra
scikit-learn-intelex scikit-lego scikit-optimize scikit-survival scipy seaborn sentence-transformers sentencepiece
shap shapely simplejson six skl2onnx skops sktime spacy sqlalchemy statsforecast statsmodels sympy tabulate tensorflow
tensorflow-cpu textblob tokenizers torch torchaudio torchvision tqdm transformers treelite tslearn tzdata umap-learn
ujson uvicorn vaderSentiment vowpalwabbit werkzeug wordcloud xarray xgboost xgboost-cpu xlrd xlsxwriter zstandard
"""

KNOWN = _KNOWN_TEXT.split()
"""Distributions that models are served with, as far as this house has met them."""


def nearest_names(name: str) -> list[str]:
    """Distributions a person may mean by a canonical name, the likeliest first; the name itself is never among them."""
    import difflib

    meant = [IMPORT_NAMES[name]] if name in IMPORT_NAMES else []
    meant += difflib.get_close_matches(name, KNOWN, n=3, cutoff=0.75)
    return [each for each in dict.fromkeys(meant) if each != name]
