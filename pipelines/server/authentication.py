"""Who asks: turns a profile's `server.auth` into a token or cookies, without ever showing them."""

from __future__ import annotations

import base64
import binascii
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.server.errors import AuthenticationError
from pipelines.server.profile import Authentication


@dataclass(frozen=True)
class Credentials:
    """What is sent with each request."""

    who: str  # for messages: where the secret comes from
    token: Callable[[], str] | None = None  # asked before each request
    cookies: str | None = None

    def expired(self) -> AuthenticationError | None:
        """An error if the token says of itself that its time is over."""
        until = expiry(self.token()) if self.token else None
        if until is None or until > time.time():
            return None
        then = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(until))
        return AuthenticationError(f"The token from {self.who} expired at {then}. Get a new one.")


def credentials(auth: Authentication) -> Credentials:
    """Read what the profile names. Raises AuthenticationError if it is not there."""
    if auth.token_env:
        return Credentials(f"the token in ${auth.token_env}", _constant(_variable(auth.token_env)))
    if auth.token_file:
        return _of_file(auth.token_file, f"the token in {auth.token_file}")
    if auth.in_cluster:
        from kfp import client

        path = os.environ.get(client.KF_PIPELINES_SA_TOKEN_ENV) or client.KF_PIPELINES_SA_TOKEN_PATH
        return _of_file(path, f"the service account token in {path}")
    if auth.iap_client_id:
        return Credentials("Google's Identity-Aware Proxy", _constant(_iap_token(auth.iap_client_id)))
    if auth.cookies_env:
        return Credentials(f"the cookies in ${auth.cookies_env}", cookies=_variable(auth.cookies_env))
    return Credentials("no credentials: the profile has no server.auth")


def expiry(token: str) -> float | None:
    """When a JSON Web Token ends, in seconds since the epoch; None if it does not say, or is no such token.

    The signature is not looked at: this explains a refusal, it does not admit anybody.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims["exp"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def _variable(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise AuthenticationError(f"The profile's server.auth names the variable {name}, which is not set.")
    return value


def _of_file(path: str, who: str) -> Credentials:
    def token() -> str:
        try:
            return Path(path).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise AuthenticationError(f"{who[0].upper()}{who[1:]} cannot be read: {error.strerror}.") from error

    token()
    return Credentials(who, token)


def _iap_token(client_id: str) -> str:
    from google.auth.exceptions import GoogleAuthError
    from kfp.client import auth as kfp_auth

    try:
        # Without a second client kfp takes the service account of Google's default credentials.
        token, _ = kfp_auth.get_auth_token(client_id, None, None)
    except (GoogleAuthError, OSError) as error:
        raise AuthenticationError(f"No token for the Identity-Aware Proxy could be had: {error}") from error
    if not token:
        raise AuthenticationError(
            "No token for the Identity-Aware Proxy: it takes a service account, and the default credentials are a "
            "person's. Set GOOGLE_APPLICATION_CREDENTIALS, or put a token in a variable and name it as token_env."
        )
    return str(token)


def _constant(value: str) -> Callable[[], str]:
    return lambda: value
