"""The stream of a liveness session: video in while it is recorded; hints, prompts and the answer out."""

import anyio
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api.dependencies import LanguageDep, ServicesDep, SignedIn
from api.error_answers import answer_for
from api.errors import ApiError, StreamError
from api.messages import Catalogue
from api.streaming.audience import Line
from api.streaming.messages import Resume, close_code, problem, read_text
from api.streaming.stream import LiveStream
from liveness.errors import LivenessError

router = APIRouter(tags=["liveness"])


@router.websocket("/v1/liveness-sessions/{session_id}/stream")
async def stream_video(
    socket: WebSocket, session_id: str, services: ServicesDep, account: SignedIn, language: LanguageDep
) -> None:
    """Take the video of a session as it is recorded. What is said is in docs/guide/liveness-sessions.md."""
    await socket.accept()
    try:
        stream = await services.streams.of(session_id, account.id)
    except (LivenessError, ApiError) as error:
        answer = answer_for(error)
        services.metrics.stream_refused(answer.code)
        await socket.send_json(problem(answer, services.catalogue, language))
        await socket.close(close_code(answer))
        return
    await _talk(socket, stream, Line(language), services.catalogue)


async def _talk(socket: WebSocket, stream: LiveStream, line: Line, catalogue: Catalogue) -> None:
    """Hear and say at once, until one side closes."""
    try:
        await stream.attach(line)
        async with anyio.create_task_group() as both:
            both.start_soon(_hear, socket, stream, line, catalogue)
            await _say(socket, line)
            both.cancel_scope.cancel()
    finally:
        stream.detach(line)


async def _say(socket: WebSocket, line: Line) -> None:
    """Send what the line holds, and in the end the code it closes with."""
    try:
        while not isinstance(message := await line.waiting.get(), int):
            await socket.send_json(message)
        await socket.close(message)
    except (WebSocketDisconnect, RuntimeError):
        # starlette raises RuntimeError where something is sent to a socket that is closed already
        return


async def _hear(socket: WebSocket, stream: LiveStream, line: Line, catalogue: Catalogue) -> None:
    """Hand over what comes; a socket that is gone ends the line."""
    while True:
        received = await socket.receive()
        if received["type"] != "websocket.receive":
            break
        data, text = received.get("bytes"), received.get("text")
        if data is not None:
            await stream.receive(line, data)
            continue
        try:
            said = read_text(text or "")
            if isinstance(said, Resume):
                stream.resume(line, said.offset)
            else:
                stream.end(line)
        except StreamError as error:
            answer = answer_for(error)
            line.say(problem(answer, catalogue, line.language))
            line.close(close_code(answer))
            return
    line.close()
