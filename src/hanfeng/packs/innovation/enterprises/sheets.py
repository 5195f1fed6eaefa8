"""What a ledger of enterprises does not say of a firm that is not kept yet."""

from __future__ import annotations

import hashlib
from typing import Any

from hanfeng.commons.bodies.models import Body


def body_of_firm(said: dict[str, Any]) -> dict[str, Any]:
    """The kind and the id of a new firm: by its credit code, else by a digest of its name."""
    name = str(said.get("code") or "").lower() or hashlib.sha256(str(said["name"]).encode()).hexdigest()[:16]
    return {"kind": Body.Kind.ENTERPRISE, "slug": f"firm-{name}"}
