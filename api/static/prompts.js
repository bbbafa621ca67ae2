// What the applicant is asked to do: text and picture for each movement, the list of a recording, its run.

import { both, byId, element } from "./elements.js";
import { pause } from "./service.js";
import * as stage from "./stage.js";

export const ACTIONS = {
  nod: { zh: "点头", en: "Nod", how: { zh: "低头，再抬起来", en: "head down, then up again" } },
  mouth: { zh: "张嘴", en: "Open your mouth", how: { zh: "张大，再闭上", en: "wide open, then close it" } },
  blink: { zh: "眨眼", en: "Blink slowly", how: { zh: "闭眼半秒，再睁开", en: "eyes closed for half a second, then open" } },
  turn_left: { zh: "向左转头", en: "Turn left", how: { zh: "转向您的左边，再转回来", en: "to your own left, then back" } },
  turn_right: { zh: "向右转头", en: "Turn right", how: { zh: "转向您的右边，再转回来", en: "to your own right, then back" } },
  smile: { zh: "微笑", en: "Smile", how: { zh: "笑一下，再放松", en: "smile, then relax" } },
};
const STILL = { zh: "看着镜头", en: "Look at the camera", how: { zh: "保持不动", en: "hold still" } };

const TIMES_MS = { lead: 2500, action: 3200, end: 1000 };
const SLOW_TIMES_MS = { lead: 3000, action: 6500, end: 1500 };

/** The steps as a list, before and while recording. */
export function list(steps) {
  const items = steps.map(({ action, repeats }) =>
    element(
      "li",
      { "data-action": action },
      element("img", { src: `/static/icons/${action}.svg`, alt: "" }),
      both(ACTIONS[action]),
      repeats > 1 && element("strong", { class: "times" }, both({ zh: `做 ${repeats} 次`, en: `${repeats} times` })),
    ),
  );
  byId("prompts").replaceChildren(...items);
}

/** Names of actions in no order, where the order comes one by one. */
export function names(place, actions) {
  const items = actions.map((action) =>
    element("li", { "data-action": action }, element("img", { src: `/static/icons/${action}.svg`, alt: "" }), both(ACTIONS[action])),
  );
  place.replaceChildren(...items);
}

/** Show every prompt of a recording for its time; resolves true when all were shown, false where `signal` was aborted. */
export async function run(steps, { slowly, signal }) {
  const times = slowly ? SLOW_TIMES_MS : TIMES_MS;
  const items = [...byId("prompts").children];
  const count = steps.reduce((sum, { repeats }) => sum + repeats, 0);
  let number = 0;
  await show("still", STILL, times.lead, signal);
  for (const [index, { action, repeats }] of steps.entries()) {
    items[index]?.setAttribute("aria-current", "true");
    for (let repeat = 1; repeat <= repeats && !signal.aborted; repeat += 1) {
      number += 1;
      stage.count(number, count);
      navigator.vibrate?.(80);
      await show(action, stage.again(ACTIONS[action], repeat), times.action, signal);
      stage.seen(number);
    }
    items[index]?.removeAttribute("aria-current");
    if (!signal.aborted) items[index]?.setAttribute("data-done", "");
  }
  if (!signal.aborted) await show("still", STILL, times.end, signal);
  stage.clear();
  return !signal.aborted;
}

async function show(icon, words, duration, signal) {
  stage.ask(icon, words, duration);
  const start = performance.now();
  while (performance.now() - start < duration && !signal.aborted) await pause(50);
}
