"""/healthz: the process lives. /readyz: its database answers."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.db import Database, DatabaseFault, is_ready


def routes(database: Database) -> list[Route]:
    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        try:
            await asyncio.to_thread(_ask, database)
        except DatabaseFault:
            return JSONResponse({"status": "the database does not answer"}, 503)
        return JSONResponse({"status": "ok"})

    return [Route("/healthz", alive), Route("/readyz", ready)]


def _ask(database: Database) -> None:
    with database.reading() as session:
        is_ready(session)
