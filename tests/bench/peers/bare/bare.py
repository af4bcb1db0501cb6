"""A bare ASGI app that only decodes, predicts and encodes: what is left when everything a service needs is left out."""

import joblib
import orjson

model = joblib.load("/bench/model.pkl")


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    answer = orjson.dumps({"prediction": model.predict([orjson.loads(body)["features"]]).tolist()})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
