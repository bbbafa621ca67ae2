// A demonstration's reference portrait: the visitor plays the register. Made small where it is large, sent before the session opens.

import { both, byId } from "./elements.js";
import { blame } from "./fields.js";
import { ask, Problem } from "./service.js";
import { tell } from "./steps.js";

const SENT_AS_IT_IS = new Set(["image/jpeg", "image/png"]);
const SMALL_BYTES = 2 * 1024 * 1024;
const LONGEST_SIDE = 1600;
const QUALITY = 0.92;
const OF_THE_PICTURE = /^(portrait\.|request\.body_too_large$)/;
const LOOKING = { zh: "正在查看参考照片", en: "Looking at the reference portrait" };
const UNREADABLE = { zh: "浏览器打不开这张照片。请换一张 JPEG 或 PNG 照片。", en: "The browser cannot read this picture. Choose a JPEG or PNG." };

/** Enrol the chosen picture under a claim; gives whether the check may go on, as it also does without a picture. */
export async function enrol(consentId, claim) {
  const input = byId("portrait");
  const file = input?.files[0];
  if (!file) return true;
  tell("notice", both(LOOKING));
  try {
    const picture = await base64(await sendable(file));
    await ask("/v1/demonstration/portraits", { method: "POST", json: { consent_id: consentId, claim, picture } });
    return true;
  } catch (problem) {
    if (problem instanceof Unreadable) blame(input, both(UNREADABLE));
    else if (problem instanceof Problem && OF_THE_PICTURE.test(problem.code)) blame(input, problem.message);
    else throw problem;
    input.focus();
    return false;
  } finally {
    byId("notice").hidden = true;
  }
}

/** Let go of the chosen picture: consent was taken back, or another person goes on. */
export function forget() {
  const input = byId("portrait");
  if (input) input.value = "";
}

class Unreadable extends Error {}

/** The file itself where it is a small JPEG or PNG; else a JPEG of it, upright, at most 1600 pixels a side. */
async function sendable(file) {
  const picture = await opened(file);
  const { naturalWidth: width, naturalHeight: height } = picture;
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  if (SENT_AS_IT_IS.has(file.type) && file.size <= SMALL_BYTES && scale === 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const drawn = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!drawn) throw new Unreadable();
  return drawn;
}

async function opened(file) {
  const picture = new Image();
  picture.src = URL.createObjectURL(file);
  try {
    await picture.decode();
  } catch {
    throw new Unreadable();
  } finally {
    URL.revokeObjectURL(picture.src);
  }
  return picture;
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result.slice(reader.result.indexOf(",") + 1)));
    reader.addEventListener("error", () => reject(new Unreadable()));
    reader.readAsDataURL(blob);
  });
}
