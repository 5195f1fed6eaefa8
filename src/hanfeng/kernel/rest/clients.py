"""Making clients, giving them tokens, and taking both back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from hanfeng.kernel.record.write import save

from .models import Client, Token, account_for, new_token


@transaction.atomic
def register(by: Any, values: Mapping[str, Any]) -> Client:
    """Keep a new client, with the account that stands for it in the history. Raises ValidationError."""
    client = Client(account=account_for(str(values.get("name", ""))))
    save(client, by, dict(values))
    return client


@transaction.atomic
def issue(client: Client, by: Any) -> tuple[Token, str]:
    """A new token for a client: the record of it, and the token itself, which is told once."""
    word, prefix, digest = new_token()
    token = Token(client=client, prefix=prefix, digest=digest)
    save(token, by)
    return token, word


def revoke_token(token: Token, by: Any) -> None:
    """Take a token back: the next request with it is refused."""
    save(token, by, {"revoked": True}, verb="revoke")


@transaction.atomic
def revoke(client: Client, by: Any) -> None:
    """Take a client back with all its tokens."""
    for token in client.tokens.filter(revoked=False):
        revoke_token(token, by)
    save(client, by, {"revoked": True}, verb="revoke")
