// A video sent so that it goes on where the connection broke: the parts of tus 1.0.0 that this needs.

import { language } from "./language.js";
import { Problem, pause } from "./service.js";

const VERSION = "1.0.0";
const PIECE_BYTES = 2 * 1024 * 1024;
/** Answers after which the service is asked where it stands: slow, elsewhere, held by another request, damaged. */
const OUT_OF_STEP = new Set([408, 409, 423, 460]);
const WAITS_MS = [500, 1000, 2000, 4000, 8000, 8000];

/** Send a video to the uploads of a session; `onProgress` is told a share. Throws the Problem of a refusal. */
export async function send(place, video, { onProgress }) {
  let failed = 0;
  let upload;
  let offset = 0;
  while (!upload || offset < video.size) {
    try {
      upload ??= await create(place, video.size);
      offset = failed ? await offsetOf(upload) : offset;
      if (offset < video.size) offset = await sendPiece(upload, video, offset, onProgress);
      failed = 0;
    } catch (problem) {
      const passes = problem.isPassing || (upload && OUT_OF_STEP.has(problem.status));
      if (!passes || failed >= WAITS_MS.length) throw problem;
      await pause(WAITS_MS[failed]);
      failed += 1;
    }
  }
}

async function create(place, size) {
  const { headers } = await ask("POST", place, { "Upload-Length": String(size) });
  return new URL(headers("Location"), location.href).pathname;
}

async function offsetOf(upload) {
  const { headers } = await ask("HEAD", upload, {});
  return Number(headers("Upload-Offset"));
}

async function sendPiece(upload, video, offset, onProgress) {
  const piece = video.slice(offset, offset + PIECE_BYTES);
  const tell = (loaded) => onProgress(Math.min(1, (offset + loaded) / video.size));
  const told = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  const { headers } = await ask("PATCH", upload, told, piece, tell);
  return Number(headers("Upload-Offset"));
}

/** One request; XMLHttpRequest, because fetch does not tell how much was sent. */
function ask(method, place, headers, body, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, place);
    const all = { "Tus-Resumable": VERSION, "Accept-Language": language(), ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    if (tell) request.upload.addEventListener("progress", ({ loaded }) => tell(loaded));
    request.addEventListener("error", () => reject(new Problem({})));
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve({ headers: (name) => request.getResponseHeader(name) });
      else reject(new Problem({ ...read(responseText), status, retryAfter: Number(request.getResponseHeader("Retry-After")) || 0 }));
    });
    request.send(body);
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
