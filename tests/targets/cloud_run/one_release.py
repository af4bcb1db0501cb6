"""A program that makes one release, for tests that kill it: python one_release.py ADDRESS AUTHORITY FOLDER VERSION TARGET"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.targets.cloud_run.releases import Minted, Witness, plan, pushed, report
from wizard.bundle.bundle import Bundle
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.place import Place
from wizard.targets.cloud_run.releasing import release
from wizard.workshop.tokens import Authority

if __name__ == "__main__":
    address, authority, folder, version, target = sys.argv[1:]
    place = Place("demo-project", "us-central1", f"http://{address}")
    with Cloud(place, Minted(Authority(Path(authority))), grpc_address=address) as cloud:
        release(
            plan(**json.loads(target)),
            Bundle(folder, ()),
            pushed(version),
            report(),
            Witness().reporter,
            project=folder,
            cloud=cloud,
        )
