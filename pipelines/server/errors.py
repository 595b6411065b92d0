"""What can go wrong with a server, with exit codes of sysexits.h."""

from components.errors import BrandlensError, UnavailableError


class ServerError(UnavailableError):
    """The server cannot be reached, or answers with a failure of its own."""


class BusyError(ServerError):
    """The server is there and asks to come back later."""

    exit_code = 75  # EX_TEMPFAIL


class AuthenticationError(BrandlensError):
    """The server does not know who asks: no token, a wrong one, an expired one."""

    exit_code = 77  # EX_NOPERM


class ForbiddenError(AuthenticationError):
    """The server knows who asks, and says no."""


class NotOnServerError(BrandlensError):
    """The server has no such namespace, pipeline or schedule: the profile or a name is wrong."""

    exit_code = 78  # EX_CONFIG


class ServerTooOldError(BrandlensError):
    """The server cannot run what we compile."""

    exit_code = 76  # EX_PROTOCOL


class RefusedError(BrandlensError):
    """The server understood the request and finds it wrong."""

    exit_code = 70  # EX_SOFTWARE: what we sent is our doing


class RunFailedError(BrandlensError):
    """The run ended, and not well."""
