// The video check, step by step: consent, account, claim, recording, answer.

import * as account from "./account.js";
import * as answer from "./answer.js";
import { Camera, obstacle, refusal } from "./camera.js";
import { Consent } from "./consent.js";
import { both, byId } from "./elements.js";
import * as fields from "./fields.js";
import "./language.js";
import * as prompts from "./prompts.js";
import { ask, pause, Problem, upload } from "./service.js";

const STEPS = ["consent", "account", "claim", "record", "answer"];
const LARGEST_BYTES = 64 * 1024 * 1024;
const UPLOAD_TRIES = 3;
const FINISHED = new Set(["passed", "failed", "undecided", "expired"]);

const OBSTACLES = {
  insecure: { zh: "这个页面不是通过 HTTPS 打开的，浏览器不允许网页使用摄像头。请用手机自带相机录像。", en: "This page was not opened over HTTPS, so the browser gives it no camera. Use the phone's own camera." },
  no_camera_access: { zh: "这个浏览器不允许网页使用摄像头。请用手机自带相机录像，或换一个浏览器。", en: "This browser gives pages no camera. Use the phone's own camera, or another browser." },
  no_recorder: { zh: "这个浏览器不能在网页里录像。请用手机自带相机录像。", en: "This browser cannot record in a page. Use the phone's own camera." },
  refused: { zh: "摄像头权限被拒绝。可以在浏览器地址栏旁允许摄像头后重试，或用手机自带相机录像。", en: "The camera was refused. Allow it beside the address bar and try again, or use the phone's own camera." },
  absent: { zh: "没有找到摄像头。可以选择一段录好的视频。", en: "No camera was found. You can choose a recorded video." },
  busy: { zh: "摄像头正被其他应用占用。请关闭后重试，或用手机自带相机录像。", en: "Another app is using the camera. Close it and try again, or use the phone's own camera." },
  failed: { zh: "摄像头没能打开。请重试，或用手机自带相机录像。", en: "The camera could not be opened. Try again, or use the phone's own camera." },
};
const LIGHT = { dark: { zh: "太暗了，请面向光源", en: "Too dark: face a light" }, bright: { zh: "太亮了，请避开强光", en: "Too bright: move out of the glare" } };
const FRAME_FACE = { zh: "把脸放进椭圆里", en: "Put your face in the oval" };
const SENDING = { zh: "正在上传，请不要关闭页面", en: "Uploading; keep this page open" };
const ANALYSING = { zh: "已收到，正在分析", en: "Received; looking at the video" };
const NOT_SENT = { zh: "上传没有成功，录像还在。", en: "The upload did not succeed; the video is still here." };
const TOO_LARGE = { zh: "文件超过 64 MiB，请录一段短一些的视频。", en: "The file is larger than 64 MiB. Record a shorter one." };
const EMPTY_FILE = { zh: "文件是空的，请重新录一段。", en: "The file is empty. Record it again." };
const TAKEN_BACK = { zh: "已撤回同意。没有上传的录像已从本机清除。", en: "Your consent is taken back. A video that was not uploaded has been dropped here." };
const SIGNED_IN = { zh: "已登录：{username}", en: "Signed in as {username}" };
const VERSION = { zh: "您已同意（版本 {version}）。", en: "You have consented (version {version})." };
const EXPIRES = { zh: "请在 {minutes} 分钟内完成。", en: "Finish within {minutes} minutes." };

const consent = new Consent();
const camera = new Camera(byId("preview"));
const state = { account: undefined, session: undefined, video: undefined, stopping: new AbortController() };

function go(step) {
  for (const name of STEPS) {
    byId(`step-${name}`).hidden = name !== step;
    const mark = document.querySelector(`[data-step="${name}"]`);
    mark.toggleAttribute("data-done", STEPS.indexOf(name) < STEPS.indexOf(step));
    if (name === step) mark.setAttribute("aria-current", "step");
    else mark.removeAttribute("aria-current");
  }
  if (step !== "record") camera.close();
  byId("withdraw-bar").hidden = !consent.isGiven;
  byId(`${step}-title`).focus({ preventScroll: true });
  byId("steps").scrollIntoView({ block: "nearest" });
}

function tell(id, content) {
  byId(id).replaceChildren(...[content].flat());
  byId(id).hidden = false;
}

