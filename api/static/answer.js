// The answer about a video, in plain words: what it is, why, what to do better. Never a score.

import { both, byId, element } from "./elements.js";
import { ACTIONS } from "./prompts.js";

const TITLES = {
  passed: { zh: "核身通过", en: "Passed" },
  failed: { zh: "没有通过", en: "Not passed" },
  undecided: { zh: "没能判定", en: "Could not be decided" },
  expired: { zh: "时间已到", en: "Time is over" },
};
const LEADS = {
  passed: { zh: "录像中是真人，动作齐全，与登记的照片一致。", en: "A live person, every action shown, alike with the portrait on record." },
  failed: { zh: "原因如下。按提示改进后可以再试一次，也可以选择不刷脸的办法。", en: "The reasons are below. Try again as they say, or choose a way without the face." },
  undecided: { zh: "这不代表您有问题，只是没能得出结论。", en: "This says nothing against you; there was just no answer." },
  expired: { zh: "本次核身已超时，请重新开始。", en: "This check took too long. Start again." },
};
const ATTEMPTS = { zh: "还可以尝试 {count} 次。", en: "{count} more tries are left." };
const LAST = { zh: "次数已用完。请半小时后再来，或选择下面不刷脸的办法。", en: "No tries are left. Come back in half an hour, or choose a way without the face below." };
const FOUND = { true: { zh: "已看到", en: "seen" }, false: { zh: "没看到", en: "not seen" } };

export function show(session) {
  const outcome = session.outcome ?? session.state;
  const isPassed = outcome === "passed";
  const left = session.attempts_left;
  byId("step-answer").dataset.outcome = outcome;
  byId("answer-icon").src = `/static/icons/${outcome === "expired" ? "undecided" : outcome}.svg`;
  byId("answer-title").replaceChildren(both(TITLES[outcome] ?? TITLES.undecided));
  byId("answer-lead").replaceChildren(both(LEADS[outcome] ?? LEADS.undecided));
  byId("reasons").replaceChildren(...(isPassed ? [] : session.reasons.map(reason)));
  byId("found").replaceChildren(...found(session.actions));
  byId("attempts").replaceChildren(isPassed ? "" : both(left > 0 ? ATTEMPTS : LAST, { count: left }));
  byId("try-again").hidden = isPassed || left === 0;
  byId("other-person").hidden = isPassed;
  byId("other-ways").hidden = isPassed;
  byId("other-ways").open = left === 0;
}

function reason({ code, text, remedy }) {
  return element("li", { "data-code": code }, element("strong", {}, text), remedy && element("span", {}, remedy));
}

function found(actions) {
  return actions
    .filter((one) => typeof one.found === "boolean")
    .map(({ action, found: seen }) =>
      element("li", { "data-action": action, "data-found": String(seen) }, element("img", { src: `/static/icons/${action}.svg`, alt: "" }), element("span", {}, both(ACTIONS[action]), ": ", both(FOUND[seen]))),
    );
}
