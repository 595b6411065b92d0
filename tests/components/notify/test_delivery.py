import base64
import json
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from components.notify import delivery
from components.notify.delivery import NotDeliveredError
from components.notify.settings import Notification


def test_json_arrives(webhook):
    delivery.post(webhook.url, {"text": "größer"}, timeout_s=5)
    assert webhook.received == [("/services/s3cret", "application/json", {"text": "größer"})]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again(webhook, status):
    webhook.statuses = [status, status]
    delivery.post(webhook.url, {}, timeout_s=5)
    assert len(webhook.received) == 3


def test_after_three_attempts_it_is_given_up(webhook):
    webhook.statuses = [503] * 9
    with pytest.raises(NotDeliveredError, match=r"The webhook at 127\.0\.0\.1 answered 503: 'ok'"):
        delivery.post(webhook.url, {}, timeout_s=5)
    assert len(webhook.received) == 3


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_not_repeated(webhook, status):
    webhook.statuses = [status]
    with pytest.raises(NotDeliveredError, match=f"answered {status}"):
        delivery.post(webhook.url, {}, timeout_s=5)
    assert len(webhook.received) == 1


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:9/s3cret", "http://nobody.invalid/s3cret", "s3cret", "http:///s3cret", "ftp://x/s3cret"]
)
def test_nobody_there_is_said_without_the_secret_part_of_the_address(monkeypatch, place, caplog, capfd):
    monkeypatch.setattr(delivery, "BACKOFF_S", 0.001)
    caplog.set_level("INFO")
    with pytest.raises(NotDeliveredError, match=r"cannot be (reached|asked)") as raised:
        delivery.post(place, {}, timeout_s=5)
    traced = "".join(traceback.format_exception(raised.value))
    assert "s3cret" not in traced + caplog.text + str(capfd.readouterr())


def test_one_that_does_not_answer_is_not_waited_for(webhook, monkeypatch):
    monkeypatch.setattr(delivery, "ATTEMPTS", 1)
    webhook.is_slow = True
    with pytest.raises(NotDeliveredError, match=r"cannot be reached \(ReadTimeout\)"):
        delivery.post(webhook.url, {}, timeout_s=0.2)


def test_the_address_is_in_the_variable(monkeypatch):
    monkeypatch.setenv("WEBHOOK", "https://hooks.example.com/x\n")
    assert delivery.address(Notification(webhook_env="WEBHOOK")) == "https://hooks.example.com/x"
    monkeypatch.setenv("WEBHOOK", "")
    with pytest.raises(NotDeliveredError, match="The variable WEBHOOK is empty"):
        delivery.address(Notification(webhook_env="WEBHOOK"))


@pytest.fixture
def secret_manager():
    """(Google's own client, a server that speaks the REST interface of one secret)."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import secretmanager

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            found = self.path.startswith("/v1/projects/p/secrets/webhook/versions/latest:access")
            held = base64.b64encode(b"https://hooks.example.com/x\n").decode()
            answer = {"payload": {"data": held}} if found else {"error": {"code": 403, "message": "no"}}
            data = json.dumps(answer).encode()
            self.send_response(200 if found else 403)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    at = {"api_endpoint": f"http://127.0.0.1:{http.server_address[1]}"}
    yield secretmanager.SecretManagerServiceClient(
        transport="rest", credentials=AnonymousCredentials(), client_options=at
    )
    http.shutdown()
    http.server_close()


def test_the_address_is_in_secret_manager(secret_manager):
    settings = Notification(webhook_secret="projects/p/secrets/webhook/versions/latest")
    assert delivery.address(settings, secret_manager) == "https://hooks.example.com/x"


def test_a_secret_that_may_not_be_read_says_which_role_is_missing(secret_manager):
    settings = Notification(webhook_secret="projects/p/secrets/other/versions/latest")
    with pytest.raises(
        NotDeliveredError, match=r"secrets/other/.* cannot be read \(PermissionDenied|Forbidden.*Accessor"
    ):
        delivery.address(settings, secret_manager)


def test_without_a_webhook_there_is_no_address():
    assert delivery.address(Notification(command=("true",))) == ""


def test_a_program_gets_the_message_on_its_standard_input(tmp_path):
    keep = f"import sys; open({str(tmp_path / 'mail')!r}, 'wb').write(sys.stdin.buffer.read())"
    delivery.run_command((sys.executable, "-c", keep), b"Subject: x\n\ny", timeout_s=20)
    assert (tmp_path / "mail").read_bytes() == b"Subject: x\n\ny"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("sh", "-c", "echo no such user >&2; exit 67"), r"sh ended with 67: 'no such user'"),
        (("/no/such/program",), r"/no/such/program cannot be run \(No such file or directory\): it must be in the"),
        (("sleep", "20"), "sleep did not end within 0.1 seconds"),
    ],
)
def test_a_program_that_fails_is_named_with_its_words(command, why):
    with pytest.raises(NotDeliveredError, match=why):
        delivery.run_command(command, b"x" * 100, timeout_s=0.1 if command[0] == "sleep" else 20)
