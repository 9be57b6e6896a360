"""A mitmproxy addon: whatever name the browser asks for, the lab on this machine answers."""

from mitmproxy.proxy.server_hooks import ServerConnectionHookData


def server_connect(data: ServerConnectionHookData) -> None:
    address = data.server.address
    if address is not None:
        data.server.address = ("127.0.0.1", 8443 if address[0] == "api.example.com" else address[1])
