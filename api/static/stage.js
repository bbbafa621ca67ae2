// The stage: what stands over the camera's picture. A hint above, the movement asked for below, how far one is.

import { both, byId, element } from "./elements.js";

const AGAIN = { zh: "再{zh}一次", en: "{en} once more" };
const HINTS = {
  "quality.no_face": { zh: "把脸放进椭圆里", en: "Put your face in the oval" },
  "quality.several_faces": { zh: "请只有您一个人入镜", en: "Only you in the picture, please" },
  "quality.too_dark": { zh: "太暗了，请面向光源", en: "Too dark: face a light" },
  "quality.too_bright": { zh: "太亮了，请避开强光", en: "Too bright: move out of the glare" },
  "quality.overexposed": { zh: "脸上反光，请换个方向", en: "Light washes out your face: turn a little" },
  "quality.blurred": { zh: "画面模糊，请擦一下镜头", en: "Blurred: wipe the lens" },
  "quality.too_small": { zh: "离近一点", en: "Come closer" },
  "quality.too_near": { zh: "离远一点", en: "Move back a little" },
  "quality.cut_off": { zh: "脸要全部入镜", en: "Show your whole face" },
  "quality.off_centre": { zh: "把脸移到中间", en: "Move to the middle" },
  "quality.moving": { zh: "动作慢一点", en: "Move more slowly" },
  "quality.glare": { zh: "眼镜反光，请摘下或低一点灯光", en: "Glasses shine: take them off, or dim the light" },
};
const BEAT_MS = 100;

let timer;
let numbered = 0;

/** The phase colours the oval: ready, recording, asking, seen, judging. */
export function phase(name) {
  byId("stage").dataset.phase = name;
}

/** Show what the service says of the picture; nothing where all is well. */
export function hint(codes, texts = {}) {
  const [code] = codes;
  byId("stage").toggleAttribute("data-hinted", code !== undefined);
  say("hint-live", code && (HINTS[code] ? both(HINTS[code]) : texts[code]));
}

export function tell(words) {
  say("hint-live", words && both(words));
}

/** Show a word on the connection, or nothing. */
export function connection(words) {
  byId("connection").hidden = !words;
  say("connection", words && both(words));
}

/** The words for the second time that a movement is asked for. */
export function again(words, repeat) {
  if (repeat === 1) return words;
  return { zh: AGAIN.zh.replace("{zh}", words.zh), en: AGAIN.en.replace("{en}", words.en), how: words.how };
}

/** Ask for something, with the time that is left for it. */
export function ask(icon, words, duration) {
  card(icon, words);
  byId("prompt").dataset.state = icon === "still" ? "still" : "asking";
  byId("prompt-ring").toggleAttribute("hidden", false);
  const end = performance.now() + duration;
  clearInterval(timer);
  const beat = () => {
    const left = Math.max(0, end - performance.now());
    byId("prompt-rim").style.strokeDashoffset = String(100 * (1 - left / duration));
    byId("prompt-count").textContent = String(Math.ceil(left / 1000));
    if (left === 0) clearInterval(timer);
  };
  beat();
  timer = setInterval(beat, BEAT_MS);
}

/** Show a card without a time. */
export function card(icon, words) {
  clearInterval(timer);
  byId("prompt-count").textContent = "";
  byId("prompt-ring").toggleAttribute("hidden", true);
  byId("prompt").hidden = false;
  byId("prompt").dataset.state = "still";
  byId("prompt").dataset.action = icon;
  byId("prompt-icon").src = `/static/icons/${icon}.svg`;
  byId("prompt-text").replaceChildren(both(words), words.how ? element("small", {}, both(words.how)) : "");
}

/** Mark that the movement asked for has begun, and that it was seen. */
export function begun() {
  byId("prompt").dataset.state = "begun";
}

export function seen(number) {
  byId("prompt").dataset.state = "seen";
  byId("dots").children[number - 1]?.setAttribute("data-done", "");
}

/** Which movement of how many. */
export function count(number, total) {
  numbered = number;
  const dots = byId("dots");
  if (dots.children.length !== total) {
    dots.replaceChildren(...Array.from({ length: total }, () => element("li")));
  }
  for (const [index, dot] of [...dots.children].entries()) {
    dot.toggleAttribute("data-now", index === number - 1);
  }
  byId("prompt").dataset.number = String(number);
}

export function current() {
  return numbered;
}

export function clear() {
  clearInterval(timer);
  byId("prompt").hidden = true;
  byId("prompt").removeAttribute("data-number");
  byId("prompt").dataset.action = "";
  byId("dots").replaceChildren();
  connection();
}

function say(id, content) {
  byId(id).replaceChildren(content || "");
}
