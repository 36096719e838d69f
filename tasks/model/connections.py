"""The HTTP client below huggingface_hub's, made cheap to have one of for each answer."""

import functools

import httpx2
from huggingface_hub import get_async_session, set_async_client_factory


@functools.cache
def share_certificates() -> None:
    """Let all of huggingface_hub's asynchronous clients of this process share one TLS context.

    Each answer needs a client of its own, and reading the machine's certificates anew for each, needed or not, takes
    longer than everything else that we do for a call (60 ms). The rest is what huggingface_hub sets by itself.
    """
    hooks = get_async_session().event_hooks
    context = httpx2.create_ssl_context()

    def client() -> httpx2.AsyncClient:
        return httpx2.AsyncClient(event_hooks=hooks, follow_redirects=True, timeout=None, verify=context)

    set_async_client_factory(client)
