"""Leads ports of another address of this machine to the same ports of 127.0.0.1, until it is ended.

Usage: forward.py 172.17.0.1 4566 8081

The local stack listens on 127.0.0.1 alone, which is another place inside a container; Docker's bridge is one that containers reach.
"""

import asyncio
import sys


async def copied(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # Whoever is left sees the end.
    finally:
        writer.close()


def leads_to(port):
    async def lead(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copied(reader, far_writer), copied(far_reader, writer))

    return lead


async def main(address, ports):
    servers = [await asyncio.start_server(leads_to(port), address, port) for port in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))
