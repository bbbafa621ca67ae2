// What the public log of seals says of a certificate: checked by this browser itself, with the proof to be saved.

import { both, element } from "./elements.js";
import { remember } from "./log_memory.js";
import { canCheck, checkProof, ProofRefused } from "./log_proof.js";
import { ask, Problem } from "./service.js";

const PLACE = { zh: "第 {entry} 条，共 {size} 条", en: "entry {entry} of {size}" };
const SIGNED = { zh: "日志签名于 {at}", en: "log signed on {at}" };
const SAVE = { zh: "保存证明（JSON）", en: "Save the proof (JSON)" };
const OWN_WORDS = {
  passed: { zh: "✓ 您的浏览器已自行验算：它确实登记在公开日志里，登记后没有改动", en: "✓ Your browser did the sum itself: it stands in the public log, unchanged since" },
  entry: { zh: "✓ 您的浏览器已自行验算：服务给出的这一条确实登记在公开日志里，没有改动；它是不是这份证照的，只有用文件验证才能确认", en: "✓ Your browser did the sum itself: the entry that the service gave stands in the public log, unchanged; whether it is this certificate's, only its file can show" },
  failed: { zh: "✗ 您的浏览器验算不符：证明不成立", en: "✗ Your browser did the sum itself: the proof does not hold" },
  unchecked: { zh: "此浏览器现在不能自行验算（需要 HTTPS 连接），可保存证明另行核对", en: "This browser cannot do the sum itself now (it needs HTTPS); save the proof and check it elsewhere" },
};

/**
 * Check a proof in this browser: "passed", "failed", or "unchecked" where it cannot be done here and now.
 *
 * Without a file it is "entry" at best: entries hold salted digests, and only who has the file is given the salt.
 */
export async function checkHere(proof, { number, digest, status }) {
  if (!canCheck()) return "unchecked";
  try {
    const { keys } = await ask("/v1/transparency/keys");
    await checkProof(proof, { keys, number, digest, status });
    await remember(proof.head);
    return digest ? "passed" : "entry";
  } catch (error) {
    if (error instanceof Problem) return "unchecked";
    // Anything that is not as a proof is, is no proof.
    console.warn(error instanceof ProofRefused ? error.message : `not a proof of the log: ${error.message}`);
    return "failed";
  }
}

/** The entry of a certificate under a signed head, what our own check gave, and a link that saves the proof. */
export function inLog({ number, proof, at, own }) {
  const place = { entry: proof.entries[0].index + 1, size: proof.head.tree_size };
  const line = element("span", {}, both(PLACE, place), " · ", both(SIGNED, { at }));
  const checked = element("span", { class: "own-check", "data-own-check": own }, both(OWN_WORDS[own]));
  return element("span", { class: "in-log" }, line, checked, saving(number, proof));
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
