"""What a request of a class looks like: its headers, its content, and the bytes that the engine sends."""

from harness.measure.client.connection import HOST
from harness.measure.client.job import Asked, Job

BOUNDARY = "asgi-matrix-boundary"


def content_of(asked: Asked) -> bytes:
    """The content of a request: as it was given, or a form with one file."""
    if not asked.uploads:
        return asked.content.encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file.bin"\r\n\r\n'
    return head.encode() + b"x" * asked.uploads + f"\r\n--{BOUNDARY}--\r\n".encode()


def headers_of(asked: Asked) -> dict[str, str]:
    """The headers that a request has beside those of its connection."""
    form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} if asked.uploads else {}
    return {"Accept": "*/*", **form, **asked.headers}


def request_for(job: Job, asked: Asked) -> bytes:
    """All bytes of a request."""
    content = content_of(asked)
    headers = {"Host": f"{HOST}:{job.port}", **headers_of(asked)}
    if content or asked.method not in ("GET", "HEAD"):
        headers["Content-Length"] = str(len(content))
    if job.connections == "per-request":
        headers["Connection"] = "close"
    lines = [f"{asked.method} {asked.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + content
