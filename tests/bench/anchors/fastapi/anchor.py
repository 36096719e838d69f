"""The anchor: a FastAPI endpoint that parses, verifies, hands a no-op to a background task, and stores nothing."""

import hashlib
import hmac
import os
from typing import Annotated, Any

from fastapi import BackgroundTasks, FastAPI, Header, HTTPException, Request

app = FastAPI()
secret = os.environ["WEBHOOK_SECRET"].encode()


async def nothing(delivery: dict[str, Any]) -> None:
    """Stand where a bot would begin to work."""


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.post("/webhooks/github", status_code=202)
async def receive(
    request: Request, tasks: BackgroundTasks, x_hub_signature_256: Annotated[str, Header()]
) -> dict[str, str]:
    document = await request.json()
    right = "sha256=" + hmac.new(secret, await request.body(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, x_hub_signature_256):
        raise HTTPException(403, "the signature is wrong")
    tasks.add_task(nothing, document)
    return {}
