"""Names outside the model libraries that a model file may use: exact, each because a real model needs it.

`MAKERS` may be called while loading; they build values and do nothing else. `VALUES` may be referred to.
"""

from __future__ import annotations

import re

_BUILTIN_TYPES = "set frozenset slice complex range object list dict tuple int float str bool bytes bytearray"
_ARRAYS = "multiarray._reconstruct multiarray.scalar numeric._frombuffer"
_GENERATORS = "MT19937 PCG64 PCG64DXSM Philox SFC64"

MAKERS = frozenset(
    {f"builtins.{name}" for name in _BUILTIN_TYPES.split()}
    | {f"numpy.{core}.{name}" for core in ("core", "_core") for name in _ARRAYS.split()}
    | {f"numpy.random._pickle.{name}" for name in ("__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor")}
    | {f"numpy.random._{name.lower()}.{name}" for name in _GENERATORS.split()}
    | {
        "numpy.random._pcg64.PCG64DXSM",
        "numpy.random.mtrand.RandomState",
        "numpy.random.mtrand.__randomstate_ctor",
        "numpy.random.bit_generator.SeedSequence",
        "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
        "numpy.random._generator.Generator",
    }
    | {
        "numpy.dtype",
        "numpy.ndarray",
        "numpy.matrix",
        "numpy.ma.core._mareconstruct",
        "numpy.ma.core.MaskedArray",
        "numpy.ma.MaskedArray",
        "numpy.ma.core.MaskedConstant",
        "numpy.poly1d",
        "numpy.lib.polynomial.poly1d",
        "numpy.lib._polynomial_impl.poly1d",
        "scipy.interpolate._bsplines._BSpline",
    }
    | {
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.metrics._scorer._passthrough_scorer",
        "sklearn.utils.Bunch",
        "sklearn.utils._bunch.Bunch",
    }
    | {
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
        "collections.Counter",
        "collections.UserList",
        "collections.UserDict",
        "collections.UserString",
        "datetime.datetime",
        "datetime.date",
        "datetime.time",
        "datetime.timedelta",
        "datetime.timezone",
        "zoneinfo.ZoneInfo._unpickle",
        "decimal.Decimal",
        "fractions.Fraction",
        "uuid.UUID",
        "pathlib.PurePosixPath",
        "pathlib.PureWindowsPath",
        "pathlib.PosixPath",
        "pathlib.WindowsPath",
        "pathlib._local.PosixPath",
        "pathlib._local.WindowsPath",
        "types.SimpleNamespace",
        "functools.partial",
        "operator.itemgetter",
        "re._compile",
        "re.compile",
    }
    | {
        "pandas.core.frame.DataFrame",
        "pandas.DataFrame",
        "pandas.core.series.Series",
        "pandas.Series",
        "pandas.core.indexes.base._new_Index",
        "pandas.core.internals.managers.BlockManager",
        "pandas.core.internals.managers.SingleBlockManager",
        "pandas.core.internals.blocks.new_block",
        "pandas._libs.internals._unpickle_block",
        "pandas._libs.internals.BlockManager",
        "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked",
        "pandas._libs.tslibs.timestamps._unpickle_timestamp",
        "pandas._libs.tslibs.timedeltas._timedelta_unpickle",
        "pandas._libs.tslibs.nattype._nat_unpickle",
        "pandas._libs.tslibs.nattype.__nat_unpickle",
        "pandas._libs.missing.NAType",
        "pandas._libs.interval.Interval",
        "pandas.core.dtypes.dtypes.CategoricalDtype",
        "pandas.CategoricalDtype",
        "pandas.core.dtypes.dtypes.DatetimeTZDtype",
        "pandas.core.dtypes.dtypes.IntervalDtype",
        "pandas.core.dtypes.dtypes.PeriodDtype",
        "pandas.core.arrays.categorical.Categorical",
        "pandas.Categorical",
        "pandas.core.arrays.datetimes.DatetimeArray",
        "pandas.core.arrays.integer.IntegerArray",
        "pandas.core.arrays.integer.IntegerDtype",
        "pandas.core.arrays.integer.Int64Dtype",
        "pandas.core.arrays.floating.FloatingArray",
        "pandas.core.arrays.floating.Float64Dtype",
        "pandas.core.arrays.boolean.BooleanArray",
        "pandas.core.arrays.boolean.BooleanDtype",
        "pandas.core.arrays.string_.StringArray",
        "pandas.core.arrays.string_.StringDtype",
        "pandas.arrays.StringArray",
        "pandas.StringDtype",
        "pandas.core.flags.Flags",
    }
    | {
        f"pandas.{module}{name}"
        for module, names in {
            "core.indexes.base.": "Index",
            "core.indexes.range.": "RangeIndex",
            "core.indexes.numeric.": "Int64Index Float64Index UInt64Index NumericIndex",
            "core.indexes.category.": "CategoricalIndex",
            "core.indexes.datetimes.": "DatetimeIndex _new_DatetimeIndex",
            "core.indexes.timedeltas.": "TimedeltaIndex",
            "core.indexes.interval.": "IntervalIndex",
            "core.indexes.multi.": "MultiIndex",
            "": "Index RangeIndex CategoricalIndex DatetimeIndex MultiIndex",
        }.items()
        for name in names.split()
    }
    | {
        "catboost.core.CatBoost",
        "catboost.core.CatBoostClassifier",
        "catboost.core.CatBoostRegressor",
        "catboost.core.CatBoostRanker",
    }
    | {"_codecs.encode", "copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__", "builtins.getattr"}
    | {f"numpy.{core}._ufunc_reconstruct" for core in ("core", "_core")}
)
"""The last two groups are looked at once more with their arguments (`calls`)."""

_PYTHON_VALUES = "type len abs sum max min round sorted repr"
_NUMPY_VALUES = (
    "mean median std var sum prod min max amin amax average clip round around nan_to_num where ravel reshape squeeze "
    "asarray array ascontiguousarray atleast_2d isnan nanmean nanmedian nansum nanmin nanmax nanstd diff cumsum sort "
    "concatenate hstack vstack column_stack argmax argmin dot linalg.norm ptp quantile percentile"
)

VALUES = frozenset(
    {f"builtins.{name}" for name in _PYTHON_VALUES.split()}
    | {f"numpy.{name}" for name in _NUMPY_VALUES.split()}
    | {f"scipy._lib.array_api_compat.numpy._aliases.{name}" for name in ("asarray", "astype")}
)

_VALUE_PATTERNS = re.compile(
    r"numpy\.((float|int|uint|bool|str|bytes|complex|datetime|timedelta|object|void|longdouble|half|single|double|intp|"
    r"intc|nan|inf|generic|number|integer|floating|inexact|unicode)\w*)"
    r"|numpy\.dtypes\.\w+DType"
    r"|numpy\.dtype\[\w+\]"
)


def is_trusted_value(full: str) -> bool:
    """A name that may be referred to, such as a number type."""
    return full in VALUES or _VALUE_PATTERNS.fullmatch(full) is not None
