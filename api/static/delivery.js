// The delivery of a video: sent with progress, again where the connection breaks, then watched until it is answered.

import { both, byId } from "./elements.js";
import { send } from "./resumable.js";
import { ask, pause } from "./service.js";

const BROKEN_LOOKS = 20;
const FINISHED = new Set(["passed", "failed", "undecided", "expired"]);
const SENDING = { zh: "正在上传，请不要关闭页面", en: "Uploading; keep this page open" };
const ANALYSING = { zh: "已收到，正在分析", en: "Received; looking at the video" };
const NOT_SENT = { zh: "上传没有成功，录像还在。", en: "The upload did not succeed; the video is still here." };

/** Send a session's video and wait for the answer. Throws the Problem of a refusal; shows a broken upload. */
export async function deliver(session, video) {
  const bar = byId("sending-progress");
  open(SENDING);
  bar.value = 0;
  try {
    await send(session.uploads_url, video, { onProgress: (share) => (bar.value = share) });
  } catch (problem) {
    say(NOT_SENT);
    byId("send-again").hidden = !problem.isPassing;
    throw problem;
  }
  waiting();
  return await outcome(session.id);
}

/** Show that the answer is being made. */
export function waiting() {
  open(ANALYSING);
  byId("sending-progress").removeAttribute("value");
}

export function isFinal({ state }) {
  return FINISHED.has(state);
}

function open(text) {
  for (const id of ["live", "own-camera", "send-again", "cannot", "other-mode"]) byId(id).hidden = true;
  byId("sending").hidden = false;
  say(text);
}

/** Ask until a session has its answer. */
export async function outcome(id) {
  let broken = 0;
  for (let wait = 400; ; wait = Math.min(wait * 1.3, 3000)) {
    try {
      const session = await ask(`/v1/liveness-sessions/${id}`);
      if (isFinal(session)) return session;
      broken = 0;
    } catch (problem) {
      broken += 1;
      if (!problem.isPassing || broken > BROKEN_LOOKS) throw problem;
    }
    await pause(wait);
  }
}

function say(text) {
  byId("sending-text").replaceChildren(both(text));
}