function fail(error) {
  if (!(error instanceof Problem)) console.error(error);
  const wait = error.retryAfter ? both({ zh: "（请等 {minutes} 分钟）", en: " ({minutes} minutes)" }, { minutes: Math.ceil(error.retryAfter / 60) }) : "";
  tell("failure", [error.message, wait]);
  byId("failure").scrollIntoView({ block: "nearest" });
  if (error.status === 401) go("account");
  else if (error.code === "session.consent_missing") go("consent");
}

/** Run one step's work with its button held, so that nothing is sent twice; every failure is shown. */
async function hold(button, work) {
  byId("failure").hidden = byId("notice").hidden = true;
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    fail(error);
  } finally {
    button.disabled = false;
  }
}

function onSubmit(id, work) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    hold(event.submitter ?? byId(id).querySelector("[type=submit]"), work);
  });
}

function onClick(id, work) {
  byId(id).addEventListener("click", () => hold(byId(id), work));
}

// 1. Consent, before anything else. It is recorded as soon as somebody is signed in.
async function afterAccount() {
  byId("signed-in").replaceChildren(both(SIGNED_IN, { username: state.account.username }));
  if (!consent.isGiven) await consent.give();
  byId("withdraw-version").replaceChildren(both(VERSION, { version: consent.version }));
  go("claim");
}

byId("consent-form").noValidate = true;
onSubmit("consent-form", async () => {
  const agreed = byId("consent-agreed").checked;
  byId("consent-fault").hidden = agreed;
  if (!agreed) {
    byId("consent-agreed").focus();
    return;
  }
  if (!consent.version) await consent.read();
  state.account = await account.current();
  if (state.account) await afterAccount();
  else go("account");
});

onClick("sign-out", async () => {
  await account.signOut();
  go("account");
});

onClick("withdraw", async () => {
  state.stopping.abort();
  camera.close();
  await consent.takeBack();
  Object.assign(state, { session: undefined, video: undefined });
  byId("consent-agreed").checked = false;
  go("consent");
  tell("notice", both(TAKEN_BACK));
});

// 2. Account
onSubmit("account-form", async () => {
  const form = byId("account-form");
  if (!fields.complete(form)) return;
  const { username, password, way } = form.elements;
  const who = { username: username.value.trim(), password: password.value };
  try {
    if (way.value === "new") {
      await account.open(who);
      way.value = "old";
    }
    state.account = await account.signIn(who);
  } catch (problem) {
    if (problem.code === "account.username_taken") fields.blame(username, problem.message);
    else if (problem.code === "account.password_too_weak") fields.blame(password, problem.message);
    else if (!(problem instanceof Problem) || !fields.show(form, problem)) throw problem;
    return;
  }
  await afterAccount();
});

for (const radio of byId("account-form").elements.way) {
  radio.addEventListener("change", () => {
    byId("password").autocomplete = radio.value === "new" ? "new-password" : "current-password";
  });
}
byId("password-shown").addEventListener("change", (event) => {
  byId("password").type = event.target.checked ? "text" : "password";
});

// 3. Claim, which opens a session
byId("claim-example")?.addEventListener("click", () => {
  const { elements } = byId("claim-form");
  elements.document_type.value = "resident_id";
  elements.document_number.value = "11010519491231002X";
  elements.name.value = "张三";
});

async function openSession() {
  const { elements } = byId("claim-form");
  const claim = {
    document_type: elements.document_type.value,
    document_number: elements.document_number.value.trim(),
    name: elements.name.value.trim(),
  };
  state.session = await ask("/v1/liveness-sessions", { method: "POST", json: { consent_id: consent.id, claim } });
  state.video = undefined;
  prompts.list(state.session.actions);
  const minutes = Math.max(1, Math.floor((Date.parse(state.session.expires_at) - Date.now()) / 60_000));
  byId("expiry").replaceChildren(both(EXPIRES, { minutes }));
  showCapture();
  go("record");
}

onSubmit("claim-form", async () => {
  const form = byId("claim-form");
  if (!fields.complete(form)) return;
  try {
    await openSession();
  } catch (problem) {
    if (!(problem instanceof Problem) || !fields.show(form, problem)) throw problem;
  }
});

// 4. Recording: in the page where the browser can, else by the phone's own camera
function showCapture() {
  const why = obstacle();
  byId("sending").hidden = true;
  byId("send-again").hidden = true;
  byId("own-camera").hidden = false;
  byId("live").hidden = why !== undefined;
  byId("camera-open").hidden = false;
  byId("record-start").hidden = byId("record-stop").hidden = true;
  byId("stage").hidden = true;
  byId("own-camera-why").hidden = true;
  if (why) offerOwnCamera(why);
}

