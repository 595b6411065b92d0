"""The connection to a Kubeflow Pipelines server: who asks, for how long, how often.

kfp's own generated client carries the requests. `kfp.Client` is not used: without a time limit it waits for ever, it
asks a refusing server five times over 25 seconds, and it reads another namespace from a file in the home folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import kfp_server_api
import urllib3
from kfp_server_api import ApiClient

from components.errors import BrandlensError
from pipelines.server import fault
from pipelines.server.authentication import Credentials
from pipelines.server.errors import ServerError
from pipelines.server.fault import Fault

WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # between attempts, unless the server names its own time
LONGEST_WAIT_S = 60.0
PAGE = 100

Answer = TypeVar("Answer")


class _Requests(ApiClient):
    """Puts a time limit on every request, and turns what goes wrong into a Fault."""

    def __init__(self, configuration: Any, cookie: str | None, timeout_s: int) -> None:
        super().__init__(configuration, cookie=cookie)
        self.timeout_s = timeout_s

    def request(self, method: str, url: str, **values: Any) -> Any:
        values["_request_timeout"] = values.get("_request_timeout") or self.timeout_s
        try:
            reply = super().request(method, url, **values)
        except kfp_server_api.ApiException as error:
            if not error.status:
                raise Fault(fault.BAD_CERTIFICATE, str(error.reason).splitlines()[-1]) from error
            body = error.body.decode(errors="replace") if error.body else str(error.reason or "")
            raise fault.of_reply(error.status, body, error.headers.get("Retry-After")) from error
        except urllib3.exceptions.HTTPError as error:
            raise _of_network(error) from error
        if "json" not in (reply.getheader("Content-Type") or "json"):
            raise Fault(fault.LOGIN_PAGE)
        return reply


class Connection:
    """Asks the server, again where that is safe."""

    def __init__(self, endpoint: str, namespace: str, credentials: Credentials, timeout_s: int, ca_file: str | None,
                 pause: Callable[[float], None] = time.sleep) -> None:  # fmt: skip
        """pause: waits so many seconds."""
        self.endpoint, self.namespace = endpoint, namespace
        self._credentials, self._pause = credentials, pause
        configuration = kfp_server_api.Configuration(host=endpoint)
        configuration.retries = False  # repeating is decided here, where it is known what a request does
        configuration.ssl_ca_cert = ca_file
        if credentials.token is not None:
            # The hook fills the key before each request, so that a token that is renewed meanwhile is used.
            configuration.api_key = {"authorization": ""}
            configuration.api_key_prefix = {"authorization": "Bearer"}
            configuration.refresh_api_key_hook = self._renew
        self.requests = _Requests(configuration, credentials.cookies, timeout_s)

    def _renew(self, configuration: Any) -> None:
        assert self._credentials.token is not None
        configuration.api_key["authorization"] = self._credentials.token()

    def ask(self, doing: str, request: Callable[[], Answer]) -> Answer:
        """Ask for what may be asked any number of times. doing: "list the runs", for the error.

        Raises the error that `fault.explain` finds, after a few attempts where the fault may pass.
        """
        slow = 0
        for wait_s in (*WAITS_S, None):
            try:
                return request()
            except Fault as met:
                slow += met.may_still_act
                # Each of these took as long as we wait for an answer.
                if wait_s is None or slow > 1 or not (met.passing or met.may_still_act):
                    raise self.explain(met, doing) from met
                self._wait(met, wait_s)
        raise AssertionError("the last attempt returns or raises")

    def find_or_create(self, thing: str, find: Callable[[], Answer | None], create: Callable[[], Answer]) -> Answer:
        """Create a thing once, whatever becomes of the replies: before every attempt it is looked for.

        find: the thing, or None; it must know ours from everybody's. Raises ServerError without a further attempt if
        a request was not answered in time and left no trace: the server may still be working on it.
        """
        doing = f"create {thing}"
        for wait_s in (*WAITS_S, None):
            if (found := find()) is not None:
                return found
            try:
                return create()
            except Fault as met:
                # 409: somebody was faster, perhaps our own request whose reply was lost; looking tells.
                if not (met.passing or met.may_still_act or met.status == 409):
                    raise self.explain(met, doing) from met
                self._wait(met, wait_s or 0.0)
                if (found := self._look(find, patiently=met.doubtful)) is not None:
                    return found
                if wait_s is None or met.may_still_act:
                    raise self._unclear(met, doing) from met
        raise AssertionError("the last attempt returns or raises")

    def _look(self, find: Callable[[], Answer | None], patiently: bool) -> Answer | None:
        """Look once, or for as long as a server may take to do what it was asked."""
        for wait_s in WAITS_S if patiently else ():
            if (found := find()) is not None:
                return found
            self._pause(wait_s)
        return find()

    def _unclear(self, met: Fault, doing: str) -> BrandlensError:
        error = self.explain(met, doing)
        if not met.may_still_act:
            return error
        return ServerError(
            f"{error} It may still be working on it, so that nothing was sent again: look in the UI before you do."
        )

    def pages(self, doing: str, list_page: Callable[..., Any], items: str, **values: Any) -> Iterator[Any]:
        """Everything that a list has, page by page. items: the name of the list in a page."""
        token = ""
        while True:
            ask = _page(list_page, {**values, "page_token": token, "page_size": PAGE})
            page = self.ask(doing, ask)
            yield from getattr(page, items) or ()
            token = page.next_page_token
            if not token:
                return

    def explain(self, met: Fault, doing: str) -> BrandlensError:
        """The error for a person."""
        expired = self._credentials.expired() if met.status in (401, 403, fault.LOGIN_PAGE) else None
        return expired or fault.explain(met, doing, self.endpoint, self._credentials.who, self.namespace)

    def _wait(self, met: Fault, wait_s: float) -> None:
        self._pause(min(met.wait_s or wait_s, LONGEST_WAIT_S))


def _page(list_page: Callable[..., Any], values: dict[str, Any]) -> Callable[[], Any]:
    return lambda: list_page(**values)


def _of_network(error: urllib3.exceptions.HTTPError) -> Fault:
    if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        reason = str(error).rpartition(": ")[2]
        return Fault(fault.NO_CONNECTION, reason)
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return Fault(fault.SLOW)
    return Fault(fault.CUT, str(error))
