"""What Python 3 makes of the module names Python 2 wrote: the table `pickle` itself uses for protocols 0 to 2."""

from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING


def translated(module: str, name: str) -> tuple[str, str]:
    """Module and name as `pickle.load` imports them from a protocol 0 to 2 stream."""
    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name
