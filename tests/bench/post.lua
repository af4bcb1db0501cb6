-- One row a request: SENDOFF_BODY holds it.
wrk.method = "POST"
wrk.body = os.getenv("SENDOFF_BODY")
wrk.headers["Content-Type"] = "application/json"
