"""What the real gcloud makes of the command: its request goes to a server on loopback, which reads it and refuses."""

import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.steps.planning import planned
from tests.steps.test_by_hand import FULL, stage

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="needs gcloud")


class Google:
    """Stands in for Google's APIs behind a proxy: every API is on, there is no service, and a new one is refused."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        google = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                there = "serving.knative.dev" not in self.path
                self.answer(200 if there else 404, {"state": "ENABLED"} if there else {"error": {"code": 404}})

            def do_POST(self) -> None:
                google.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(400, {"error": {"code": 400, "message": "read", "status": "INVALID_ARGUMENT"}})

            def answer(self, status: int, data: object) -> None:
                content = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def google() -> Iterator[Google]:
    server = Google()
    yield server
    server.close()


def sent(google: Google, text: str, folder: Path) -> dict[str, Any]:
    """The service that gcloud asks for."""
    (folder / "token").write_text("no-token")
    environment = {
        **os.environ,
        "CLOUDSDK_CONFIG": str(folder),
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        "CLOUDSDK_PROXY_TYPE": "http",
        "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
        "CLOUDSDK_PROXY_PORT": str(google.port),
        **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"http://{api.lower()}.test/" for api in ("RUN", "SERVICEUSAGE")},
        "API_TOKEN": "from, the 'shell'",
    }
    done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=120)
    assert google.asked, done.stderr
    return google.asked[-1]


def test_every_setting_of_the_plan_reaches_the_service(google: Google, tmp_path: Path) -> None:
    service = sent(google, stage(planned(**FULL), "release").commands[0].text, tmp_path)
    about, revision = service["metadata"], service["spec"]["template"]
    notes = {**about["annotations"], **revision["metadata"]["annotations"]}
    notes = {name.rpartition("/")[2]: value for name, value in notes.items()}
    assert (about["name"], about["namespace"]) == ("housing", "my-project")
    assert about["labels"] == {"cost": "x", "team": "ml"}
    wanted = {
        "binary-authorization": "default",
        "ingress": "internal-and-cloud-load-balancing",
        "maxScale": "3",
        "minScale": "1",
        "cloudsql-instances": "my-project:europe-west1:db,my-project:europe-west1:other",
        "cpu-throttling": "False",
        "startup-cpu-boost": "False",
        "encryption-key": "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k",
        "execution-environment": "gen2",
        "gpu-zonal-redundancy-disabled": "True",
        "sessionAffinity": "true",
        "vpc-access-egress": "all-traffic",
    }
    assert {name: notes.get(name) for name in wanted} == wanted
    assert json.loads(notes["network-interfaces"]) == [{"network": "net", "subnetwork": "sub", "tags": ["a", "b"]}]
    spec = revision["spec"]
    assert (spec["containerConcurrency"], spec["timeoutSeconds"]) == (7, 77)
    assert spec["serviceAccountName"] == "runner@my-project.iam.gserviceaccount.com"
    assert spec["nodeSelector"] == {"run.googleapis.com/accelerator": "nvidia-l4"}
    (container,) = spec["containers"]
    assert container["image"] == "europe-west1-docker.pkg.dev/my-project/images/housing:by-hand"
    assert container["ports"] == [{"containerPort": 9090}]
    assert container["resources"]["limits"] == {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    assert plain == {"GREETING": "a,b=c; it's d", "LEVEL": "info", "API_TOKEN": "from, the 'shell'"}
    secret = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one}
    assert secret == {"DB": {"name": "db-password", "key": "latest"}, "KEY": {"name": "api-key", "key": "3"}}
    assert container["startupProbe"] == {
        "tcpSocket": {"port": 9090}, "initialDelaySeconds": 2, "periodSeconds": 6, "timeoutSeconds": 4, "failureThreshold": 20,
    }  # fmt: skip
    assert container["livenessProbe"]["httpGet"] == {"path": "/alive?a=1,2", "port": 9090}
    mounted = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    volumes = {one["name"]: one for one in spec["volumes"]}
    assert volumes[mounted["/secrets/one"]]["secret"] == {
        "secretName": "cert",
        "items": [{"key": "2", "path": "tls.pem"}],
    }
    bucket = volumes[mounted["/mnt/b"]]["csi"]
    assert bucket["readOnly"] and bucket["volumeAttributes"]["bucketName"] == "models"
    assert bucket["volumeAttributes"]["mountOptions"].startswith("implicit-dirs,")
    assert volumes[mounted["/mnt/n"]]["nfs"] == {"server": "10.0.0.2", "path": "/share", "readOnly": False}
    assert volumes[mounted["/mnt/m"]]["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}


def test_a_plain_plan_is_sent_with_the_plans_own_numbers(google: Google, tmp_path: Path) -> None:
    service = sent(google, stage(planned(target="cloud_run"), "release").commands[0].text, tmp_path)
    spec = service["spec"]["template"]["spec"]
    assert (spec["containerConcurrency"], spec["timeoutSeconds"]) == (32, 60)
    assert spec["containers"][0]["resources"]["limits"] == {"cpu": "1", "memory": "512Mi"}
    assert spec["containers"][0]["startupProbe"]["failureThreshold"] == 48