function offerOwnCamera(why) {
  tell("own-camera-why", both(OBSTACLES[why]));
  byId("own-camera-details").open = true;
}

onClick("camera-open", async () => {
  byId("stage").hidden = false;
  try {
    await camera.open();
  } catch (error) {
    byId("stage").hidden = true;
    offerOwnCamera(refusal(error));
    return;
  }
  byId("stage").dataset.phase = "ready";
  byId("camera-open").hidden = true;
  byId("record-start").hidden = false;
  byId("record-start").focus();
  let said;
  camera.watchLight((light) => {
    if (light !== said) byId("hint-live").replaceChildren(both(LIGHT[light] ?? FRAME_FACE));
    said = light;
  });
});

onClick("record-start", async () => {
  state.stopping = new AbortController();
  setRecording(true);
  byId("stage").scrollIntoView({ block: "center" });
  const { signal } = state.stopping;
  let video;
  try {
    video = await camera.record(() => prompts.run(state.session.actions, { slowly: byId("more-time").checked, signal }));
  } finally {
    setRecording(false);
  }
  if (video === undefined) {
    if (state.session) prompts.list(state.session.actions);
    return;
  }
  camera.close();
  await send(video);
});

function setRecording(isRecording) {
  byId("stage").dataset.phase = isRecording ? "recording" : "ready";
  byId("record-start").hidden = isRecording;
  byId("record-stop").hidden = !isRecording;
  byId("more-time-choice").hidden = byId("own-camera").hidden = isRecording;
}

byId("record-stop").addEventListener("click", () => state.stopping.abort());

byId("own-video").addEventListener("change", (event) => {
  const [file] = event.target.files;
  byId("own-video-fault").hidden = true;
  if (!file) return;
  if (file.size > LARGEST_BYTES || file.size === 0) {
    tell("own-video-fault", both(file.size === 0 ? EMPTY_FILE : TOO_LARGE));
    event.target.value = "";
    return;
  }
  camera.close();
  hold(event.target, () => send(file)).then(() => {
    event.target.value = "";
  });
});

// 5. Sending, waiting, answer
async function send(video) {
  state.video = video;
  byId("live").hidden = byId("own-camera").hidden = byId("send-again").hidden = true;
  byId("sending").hidden = false;
  byId("sending-text").replaceChildren(both(SENDING));
  const { id, upload_url: place = `/v1/liveness-sessions/${id}/video` } = state.session;
  try {
    await keepSending(place, video);
  } catch (problem) {
    byId("sending-text").replaceChildren(both(NOT_SENT));
    byId("send-again").hidden = !problem.isPassing;
    if (!problem.isPassing) await showRefused(problem);
    throw problem;
  }
  state.video = undefined;
  byId("sending-text").replaceChildren(both(ANALYSING));
  byId("sending-progress").removeAttribute("value");
  answer.show(await outcome(id));
  byId("sending-progress").value = 0;
  go("answer");
}

async function keepSending(place, video) {
  const bar = byId("sending-progress");
  for (let tried = 1; ; tried += 1) {
    try {
      return await upload(place, video, { onProgress: (share) => (bar.value = share) });
    } catch (problem) {
      if (!problem.isPassing || tried === UPLOAD_TRIES) throw problem;
      bar.value = 0;
      await pause(1000 * 2 ** tried);
    }
  }
}

/** The service refused the video as it is: let the applicant choose another for the same session where that lives. */
async function showRefused() {
  const session = await ask(`/v1/liveness-sessions/${state.session.id}`).catch(() => undefined);
  if (session && session.state === "created") showCapture();
  else go("claim");
}

async function outcome(id) {
  let broken = 0;
  for (let wait = 500; ; wait = Math.min(wait * 1.3, 3000)) {
    await pause(wait);
    try {
      const session = await ask(`/v1/liveness-sessions/${id}`);
      if (FINISHED.has(String(session.state).toLowerCase())) return session;
      broken = 0;
    } catch (problem) {
      broken += 1;
      if (!problem.isPassing || broken > 20) throw problem;
    }
  }
}

onClick("send-again", () => send(state.video));
onClick("try-again", openSession);
onClick("other-person", () => go("claim"));

document.addEventListener("language", async () => {
  if (!byId("step-answer").hidden && state.session) {
    answer.show(await ask(`/v1/liveness-sessions/${state.session.id}`));
  }
});
window.addEventListener("pagehide", () => camera.close());

try {
  await consent.read();
} catch (error) {
  fail(error);
}
