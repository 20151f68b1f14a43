#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""relay.py PORT TARGET-PORT FILE [strip]: a TCP relay on loopback that writes down
every octet from client to server. With `strip` it hides STARTTLS from the client, as
somebody in between could. Ends after 120 seconds."""
import select
import socket
import sys
import time

port, target, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
strip = sys.argv[4:] == ["strip"]
end = time.monotonic() + 120
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(16)
listener.settimeout(1)
while time.monotonic() < end:
    try:
        client, _ = listener.accept()
    except socket.timeout:
        continue
    server = socket.create_connection(("127.0.0.1", target))
    pair = {client: server, server: client}
    while time.monotonic() < end:
        ready, _, _ = select.select(list(pair), [], [], 1)
        done = False
        for s in ready:
            try:
                data = s.recv(65536)
            except OSError:
                data = b""
            if not data:
                done = True
                break
            if s is client:
                with open(path, "ab") as out:
                    out.write(data)
            elif strip:
                data = data.replace(b"250-STARTTLS\r\n", b"").replace(b"STARTTLS", b"XXXXXXXX")
            try:
                pair[s].sendall(data)
            except OSError:
                done = True
        if done:
            break
    client.close()
    server.close()
