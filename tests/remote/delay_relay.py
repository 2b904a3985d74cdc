#!/usr/bin/env python3
"""Relays TCP connections and hands every byte on a fixed time after it came.

usage: delay_relay.py LISTEN_HOST:PORT TARGET_HOST:PORT ONE_WAY_DELAY_MS [CUTS:BYTES]

CUTS:BYTES: each of the first CUTS connections over which so many bytes have come from its maker is broken
off then.

The round-trip time through it is twice the delay. It prints the address that it listens on (port 0:
one is chosen) as its first line. Bandwidth is not limited: what is under way in one direction is bounded
by 64 MiB, more than a path of 10 Gbit/s and 50 ms holds. Kernels without netem need this.
"""

import asyncio
import sys

MAX_CHUNKS = 1024
CHUNK_BYTES = 65536


class Cuts:
    """Connections that are still to be broken off."""

    def __init__(self, text):
        count, _, size = text.partition(":")
        if not count.isdigit() or not size.isdigit():
            sys.exit(f"delay_relay.py: '{text}' is not CUTS:BYTES")
        self.left, self.bytes = int(count), int(size)

    def due(self, came):
        if self.left == 0 or came < self.bytes:
            return False
        self.left -= 1
        return True


async def carry(reader, writer, delay, broken=lambda size: False):
    """Copies one direction until its end, which is handed on too; or until it is broken."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.Queue(MAX_CHUNKS)

    async def take():
        data = b"."
        while data:
            try:
                data = await reader.read(CHUNK_BYTES)
            except OSError:
                data = b""
            await waiting.put((loop.time() + delay, data))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, data = await waiting.get()
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            if not data:
                writer.write_eof()
                return
            if broken(len(data)):
                return
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # the other side has gone: the connection ends
    finally:
        taking.cancel()


async def relay(near_reader, near_writer, target, delay, cuts):
    try:
        far_reader, far_writer = await asyncio.open_connection(*target)
    except OSError as error:
        print(f"delay_relay.py: {target[0]}:{target[1]}: {error}", file=sys.stderr)
        near_writer.close()
        return
    came = 0

    def broken(size):
        nonlocal came
        came += size
        if not cuts.due(came):
            return False
        near_writer.transport.abort()
        far_writer.transport.abort()
        return True

    await asyncio.gather(
        carry(near_reader, far_writer, delay, broken), carry(far_reader, near_writer, delay)
    )
    near_writer.close()
    far_writer.close()


def address(text):
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        sys.exit(f"delay_relay.py: '{text}' is not HOST:PORT")
    return host, int(port)


async def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    listen, target, delay = address(sys.argv[1]), address(sys.argv[2]), float(sys.argv[3]) / 1000
    cuts = Cuts(sys.argv[4] if len(sys.argv) == 5 else "0:0")
    server = await asyncio.start_server(
        lambda reader, writer: relay(reader, writer, target, delay, cuts), *listen
    )
    host, port = server.sockets[0].getsockname()[:2]
    print(f"{host}:{port}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
