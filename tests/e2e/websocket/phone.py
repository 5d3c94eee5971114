"""A phone over WebSocket for tests: what comes as a line of JSON is sent, what is received is
written as one. Arguments: the URL, the origin or "-", the file of authorities or "-"."""

import asyncio
import json
import ssl
import sys

import websockets


async def read_line():
    return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


def write(what):
    print(json.dumps(what), flush=True)


async def talk(url, origin, ca):
    more = {}
    if url.startswith("wss:"):
        more["ssl"] = ssl.create_default_context(cafile=ca)
    try:
        socket = await websockets.connect(
            url,
            origin=None if origin == "-" else origin,
            subprotocols=["sip"],
            max_size=1 << 20,
            compression=None,
            **more,
        )
    except websockets.InvalidStatusCode as refused:
        write({"refused": refused.status_code})
        return
    write({"opened": socket.subprotocol})

    async def receive():
        async for message in socket:
            write({"message": message if isinstance(message, str) else message.decode()})
        write({"closed": socket.close_code})

    receiving = asyncio.create_task(receive())
    while line := await read_line():
        await socket.send(json.loads(line))
    await socket.close()
    await receiving


asyncio.run(talk(*sys.argv[1:]))
