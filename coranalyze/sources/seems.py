"""What bytes that are no capture seem to be."""


def what_it_seems(raw: bytes) -> str:
    """A sentence on bytes that are no capture."""
    start = raw[:2000].lstrip()
    if not start:
        return "the file is empty"
    lowered = start[:200].lower()
    if lowered.startswith((b"<!doctype", b"<html")):
        return "not a capture: it seems to be an HTML page (was the download a login page?)"
    if lowered.startswith(b"<?xml") or lowered.startswith(b"<items"):
        return "not a capture: it seems to be XML (Burp exports XML; use a HAR export such as Logger++'s)"
    if start.startswith((b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a")):
        return "not a capture of this kind: it seems to be a packet capture (pcap); export a HAR or a mitmproxy flow"
    if start.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        return "not a capture: it seems to be an image"
    if start[:1] in b"{[":
        return "broken JSON without a readable `entries` list: nothing of it could be read"
    return "not a capture: neither a HAR, nor a mitmproxy flow file, nor the plain-text notation"
