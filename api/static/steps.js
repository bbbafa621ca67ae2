// The steps of the video check: which one shows, what went wrong, no button twice.

import { both, byId } from "./elements.js";
import { Problem } from "./service.js";

const MARKS = [...document.querySelectorAll("[data-step]")];
const WAIT = { zh: "（请等 {minutes} 分钟）", en: " ({minutes} minutes)" };
const SENT_BACK = { "session.consent_missing": "consent", "session.expired": "claim" };

/** Show one step, mark it in the list of steps and move the focus to its heading. */
export function go(step) {
  const at = MARKS.findIndex((mark) => mark.dataset.step === step);
  for (const [index, mark] of MARKS.entries()) {
    byId(`step-${mark.dataset.step}`).hidden = index !== at;
    mark.toggleAttribute("data-done", index < at);
    if (index === at) mark.setAttribute("aria-current", "step");
    else mark.removeAttribute("aria-current");
  }
  document.dispatchEvent(new CustomEvent("step", { detail: step }));
  byId(`${step}-title`).focus({ preventScroll: true });
  byId("steps").scrollIntoView({ block: "nearest" });
}

export function tell(id, ...content) {
  byId(id).replaceChildren(...content);
  byId(id).hidden = false;
}

export function fail(error) {
  if (!(error instanceof Problem)) console.error(error);
  tell("failure", error.message, error.retryAfter ? both(WAIT, { minutes: Math.ceil(error.retryAfter / 60) }) : "");
  const step = error.status === 401 && byId("step-account").hidden ? "account" : SENT_BACK[error.code];
  if (step) go(step);
  byId("failure").scrollIntoView({ block: "nearest" });
}

/** Run a step's work with its button held, so that nothing is sent twice; every failure is shown. */
export async function hold(button, work) {
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

export function onSubmit(id, work) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    hold(event.submitter ?? byId(id).querySelector("[type=submit]"), work);
  });
}

export function onClick(id, work) {
  byId(id).addEventListener("click", () => hold(byId(id), work));
}
