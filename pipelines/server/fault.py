"""What came instead of an answer, and whether it may be asked again. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from components.errors import BrandlensError
from pipelines.server.errors import (
    AuthenticationError,
    BusyError,
    ForbiddenError,
    NotOnServerError,
    RefusedError,
    ServerError,
)

# Statuses of our own where there was no HTTP status.
NO_CONNECTION, CUT, SLOW, LOGIN_PAGE, BAD_CERTIFICATE = -1, -2, -3, -4, -5
_REDIRECTS = {301, 302, 303, 307, 308}
# After these a server has not acted, or will soon have; it may be asked again once we know which.
_PASSING = {CUT, 429, 500, 502, 503}


@dataclass(eq=False)
class Fault(Exception):  # noqa: N818  # it never reaches a person
    """One request that was not answered as hoped."""

    status: int  # of HTTP, or one of ours
    text: str = ""  # the server's own words, or the network's
    wait_s: float | None = None  # how long the server asks to be left alone

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in _PASSING

    @property
    def may_still_act(self) -> bool:
        """Whether the server may be working on the request still, so that nobody can say what it did."""
        return self.status in (SLOW, 408, 504)

    @property
    def doubtful(self) -> bool:
        """Whether what the server did may show a little later only."""
        return self.may_still_act or self.status in (CUT, 502)


def of_reply(status: int, body: str, retry_after: str | None) -> Fault:
    """The fault that a reply of HTTP tells of. retry_after: seconds, as text."""
    if status in _REDIRECTS:
        return Fault(LOGIN_PAGE)
    wait_s = float(retry_after) if retry_after and retry_after.isdigit() else None
    return Fault(status, _words(body), wait_s)


def _words(body: str) -> str:
    """The message in a body of gRPC's gateway ("message") or of uploads ("error_message"), else the first line."""
    try:
        values = json.loads(body)
        return str(values.get("message") or values.get("error_message") or values.get("error") or body)
    except (ValueError, AttributeError):
        lines = body.strip().splitlines()
        # The page of a proxy says nothing that its status does not.
        return lines[0][:200] if lines and not lines[0].startswith("<") else ""


def explain(fault: Fault, doing: str, endpoint: str, who: str, namespace: str) -> BrandlensError:
    """The error for a person. doing: what failed, "start the run". who: what the profile says of authentication."""
    said = f" It said: {fault.text}" if fault.text else ""
    lead = f"Could not {doing}: {endpoint}"
    if fault.status in (NO_CONNECTION, BAD_CERTIFICATE):
        return ServerError(f"{lead} cannot be reached ({fault.text}). {_REACH[fault.status]}")
    if fault.status in (401, LOGIN_PAGE):
        shown = "answered with a login page" if fault.status == LOGIN_PAGE else "does not know who asks (401)"
        return AuthenticationError(f"{lead} {shown}.{said} Asked with {who}. Log in anew, or correct server.auth.")
    if fault.status == 403:
        where = f" in namespace {namespace}" if namespace else ""
        return ForbiddenError(
            f"{lead} forbids it{where} (403).{said} Asked with {who}. Ask for the right to use pipelines there, "
            "or correct server.namespace."
        )
    if fault.status == 404:
        where = f" Is server.namespace right (now {namespace})?" if namespace else " Is server.endpoint right?"
        return NotOnServerError(f"{lead} does not have it (404).{said}{where}")
    if fault.status == 429:
        return BusyError(f"{lead} has too many requests (429).{said} Try again in a few minutes.")
    if fault.status in (CUT, SLOW) or fault.status >= 500 or fault.status == 408:
        return ServerError(f"{lead} {_trouble(fault)}.{said} Its own log tells more: deployment ml-pipeline.")
    return RefusedError(f"{lead} refused the request ({fault.status}).{said}")


_REACH = {
    NO_CONNECTION: "Is server.endpoint right, the network or VPN up, the port-forward running?",
    BAD_CERTIFICATE: "Name the certificates that it is checked with as server.ca_file; without any, say http://.",
}


def _trouble(fault: Fault) -> str:
    return {CUT: "cut the connection", SLOW: "did not answer in time"}.get(fault.status, f"failed ({fault.status})")
