"""A build that must fail, for tests that look at how."""

from __future__ import annotations

import pytest

from tests.images.watching import MakeBundle
from wizard.errors import BuildError
from wizard.events import silent
from wizard.images import DockerBuilder, exists
from wizard.images.engine import Engine


def failing(engine: Engine, bundle_files: dict[str, bytes | str], make_bundle: MakeBundle, tag: str) -> BuildError:
    with pytest.raises(BuildError) as caught:
        DockerBuilder(engine).build(make_bundle(bundle_files), tag=tag, labels={}, reporter=silent())
    assert not exists(engine, tag)
    return caught.value
