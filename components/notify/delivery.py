"""Takes a message to a webhook or to a command; a failure is an error that names no secret."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from components.errors import BrandlensError, UnavailableError
from components.notify.settings import Notification

ATTEMPTS = 3
BACKOFF_S = 1.0  # before the second attempt; twice as long before the third
PASSING = (429, 500, 502, 503, 504)  # the same request may succeed a little later


class NotDeliveredError(UnavailableError):
    """Nobody was told."""


def address(settings: Notification, secrets: Any = None) -> str:
    """The webhook's address, out of the variable or the secret that holds it; empty if there is no webhook.

    secrets: a client of Secret Manager; None makes one with the default credentials. Raises NotDeliveredError if the
    variable is empty, or the secret cannot be read.
    """
    if settings.webhook_secret:
        return _out_of_secret_manager(settings.webhook_secret, settings.timeout_s, secrets)
    if not settings.webhook_env:
        return ""
    value = os.environ.get(settings.webhook_env, "").strip()
    if not value:
        raise NotDeliveredError(f"The variable {settings.webhook_env} is empty: it should hold the webhook's address.")
    return value


def post(url: str, body: Mapping[str, Any], timeout_s: float) -> None:
    """Send JSON; asked again after a failure that may pass. Raises NotDeliveredError, which names the host only."""
    # Not by urllib3's own retries: they log the whole address, and who has that may post.
    for attempts_left in reversed(range(ATTEMPTS)):
        why, passing = _posted(url, body, timeout_s)
        if not why:
            return
        if not (passing and attempts_left):
            raise NotDeliveredError(f"The webhook at {urlsplit(url).hostname or 'an address without a host'} {why}.")
        time.sleep(BACKOFF_S * 2 ** (ATTEMPTS - 1 - attempts_left))


def _posted(url: str, body: Mapping[str, Any], timeout_s: float) -> tuple[str, bool]:
    """(why it did not work, whether it may a little later); ("", False) if it did."""
    import requests

    try:
        answer = requests.post(url, json=dict(body), timeout=timeout_s, allow_redirects=False)
    except (requests.ConnectionError, requests.Timeout) as error:
        # A reply that was lost may mean that it is told twice; not at all would be worse.
        return f"cannot be reached ({type(error).__name__})", True
    except (requests.RequestException, ValueError) as error:
        return f"cannot be asked ({type(error).__name__})", False
    if answer.ok and not answer.is_redirect:
        return "", False
    return f"answered {answer.status_code}: {answer.text[:200]!r}", answer.status_code in PASSING


def run_command(command: Sequence[str], message: bytes, timeout_s: float) -> None:
    """Run a program with the message on its standard input. Raises NotDeliveredError with what it said."""
    try:
        ended = subprocess.run(command, input=message, capture_output=True, timeout=timeout_s, check=False)
    except OSError as error:
        raise NotDeliveredError(
            f"{command[0]} cannot be run ({error.strerror}): it must be in the image of notify."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise NotDeliveredError(f"{command[0]} did not end within {timeout_s:g} seconds.") from error
    if ended.returncode:
        said = ended.stderr.decode(errors="replace").strip()[-200:]
        raise NotDeliveredError(f"{command[0]} ended with {ended.returncode}: {said!r}.")


def attempt(deliver: Callable[[], None]) -> str:
    """How it went: "delivered", or why not."""
    try:
        deliver()
    except BrandlensError as error:
        return str(error)
    return "delivered"


def _out_of_secret_manager(name: str, timeout_s: float, client: Any) -> str:
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud import secretmanager

    try:
        client = client or secretmanager.SecretManagerServiceClient(transport="rest")
        return client.access_secret_version(name=name, timeout=timeout_s).payload.data.decode().strip()
    except (GoogleAPICallError, GoogleAuthError, RetryError, ValueError) as error:
        raise NotDeliveredError(
            f"The secret {name} cannot be read ({type(error).__name__}). The steps' account needs the role Secret "
            "Manager Secret Accessor on it."
        ) from error
