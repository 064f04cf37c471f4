"""The Zendesk of our own on a port of this machine, for programs and for clients that know only addresses."""

import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import requests
import uvicorn
from fastapi import FastAPI, Request, Response
from requests.adapters import BaseAdapter
from starlette.requests import ClientDisconnect

from helpdesk.desks.zendesk import NoAnswer, ZendeskServer


@contextmanager
def on_port(server: ZendeskServer) -> Generator[str]:
    """Serve until the end of the block, and yield the address."""
    lock = threading.Lock()
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def answer(path: str, request: Request) -> Response:
        try:
            said = await request.body()
        except ClientDisconnect:  # whoever asked was killed
            return Response(status_code=499)
        with lock:
            try:
                status, headers, body = server.handle(
                    request.method, f"/{path}", dict(request.query_params), json.loads(said or b"null"), dict(request.headers)
                )
            except NoAnswer:
                return Response(status_code=504)
        return Response(body, status, {name: str(text) for name, text in headers.items()})

    runs = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=runs.run, daemon=True)
    thread.start()
    while not runs.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{runs.servers[0].sockets[0].getsockname()[1]}"
    finally:
        runs.should_exit = True
        thread.join(10)


class Adapter(BaseAdapter):
    """Hands the requests of a client that knows `requests` to a server in this process."""

    def __init__(self, server: ZendeskServer) -> None:
        super().__init__()
        self.server = server

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:  # type: ignore[override]
        """Answer a request."""
        from urllib.parse import parse_qsl, urlsplit

        to = urlsplit(str(request.url))
        headers = {name.lower(): str(text) for name, text in request.headers.items()}
        body = request.body.decode() if isinstance(request.body, bytes) else str(request.body or "null")
        status, said, content = self.server.handle(
            str(request.method), to.path, dict(parse_qsl(to.query)), json.loads(body or "null"), headers
        )
        answer = requests.Response()
        answer.status_code, answer._content, answer.url, answer.request = status, content, str(request.url), request
        answer.headers.update({name: str(text) for name, text in said.items()})
        return answer

    def close(self) -> None:
        """Nothing is held."""
