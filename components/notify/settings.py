"""Who is told how a run ended. Part of a profile; it travels to notify as a variable, so that it is no parameter."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from components.config import Section

VARIABLE = "BRANDLENS_NOTIFICATION"  # of the step's environment: these settings as JSON
Occasion = Literal["always", "failed", "promoted"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/[^/]+")


class Notification(Section):
    """A webhook, a command, or both. The address of a webhook is a secret: it is named, never written down."""

    webhook_env: str = ""  # the variable that holds the address
    webhook_secret: str = ""  # or the secret of Google's Secret Manager: projects/P/secrets/S/versions/latest
    format: Literal["slack", "json"] = "slack"  # {"text": ...}, which Slack and many others take; or the whole summary
    command: tuple[str, ...] = ()  # program and arguments; an e-mail comes on its standard input: [sendmail, -t]
    to: tuple[str, ...] = ()  # the e-mail's To; without it the command must know whom
    when: tuple[Occasion, ...] = Field(("failed", "promoted"), min_length=1)  # failed: an interruption, too
    timeout_s: int = Field(10, ge=1, le=300)  # of one attempt
    link: str = ""  # of a run, with {run} for its id; empty: the page of the profile's server, if it is known

    @model_validator(mode="after")
    def _one_address_by_name(self) -> Self:
        # Here and not at the fields: what is wrong is then not repeated, and it may be the secret itself.
        if self.webhook_env and not _VARIABLE.fullmatch(self.webhook_env):
            raise ValueError("webhook_env is the NAME of an environment variable, never the address itself")
        if self.webhook_secret and not _SECRET.fullmatch(self.webhook_secret):
            raise ValueError("webhook_secret is a NAME: projects/PROJECT/secrets/SECRET/versions/latest")
        if self.webhook_env and self.webhook_secret:
            raise ValueError("webhook_env and webhook_secret: say one of them")
        if not (self.webhook_env or self.webhook_secret or self.command):
            raise ValueError("say how: webhook_env, webhook_secret or command")
        return self
