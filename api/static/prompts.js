// What the applicant is asked to do, one at a time: text, picture and time for each.

import { both, byId, element } from "./elements.js";
import { pause } from "./service.js";

export const ACTIONS = {
  nod: { zh: "点头", en: "Nod", how: { zh: "低头，再抬起来", en: "head down, then up again" } },
  mouth: { zh: "张嘴", en: "Open your mouth", how: { zh: "张大，再闭上", en: "wide open, then close it" } },
  blink: { zh: "眨眼", en: "Blink slowly", how: { zh: "闭眼半秒，再睁开", en: "eyes closed for half a second, then open" } },
};
const STILL = { zh: "看着镜头", en: "Look at the camera", how: { zh: "保持不动", en: "hold still" } };

const TIMES_MS = { lead: 2500, action: 3500, end: 1200 };
const SLOW_TIMES_MS = { lead: 3000, action: 7000, end: 1500 };

/** The order as a list, before and while recording. */
export function list(actions) {
  const items = actions.map((action) => {
    const words = ACTIONS[action];
    return element("li", { "data-action": action }, element("img", { src: `/static/icons/${action}.svg`, alt: "" }), both(words));
  });
  byId("prompts").replaceChildren(...items);
}

/** Show every prompt for its time; resolves true when all were shown, false where `signal` was aborted. */
export async function run(actions, { slowly, signal }) {
  const times = slowly ? SLOW_TIMES_MS : TIMES_MS;
  const items = [...byId("prompts").children];
  byId("prompt").hidden = false;
  await show(STILL, "still", times.lead, signal);
  for (const [index, action] of actions.entries()) {
    if (signal.aborted) break;
    items[index]?.setAttribute("aria-current", "true");
    navigator.vibrate?.(80);
    await show(ACTIONS[action], action, times.action, signal);
    items[index]?.removeAttribute("aria-current");
    if (!signal.aborted) items[index]?.setAttribute("data-done", "");
  }
  if (!signal.aborted) await show(STILL, "still", times.end, signal);
  byId("prompt").hidden = true;
  return !signal.aborted;
}

async function show(words, icon, duration, signal) {
  byId("prompt-icon").src = `/static/icons/${icon}.svg`;
  byId("prompt-text").replaceChildren(both(words), element("small", {}, both(words.how)));
  const start = performance.now();
  for (let passed = 0; passed < duration && !signal.aborted; passed = performance.now() - start) {
    byId("prompt-time").value = 1 - passed / duration;
    byId("prompt-count").textContent = Math.ceil((duration - passed) / 1000);
    await pause(50);
  }
}
