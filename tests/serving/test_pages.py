"""What a person and a program find beside the predictions."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving.bundles import bundled
from tests.serving.conftest import Serve
from tests.serving.examples import EXAMPLES, Example
from tests.serving.running import running

ROUTES = {
    "fastapi": "\n\n@app.get('/team')\nasync def team() -> dict[str, str]:\n    return {'team': 'pricing'}\n",
    "flask": "\n\n@pages.get('/team')\ndef team() -> dict[str, str]:\n    return {'team': 'pricing'}\n",
}


def test_health_is_ok(server: str, serve: Serve) -> None:
    assert serve("linear", server).get("/health").json() == {"status": "ok"}


def test_the_root_tells_a_program_where_to_go(server: str, serve: Serve) -> None:
    answer = serve("churn", server).get("/").json()
    assert answer["service"] == "housing"
    assert {"/predict", "/predict_proba", "/health", "/docs", "/openapi.json"} <= set(answer["paths"])
    assert serve("churn", server).post(answer["example"]["body"]).status_code == 200


def test_the_root_shows_a_browser_the_docs(server: str, serve: Serve) -> None:
    client = serve("churn", server).client
    answer = client.get("/", headers={"Accept": "text/html,*/*"})
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text == client.get("/docs").text


def test_the_docs_need_nothing_from_outside(server: str, serve: Serve) -> None:
    page = serve("churn", server).get("/docs").text
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", page)
    assert "region" in page
    assert "/predict_proba" in page


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_sample_request_is_answered(name: str, server: str, serve: Serve) -> None:
    service = serve(name, server)
    sample = (service.folder / "sample.json").read_bytes()
    assert service.post(sample).status_code == 200


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_in_openapi_are_answered(name: str, server: str, serve: Serve) -> None:
    service = serve(name, server)
    described = service.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        if "post" in methods:
            examples = methods["post"]["requestBody"]["content"]["application/json"]["examples"]
            assert len(examples) == 2
            for example in examples.values():
                assert service.post(example["value"], path).status_code == 200


def test_openapi_has_the_columns_with_kinds_and_categories(server: str, serve: Serve) -> None:
    described = serve("churn", server).get("/openapi.json").json()
    by_name, _ = described["components"]["schemas"]["Row"]["oneOf"]
    assert by_name["required"] == ["age", "balance", "plan", "region", "products"]
    assert by_name["properties"]["age"]["type"] == ["number", "null"]
    assert by_name["properties"]["plan"]["enum"] == ["basic", "plus", "pro"]
    assert "north" in by_name["properties"]["region"]["description"]
    assert described["components"]["schemas"]["Prediction"]["oneOf"][0]["properties"]["prediction"] == {
        "enum": ["leaves", "stays"]
    }


def test_routes_of_ones_own_are_served_beside_the_predictions(
    server: str, bundle: Path, trained: Callable[[str], Example]
) -> None:
    bundled(trained("linear"), bundle, server)
    routes = bundle / "routes.py"
    routes.write_text(routes.read_text() + ROUTES[server])
    with running(bundle) as service:
        assert service.ready().get("/team").json() == {"team": "pricing"}
        assert service.post({"features": [0] * 8}).status_code == 200
        if server == "fastapi":
            described = service.get("/openapi.json").json()
            assert {"/team", "/predict"} <= described["paths"].keys()
            assert "Row" in described["components"]["schemas"]


def test_a_route_of_ones_own_that_fails_is_answered_in_json_and_logged_with_its_place(
    server: str, bundle: Path, trained: Callable[[str], Example]
) -> None:
    bundled(trained("linear"), bundle, server)
    routes = bundle / "routes.py"
    routes.write_text(routes.read_text() + ROUTES[server].replace("return {'team': 'pricing'}", "raise KeyError('x')"))
    with running(bundle) as service:
        answer = service.ready().get("/team")
        assert answer.status_code == 500
        assert answer.json()["error"]["message"] == "the service failed on this request"
        line = service.wait_for(lambda line: line["message"] == "/team failed")
        assert line["where"].startswith("KeyError in ")
        assert "routes.py" in line["where"]
        assert service.post({"features": [0] * 8}).status_code == 200


def test_predictions_do_not_wait_for_the_pages_to_load(bundle: Path, trained: Callable[[str], Example]) -> None:
    bundled(trained("linear"), bundle, "fastapi")
    handler = (bundle / "handler.py").read_text()
    (bundle / "handler.py").write_text(
        f"{handler}\n\ndef predict(model, X):\n    import sys\n    return ['fastapi' in sys.modules] * len(X)\n"
    )
    with running(bundle) as service:
        assert service.ready().post({"features": [0] * 8}).json() == {"prediction": False}
        assert service.get("/docs").status_code == 200
        assert service.post({"features": [0] * 8}).json() == {"prediction": True}
