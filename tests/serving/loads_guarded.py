"""Run in an environment of its own: `python loads_guarded.py FILE FORMAT COMPRESSION`, with the templates on PYTHONPATH.

Loads FILE with no name allowed, allows the name it asks for, and so on until it loads. Prints the names, one a line.
"""

import hashlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

from serving import loading

file = Path(sys.argv[1])
model = SimpleNamespace(
    file=file, sha256=hashlib.sha256(file.read_bytes()).hexdigest(), format=sys.argv[2], compression=sys.argv[3],
    globals=frozenset(), main=None, parallel=True,
)  # fmt: skip
while True:
    try:
        loaded = loading.load(model)
        break
    except ValueError as error:
        asked = re.fullmatch(r"it asks for (\S+), which was not in it when it was inspected", str(error))
        if asked is None or asked[1] in model.globals:
            raise
        print(asked[1])
        model.globals |= {asked[1]}
assert loaded["numbers"].sum() == 6, loaded
assert loaded["objects"][0] == 0.5, loaded
