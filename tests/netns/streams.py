# SPDX-License-Identifier: Apache-2.0
"""The kernel's end of TCP connections to a stack's services."""
import hashlib
import socket
import threading

from wires import OURS, PATIENCE

ECHO, DISCARD, CHARGEN, CLOSED = 7, 9, 19, 4
SERVICES = ["--service", f"echo:{ECHO}", "--service", f"discard:{DISCARD}",
            "--service", f"chargen:{CHARGEN}"]


def connect(port, **options):
    """Options are names of socket options at SOL_SOCKET, which must be set before the SYN."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    for name, value in options.items():
        sock.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    sock.settimeout(PATIENCE)
    try:
        sock.connect((OURS, port))
    except BaseException:
        sock.close()
        raise
    return sock


def pattern(size, salt=0):
    """Bytes that repeat nowhere, so that none can stand for another."""
    digests = min(size // 32 + 1, 2048)
    block = b"".join(hashlib.sha256(b"%d %d" % (salt, i)).digest() for i in range(digests))
    blocks = (b"%016x" % i + block[16:] for i in range(size // len(block) + 1))
    return b"".join(blocks)[:size]


def chargen(size):
    """RFC 864's lines."""
    text = bytes(range(32, 127)) * 2
    lines = b"".join(text[i:i + 72] + b"\r\n" for i in range(95))
    return (lines * (size // len(lines) + 1))[:size]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def receive(sock, size):
    """So many bytes, or fewer where the stream ends."""
    got = bytearray()
    while len(got) < size:
        part = sock.recv(min(1 << 20, size - len(got)))
        if not part:
            break
        got += part
    return bytes(got)


def receive_all(sock):
    return receive(sock, 1 << 62)


def exchange(data, piece=1 << 20, **options):
    """Sends data to echo, says that it was all, and receives until the stack says the same."""
    with connect(ECHO, **options) as sock:
        def send():
            for at in range(0, len(data), piece):
                sock.sendall(data[at:at + piece])
            sock.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        got = receive_all(sock)
        sender.join()
    return got


def upload(data, **options):
    """Sends to discard; returns when the stack has taken all of it and closed."""
    with connect(DISCARD, **options) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return receive_all(sock)


def download(size, **options):
    """What chargen says, cut at size."""
    with connect(CHARGEN, **options) as sock:
        return receive(sock, size)
