"""The promise: a secret goes to its own desk alone, over TLS that was verified, and what is not answered is asked again as it may be."""

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from duecare.helpdesk.carry import ATTEMPTS, Carrier
from duecare.helpdesk.desk import Request
from duecare.helpdesk.pace import Pace
from duecare.helpdesk.plain import Plain
from duecare.words import BadSettings, DeskTrouble
from helpdesk.bench import Instant
from house import lacking

SECRET = "of a test"  # noqa: S105 - and of no desk
ASK = Request(method="GET", path="/people")


class Answers(httpx.BaseTransport):
    """Gives answers in their turn, the last one for ever."""

    def __init__(self, *answers: httpx.Response | type[httpx.TransportError]) -> None:
        self.answers, self.asked = list(answers), list[httpx.Request]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.read(), request=request)
        raise answer("gone", request=request)


def carrier(transport: httpx.BaseTransport | None, url: str = "https://shop.example") -> Carrier:
    return Carrier(Plain(), url, SECRET, Pace(0), clock=Instant(), transport=transport, chance=lambda: 1.0)


def waited(sends: Carrier) -> float:
    return sends.clock.now()


@pytest.mark.parametrize(
    "url", ["http://shop.example", "ftp://shop.example", "shop.example", "http://localhost.shop.example", "http://127.0.0.1.shop.example"]
)
def test_an_address_without_tls_is_refused(url: str) -> None:
    with pytest.raises(BadSettings, match="https"):
        carrier(None, url)


@pytest.mark.parametrize("url", ["https://shop.example", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"])
def test_this_machine_may_be_asked_without(url: str) -> None:
    carrier(None, url)


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """A server of this machine whose certificate nobody vouches for."""
    if shutil.which("openssl") is None:
        lacking("openssl is not installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(cert),
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_ends_it_whatever_the_environment_says(
    impostor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONHTTPSVERIFY", "SSL_NO_VERIFY", "CURL_INSECURE"):
        monkeypatch.setenv(name, "0" if name == "PYTHONHTTPSVERIFY" else "1")
    sends = carrier(None, impostor)
    with pytest.raises(DeskTrouble, match="does not answer"):
        sends.send(ASK)
    sends.close()


def test_the_secret_goes_to_no_other_host() -> None:
    answers = Answers(httpx.Response(200, json={}))
    sends = carrier(answers)
    sends.send(Request(method="GET", path="https://shop.example/next?page=2"))
    with pytest.raises(DeskTrouble, match=r"elsewhere\.example"):
        sends.send(Request(method="GET", path="https://elsewhere.example/next"))
    with pytest.raises(DeskTrouble, match="sends us to"):
        sends.send(Request(method="GET", path="http://shop.example/next"))  # the same host, without TLS
    assert [one.url.host for one in answers.asked] == ["shop.example"]


@pytest.mark.parametrize("status", [302, 303, 401, 403])
def test_who_is_not_let_in_is_told_and_asks_no_more(status: int) -> None:
    answers = Answers(httpx.Response(status, headers={"location": "https://elsewhere.example/login"}))
    with pytest.raises(DeskTrouble, match="does not let us in") as caught:
        carrier(answers).send(ASK)
    assert len(answers.asked) == 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({"retry-after": "7"}, 7.0), ({"ratelimit-reset": "9"}, 9.0), ({"retry-after": "Wed, 01 Jan 2030 00:00:00 GMT"}, 0.5)],
)
def test_a_busy_desk_is_given_the_time_it_asks_for(headers: dict[str, str], wait: float) -> None:
    sends = carrier(Answers(httpx.Response(429, headers=headers), httpx.Response(200, json={})))
    assert sends.send(ASK).status == 200
    assert waited(sends) == wait


def test_waits_double_up_to_a_minute_and_end() -> None:
    answers = Answers(httpx.Response(503))
    sends = carrier(answers)
    with pytest.raises(DeskTrouble, match=f"{ATTEMPTS} attempts"):
        sends.send(ASK)
    assert len(answers.asked) == ATTEMPTS
    assert waited(sends) == sum((0.5, 1, 2, 4, 8, 16, 32, 60))


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(422), httpx.Response(200, json={})])
def test_an_answer_that_refuses_is_an_answer(answer: httpx.Response) -> None:
    assert carrier(Answers(answer)).send(ASK).status == answer.status_code


@pytest.mark.parametrize("lost", [httpx.Response(500), httpx.Response(502), httpx.ReadTimeout, httpx.ConnectError])
def test_what_is_not_to_be_done_twice_is_not_sent_again_when_nobody_knows(lost: httpx.Response | type[httpx.TransportError]) -> None:
    answers = Answers(lost)
    assert carrier(answers).once(ASK) is None
    assert len(answers.asked) == 1


def test_what_is_not_to_be_done_twice_is_sent_again_when_the_desk_was_busy() -> None:
    answers = Answers(httpx.Response(429, headers={"retry-after": "1"}), httpx.Response(201, json={}))
    found = carrier(answers).once(ASK)
    assert found is not None
    assert found.status == 201
    assert len(answers.asked) == 2
