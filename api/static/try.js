// The video check, step by step: consent, account, claim, recording, answer; for an invited party, the text as well.

import * as account from "./account.js";
import * as alternatives from "./alternatives.js";
import * as answer from "./answer.js";
import { Consent } from "./consent.js";
import { deliver, isFinal, outcome, waiting } from "./delivery.js";
import { both, byId } from "./elements.js";
import * as fields from "./fields.js";
import { Invitation } from "./invitation.js";
import "./language.js";
import * as portrait from "./portrait.js";
import { Recording, bestProfile } from "./recording.js";
import { ask, Problem } from "./service.js";
import { fail, go, hold, onClick, onSubmit, tell } from "./steps.js";

const TAKEN_BACK = { zh: "已撤回同意。没有上传的录像已从本机清除。", en: "Your consent is taken back. A video that was not uploaded has been dropped here." };
const CHOSEN = { zh: "已登记：{zh}。工作人员会与您联系。", en: "Noted: {en}. The office will get in touch." };
const SIGNED_IN = { zh: "已登录：{username}", en: "Signed in as {username}" };
const VERSION = { zh: "您已同意（版本 {version}）。", en: "You have consented (version {version})." };
const RECORD_INSTEAD = { zh: "现在不能实时核身，已改为先录像、再上传。", en: "The live check is not possible now. Record first and send it then." };
const ARRANGED = { zh: "已按您的选择重新安排。", en: "Arranged as you chose." };
const EXPIRES = { zh: "请在 {minutes} 分钟内完成。", en: "Finish within {minutes} minutes." };

const consent = new Consent();
const invitation = Invitation.here();
const recording = new Recording({ sent: send, judged });
let profile = bestProfile();
let session;
let video;

document.addEventListener("step", ({ detail: step }) => {
  if (step !== "record") recording.stop();
  byId("withdraw-bar").hidden = !consent.isGiven;
});

// 1. Consent, before anything else. It is recorded as soon as somebody is signed in.
onSubmit("consent-form", async () => {
  const agreed = byId("consent-agreed").checked;
  byId("consent-fault").hidden = agreed;
  if (!agreed) {
    byId("consent-agreed").focus();
    return;
  }
  if (!consent.version) await consent.read();
  const signedIn = await account.current();
  if (signedIn) await enter(signedIn);
  else go("account");
});

onClick("withdraw", async () => {
  recording.stop();
  await consent.takeBack();
  portrait.forget();
  alternatives.forget();
  session = video = undefined;
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
  let signedIn;
  try {
    if (way.value === "new") {
      await account.open(who);
      way.value = "old";
    }
    signedIn = await account.signIn(who);
  } catch (problem) {
    if (problem.code === "account.username_taken") fields.blame(username, problem.message);
    else if (problem.code === "account.password_too_weak") fields.blame(password, problem.message);
    else if (!(problem instanceof Problem) || !fields.show(form, problem)) throw problem;
    return;
  }
  await enter(signedIn);
});

async function enter(signedIn) {
  byId("signed-in").replaceChildren(both(SIGNED_IN, { username: signedIn.username }));
  await invitation?.accept();
  if (invitation?.isVerified) {
    go("agree");
    return;
  }
  if (!consent.isGiven) await consent.give();
  byId("withdraw-version").replaceChildren(both(VERSION, { version: consent.version }));
  go("claim");
}

for (const radio of byId("account-form").elements.way) {
  radio.addEventListener("change", () => {
    byId("password").autocomplete = radio.value === "new" ? "new-password" : "current-password";
  });
}
byId("password-shown").addEventListener("change", (event) => {
  byId("password").type = event.target.checked ? "text" : "password";
});
onClick("sign-out", async () => {
  await account.signOut();
  consent.forget();
  portrait.forget();
  alternatives.forget();
  go("account");
});

// 3. Claim, which opens a session
byId("claim-example")?.addEventListener("click", () => {
  const { elements } = byId("claim-form");
  elements.document_type.value = "resident_id";
  elements.document_number.value = "11010519491231002X";
  elements.name.value = "张三";
});

