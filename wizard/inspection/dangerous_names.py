"""Names no model needs and attackers use. Only what is said of them differs from any other name that is not on the lists:
the standard library's modules are dangerous unless trusted, others are here because a library offers them."""

from __future__ import annotations

import sys

_REASONS = {
    "it runs programs": "os posix nt subprocess _posixsubprocess pty commands popen2 multiprocessing sched "
    "asyncio concurrent webbrowser antigravity",
    "it runs text as code": "code codeop pdb bdb cProfile profile timeit trace doctest runpy compileall py_compile ast "
    "unittest idlelib lib2to3 ctypes _ctypes cffi",
    "it imports whatever it is told": "importlib imp pkgutil zipimport zipapp pydoc site ensurepip pip venv distutils "
    "setuptools pkg_resources modulefinder",
    "it opens connections": "socket ssl http urllib urllib2 ftplib smtplib imaplib poplib nntplib telnetlib xmlrpc "
    "socketserver requests httpx aiohttp",
    "it reads or writes files": "shutil tempfile io _io glob fileinput linecache sqlite3 dbm shelve mailbox mailcap zipfile "
    "tarfile gzip bz2 lzma mmap logging csv configparser",
    "it unpickles a second file or text": "pickle _pickle cPickle marshal copy",
    "it reaches into other objects": "operator functools inspect gc sys types weakref copyreg threading signal "
    "atexit itertools",
}
_BY_MODULE = {module: reason for reason, modules in _REASONS.items() for module in modules.split()}

_LIBRARY_FUNCTIONS = {
    "it unpickles a second file or text": "joblib.load joblib.numpy_pickle.load joblib.numpy_pickle_compat.load "
    "joblib.numpy_pickle.NumpyUnpickler joblib.numpy_pickle_utils.load pandas.read_pickle pandas.io.pickle.read_pickle "
    "torch.load torch.serialization.load torch.hub.load torch.storage._load_from_bytes torch.jit.load numpy.load "
    "numpy.lib.npyio.load numpy.lib._npyio_impl.load numpy.lib.format.read_array cloudpickle.load cloudpickle.loads "
    "cloudpickle.cloudpickle.load cloudpickle.cloudpickle.loads dill.load dill.loads dill._dill.load dill._dill.loads "
    "sklearn.externals.joblib.load skops.io.load skops.io.loads mlflow.pyfunc.load_model",
    "it runs text as code": "builtins.eval builtins.exec builtins.compile builtins.execfile "
    "pandas.eval pandas.core.computation.eval.eval numpy.testing._private.utils.runstring "
    "numpy.testing.runstring numpy.f2py.crackfortran.getlincoef numpy.f2py.crackfortran._eval_length "
    "numpy.lib.utils.safe_eval sympy.sympify sympy.parsing.sympy_parser.parse_expr scipy._lib.doccer.docformat "
    "torch.utils.collect_env.run torch.utils._config_module.load_config numexpr.evaluate patsy.eval.EvalEnvironment",
    "it runs programs": "numpy.distutils.exec_command.exec_command numpy.f2py.compile torch.utils.cpp_extension.load "
    "torch._inductor.codecache.compile_file joblib.Parallel joblib.parallel.Parallel "
    "joblib.externals.loky.backend.popen_loky_posix.Popen sklearn.utils.parallel.Parallel "
    "sklearn.callback._scoring_monitor.ScoringMonitor",
    "it imports whatever it is told": "builtins.__import__",
    "it reads or writes files": "numpy.loadtxt numpy.genfromtxt numpy.fromfile numpy.savetxt numpy.save numpy.savez "
    "numpy.memmap numpy.DataSource numpy.lib.npyio.DataSource numpy.core.records.fromfile numpy.lib._datasource.open "
    "pandas.read_csv pandas.read_table pandas.read_json pandas.read_html pandas.read_sql pandas.read_excel "
    "pandas.ExcelWriter pandas.HDFStore pandas.io.parsers.readers.read_csv pandas.io.common.get_handle joblib.dump "
    "builtins.open joblib.numpy_pickle.dump sklearn.datasets.load_files "
    "sklearn.datasets._base.load_files sklearn.datasets._base._fetch_remote sklearn.datasets._base.fetch_file "
    "xgboost.DMatrix xgboost.core.DMatrix lightgbm.Dataset lightgbm.basic.Dataset torch.from_file",
}
_BY_NAME = {name: reason for reason, names in _LIBRARY_FUNCTIONS.items() for name in names.split()}


def danger_of(full: str) -> str | None:
    """Why a name that is not trusted is dangerous, as the end of a sentence; None where it is merely unknown."""
    if full in _BY_NAME:
        return _BY_NAME[full]
    top = full.split(".")[0]
    if top in _BY_MODULE:
        return _BY_MODULE[top]
    if top in sys.stdlib_module_names or full.startswith(("?", ".")):
        return "it is a part of Python that models do not use"
    return None


def danger_of_path(name: str) -> str | None:
    """Why a dotted name is dangerous that reaches a module through another ("os.system" asked of some library)."""
    parts = name.split(".")
    for start in range(len(parts) - 1):
        reason = danger_of(".".join(parts[start:]))
        if reason is not None:
            return reason
    return None
