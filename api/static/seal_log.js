// What the public log of seals says of a certificate, with the proof to be saved.

import { both, element } from "./elements.js";

const PLACE = { zh: "第 {entry} 条，共 {size} 条", en: "entry {entry} of {size}" };
const SIGNED = { zh: "日志签名于 {at}", en: "log signed on {at}" };
const CHECKED = { zh: "证明已核对", en: "proof checked" };
const SAVE = { zh: "保存证明（JSON）", en: "Save the proof (JSON)" };

/** The entry of a certificate under a signed head, and a link that saves the proof as a file. */
export function inLog({ number, proof, at, isChecked }) {
  const place = { entry: proof.entries[0].index + 1, size: proof.head.tree_size };
  const words = [both(PLACE, place), both(SIGNED, { at })];
  if (isChecked) words.push(both(CHECKED));
  const line = element("span", {}, ...words.flatMap((word, index) => (index ? [" · ", word] : [word])));
  return element("span", { class: "in-log" }, line, saving(number, proof));
}

function saving(number, proof) {
  const content = new Blob([JSON.stringify(proof, null, 1)], { type: "application/json" });
  const link = element("a", { class: "save-proof", download: `${number}.proof.json`, href: "#" }, both(SAVE));
  link.addEventListener("click", () => {
    const address = URL.createObjectURL(content);
    link.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
  return link;
}