onSubmit("claim-form", async () => {
  const form = byId("claim-form");
  if (!fields.complete(form)) return;
  try {
    if (await portrait.enrol(consent.id, claimed())) await openSession();
  } catch (problem) {
    if (!(problem instanceof Problem) || !fields.show(form, problem)) throw problem;
  }
});

function claimed() {
  const { document_type: type, document_number: number, name } = byId("claim-form").elements;
  return { document_type: type.value, document_number: number.value.trim(), name: name.value.trim() };
}

async function openSession() {
  const json = { consent_id: consent.id, claim: claimed(), profile, alternatives: alternatives.chosen(), ...purpose() };
  session = await ask("/v1/liveness-sessions", { method: "POST", json });
  const minutes = Math.max(1, Math.round((Date.parse(session.expires_at) - Date.now()) / 60_000));
  byId("expiry").replaceChildren(both(EXPIRES, { minutes }));
  recording.offer(session);
  consent.offer(byId("routes-instead"), chooseRoute);
  go("record");
}

async function openAs(wanted) {
  profile = wanted;
  await openSession();
}

/** What the check is for: the invitation, or the case that the address names; nothing where it is only tried. */
function purpose() {
  const caseId = new URLSearchParams(location.search).get("case_id");
  return invitation?.purpose ?? (caseId ? { case_id: caseId } : {});
}

// 4. The check: live, or a recording that is sent
onClick("to-ordered", () => openAs("ordered"));
onClick("to-timed", () => openAs("timed"));
onSubmit("cannot-form", async () => {
  await openSession();
  byId("cannot").open = false;
  tell("notice", both(ARRANGED));
});

/** A live check came to its end, by a verdict or by a problem; a recording is the way that is left then. */
async function judged(checked, problem) {
  if (!consent.isGiven) return;
  if (problem?.code === "connection" || problem?.code === "stream.full") {
    await openAs("ordered");
    tell("notice", both(RECORD_INSTEAD));
    return;
  }
  if (!problem) waiting();
  const known = problem ? await ask(`/v1/liveness-sessions/${checked.id}`) : await outcome(checked.id);
  if (isFinal(known)) await showAnswer(known);
  else recording.offer(checked);
  if (problem) throw problem;
}

async function send(recorded) {
  video = recorded;
  let decided;
  try {
    decided = await deliver(session, video);
  } catch (problem) {
    if (!problem.isPassing && consent.isGiven) await offerAgain();
    throw problem;
  }
  video = undefined;
  // Consent may have been taken back meanwhile: then nothing is left to answer.
  if (consent.isGiven) await showAnswer(decided);
}

/** The service refused the video as it is: another may be sent while the session takes one. */
async function offerAgain() {
  const known = await ask(`/v1/liveness-sessions/${session.id}`).catch(() => undefined);
  if (known?.state === "created") recording.offer(session);
  else go("claim");
}

onClick("send-again", () => send(video));

// 5. Answer
async function showAnswer(decided) {
  answer.show(decided);
  consent.offer(byId("routes-again"), chooseRoute);
  if (invitation && decided.state === "passed") {
    await invitation.refresh();
    byId("to-agree").hidden = false;
  }
  go("answer");
}

async function chooseRoute(route, button) {
  await hold(button, async () => {
    await ask("/v1/non-face-requests", { method: "POST", json: { route: route.id, case_id: purpose().case_id ?? null } });
    tell("notice", both(CHOSEN, { zh: route.title.zh, en: route.title.en }));
    byId("notice").scrollIntoView({ block: "nearest" });
  });
}

onClick("try-again", openSession);
onClick("other-person", () => go("claim"));
if (invitation) {
  onClick("to-agree", () => go("agree"));
  onClick("agree", () => invitation.agree());
}

document.addEventListener("language", async () => {
  if (!byId("step-answer").hidden) answer.show(await ask(`/v1/liveness-sessions/${session.id}`));
});
window.addEventListener("pagehide", () => recording.stop());

try {
  await Promise.all([consent.read(), invitation?.read()]);
} catch (error) {
  fail(error);
}
