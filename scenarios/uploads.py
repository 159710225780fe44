"""uploads: a form with one file, which FastAPI keeps in memory while it is small, and writes to disk once it is not."""

from starlette.requests import Request

from scenarios.kit import Endpoint, Evidence, Parameter, Scenario, working

SIZE = "upload_size"

scenario = Scenario(
    shows=(
        "An `UploadFile` of more than 1 MiB is rolled over to disk: from then on it is written, read and "
        "closed in threads of the shared limit, even where the endpoint is `async def`; one of up to 1 MiB takes "
        "none (set `upload_size`). Reading the raw request body instead keeps it all in memory, whatever its size."
    ),
    parameters=(Parameter(SIZE, 1_100_000, "bytes", "How large the file is that is uploaded."),),
    reports={"Why is the upload of large files slow?": "https://github.com/fastapi/fastapi/issues/5413"},
    requires=("python-multipart>=0.0.30",),
)


@scenario.style("def", uploads=SIZE, made=True)
def read_in_a_thread() -> Endpoint:
    """Read the upload in a `def` endpoint: one thread for all that the endpoint does with it."""
    from fastapi import UploadFile

    def endpoint(file: UploadFile) -> Evidence:
        with working("def") as evidence:
            evidence["received"] = len(file.file.read())
        return evidence

    return endpoint


@scenario.style("async", uploads=SIZE, made=True)
def read_by_turns() -> Endpoint:
    """Await the upload in an `async def` endpoint: a thread for each read, unless it is still in memory."""
    from fastapi import UploadFile

    async def endpoint(file: UploadFile) -> Evidence:
        with working("async") as evidence:
            evidence["received"] = len(await file.read())
        return evidence

    return endpoint


@scenario.style("async-body", uploads=SIZE)
async def read_from_memory(request: Request) -> Evidence:
    """Read the whole body of the request, form and all, into memory: no thread at all."""
    with working("async-body") as evidence:
        evidence["received"] = len(await request.body())
    return evidence
