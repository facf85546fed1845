"""Asks the workspace's own stand-in to forget addresses, whichever provider it played for them."""

from collections.abc import Collection

import orjson

from contacts.channels.wire import Poster


async def ask_standin_to_forget(wire: Poster, url: str, addresses: Collection[str]) -> None:
    """Its answer changes nothing: what it keeps all the same, the requests to it will name."""
    if addresses:
        body = orjson.dumps({"addresses": list(addresses)})
        await wire.post(f"{url}/_standin/erase", body, {"Content-Type": "application/json"})
