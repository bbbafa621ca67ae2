// Verify a seal: by the file, or look up a certificate by its number.

import { both, byId, element } from "./elements.js";
import * as fields from "./fields.js";
import { language } from "./language.js";
import { canCheck, hex, sha256 } from "./log_proof.js";
import { checkHere, inLog } from "./seal_log.js";
import { ask, Problem } from "./service.js";

const LARGEST_BYTES = 20 * 1024 * 1024;
const TOO_LARGE = { zh: "文件超过 20 MiB，不会是这里签发的证照。", en: "The file is larger than 20 MiB; no certificate issued here is." };
const EMPTY = { zh: "文件是空的。", en: "The file is empty." };
const WORKING = { zh: "正在核验", en: "Checking" };

const ANSWERS = {
  TOTAL_PASSED: { kind: "genuine", icon: "passed", title: { zh: "印章是真的", en: "The seal is genuine" }, lead: { zh: "文件由下列单位盖章，盖章之后没有改动。", en: "The office below sealed this file, and nothing was changed since." } },
  INDETERMINATE: { kind: "undecided", icon: "undecided", title: { zh: "不能确定真伪", en: "Could not be decided" }, lead: { zh: "没有发现篡改，但缺少足够的依据证明印章有效。请勿当作有效证照使用；可按编号查询，或向签发单位核实。", en: "No forgery was found, but there is not enough to prove the seal. Do not rely on it; look up the number, or ask the office that issued it." } },
  TOTAL_FAILED: { kind: "false", icon: "failed", title: { zh: "不是有效的印章", en: "Not genuine" }, lead: { zh: "请勿相信这份文件的内容。原因见下面未通过的检查。", en: "Do not trust what this file says. The checks that failed are below." } },
};
const DEMONSTRATION = { zh: "这是演示用印章，没有法律效力。", en: "This is a demonstration seal with no legal force." };
const OUTCOMES = {
  passed: { zh: "通过", en: "passed" },
  failed: { zh: "未通过", en: "failed" },
  undecided: { zh: "不能确定", en: "undecided" },
  not_reached: { zh: "未进行", en: "not reached" },
  not_asked: { zh: "未要求", en: "not asked" },
};
const LABELS = {
  holder: { zh: "印章所有者", en: "Seal of" },
  sealed_at: { zh: "盖章时间", en: "Sealed at" },
  number: { zh: "证照编号", en: "Number" },
  matter: { zh: "事项", en: "Matter" },
  organ: { zh: "签发单位", en: "Issued by" },
  masked_holder: { zh: "持证人", en: "Held by" },
  valid_from: { zh: "生效日期", en: "Valid from" },
  valid_until: { zh: "有效期至", en: "Valid until" },
  original: { zh: "与原件", en: "The original" },
  reason: { zh: "原因", en: "Why" },
  digest: { zh: "文件 SHA-256", en: "SHA-256 of the file" },
  pdf_sha256: { zh: "PDF 原件 SHA-256", en: "SHA-256 of the original PDF" },
  ofd_sha256: { zh: "OFD 原件 SHA-256", en: "SHA-256 of the original OFD" },
  ended_at: { zh: "失效时间", en: "Holds no more since" },
  successor: { zh: "替代它的证照", en: "Replaced by" },
  log: { zh: "公开日志", en: "In the public log" },
  verified_at: { zh: "核验时间", en: "Verified at" },
};
const IDENTICAL = { zh: "逐字节一致", en: "identical, byte for byte" };
const STATUSES = {
  issued: { kind: "genuine", icon: "passed", title: { zh: "查到这份证照", en: "This certificate exists" }, lead: { zh: "请与手中证照核对下列内容；要确认文件没有改动，请再用文件验证。", en: "Compare what follows with the certificate in hand; to be sure that the file was not changed, verify the file as well." } },
  expired: { kind: "undecided", icon: "undecided", title: { zh: "证照已过期", en: "This certificate has expired" }, lead: { zh: "它曾经签发，但有效期已过。", en: "It was issued, but its time is over." } },
  sealing: { kind: "undecided", icon: "undecided", title: { zh: "正在盖章", en: "It is being sealed" }, lead: { zh: "已经批准，盖章完成后即可核验。", en: "It is approved and can be verified once sealed." } },
};
const ENDED = {
  revoked: { kind: "false", icon: "failed", title: { zh: "证照已被撤销", en: "This certificate was revoked" }, lead: { zh: "签发单位已撤销这份证照，请勿再使用。", en: "The office that issued it has revoked it. Do not rely on it." } },
  replaced: { kind: "false", icon: "failed", title: { zh: "证照已被替代", en: "This certificate was replaced" }, lead: { zh: "签发单位已换发新的证照，这一份不再有效。", en: "The office has issued another in its place; this one holds no more." } },
};
const PROOF_FAILS = { kind: "false", icon: "failed", title: { zh: "公开日志的证明不成立", en: "The proof of the public log does not hold" }, lead: { zh: "您的浏览器自行验算时发现，服务给出的证明与它签名的日志不符。请不要相信这次核验的结果，并向签发单位反映。", en: "Your browser did the sum itself: what the service gave as proof does not fit the log that it signed. Do not rely on this answer, and tell the office." } };
const SEAL_HOLDS = { zh: "印章本身是真的，文件没有改动。", en: "The seal itself is genuine and the file unchanged." };
const OTHER_STATUS = { kind: "undecided", icon: "undecided", title: { zh: "证照状态", en: "Status of the certificate" }, lead: { zh: "请向签发单位核实。", en: "Ask the office that issued it." } };

let last;

async function hold(work) {
  byId("failure").hidden = true;
  byId("working").replaceChildren(both(WORKING));
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    byId("answer").hidden = true;
    byId("failure").replaceChildren(error.message);
    byId("failure").hidden = false;
  } finally {
    byId("working").replaceChildren();
  }
}

function verifyFile(file) {
  if (file.size > LARGEST_BYTES || file.size === 0) {
    byId("failure").replaceChildren(both(file.size === 0 ? EMPTY : TOO_LARGE));
    byId("failure").hidden = false;
    byId("answer").hidden = true;
    return;
  }
  last = async () => {
    const found = await ask("/v1/seal-verifications", { method: "POST", body: file, type: mediaType(file) });
    showSeal(found, found.log ? await checkHere(found.log.proof, { number: found.certificate_number, digest: await digestOf(file), status: found.certificate?.status }) : "");
  };
  hold(last);
}

/** The digest of the file in hand, from this browser and not from the service. */
async function digestOf(file) {
  return canCheck() ? hex(await sha256(await file.arrayBuffer())) : "";
}

// What it is is seen from its content; a browser knows no type for OFD.
function mediaType({ name }) {
  return name.toLowerCase().endsWith(".ofd") ? "application/ofd" : "application/pdf";
}

function lookUp(number) {
  last = async () => {
    const found = await ask(`/v1/certificates/${encodeURIComponent(number)}`);
    const proof = found.files.length ? await proofOf(found.number) : undefined;
    showCertificate(found, proof, proof ? await checkHere(proof, { number: found.number, status: found.status }) : "");
  };
  hold(last);
}

async function proofOf(number) {
  try {
    return await ask(`/v1/transparency/inclusion?number=${encodeURIComponent(number)}`);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function showSeal(found, own) {
  const isGenuine = found.status === "TOTAL_PASSED";
  const isEnded = found.log && ENDED[found.certificate?.status];
  // What only a constraint refuses, as another organ's seal, the standard leaves undecided; here it is refused.
  const isRefused = found.checks.some(({ outcome }) => outcome === "failed");
  const answer = isRefused ? ANSWERS.TOTAL_FAILED : ANSWERS[found.status];
  show(own === "failed" ? PROOF_FAILS : isEnded || (answer ?? ANSWERS.INDETERMINATE), [
    ["reason", isGenuine || isEnded ? undefined : found.text],
    ["holder", found.sealed_by.holder],
    ["sealed_at", time(found.sealed_by.sealed_at)],
    ["number", found.certificate_number],
    ["original", found.is_issued_file && both(IDENTICAL)],
    ...aboutCertificate(found.certificate),
    ["log", found.log && inLog({ number: found.certificate_number, proof: found.log.proof, at: time(found.log.head_at), own })],
    ["verified_at", time(found.verified_at)],
    ["digest", code(found.digest)],
  ]);
  if (isEnded && own !== "failed") byId("answer-lead").append(" ", both(SEAL_HOLDS));
  if (found.sealed_by.demonstration) byId("answer-lead").append(" ", both(DEMONSTRATION));
  byId("checks").replaceChildren(...found.checks.map(check));
  byId("checks-details").hidden = false;
  byId("checks-details").open = !isGenuine;
}

function check({ number, code: name, outcome, title, text }) {
  return element(
    "li",
    { "data-outcome": outcome, "data-code": name },
    element("span", { class: "step-number" }, `${number}.`),
    element("span", {}, element("strong", {}, title), element("span", { class: "small" }, text)),
    element("span", { class: "outcome" }, both(OUTCOMES[outcome])),
  );
}

function showCertificate(found, proof, own) {
  const status = STATUSES[found.status] ?? ENDED[found.status] ?? OTHER_STATUS;
  show(own === "failed" ? PROOF_FAILS : status, [
    ["number", found.number],
    ...aboutCertificate(found),
    ["log", proof && inLog({ number: found.number, proof, at: time(proof.head.timestamp_ms), own })],
    ...found.files.map(({ form, sha256: digest }) => [`${form}_sha256`, code(digest)]),
  ]);
  byId("checks-details").hidden = true;
}

function aboutCertificate(known) {
  if (!known) return [];
  return [
    ["matter", both(known.matter)],
    ["organ", both(known.organ)],
    ["masked_holder", known.masked_holder],
    ["valid_from", known.valid_from],
    ["valid_until", known.valid_until],
    ["ended_at", time(known.ended_at)],
    ["successor", known.successor && element("a", { href: `/verify?number=${encodeURIComponent(known.successor)}` }, known.successor)],
  ];
}

function code(text) {
  return text ? element("code", {}, text) : undefined;
}

function show({ kind, icon, title, lead }, facts) {
  byId("answer").dataset.answer = kind;
  byId("answer-icon").src = `/static/icons/${icon}.svg`;
  byId("answer-title").replaceChildren(both(title));
  byId("answer-lead").replaceChildren(both(lead));
  const known = facts.filter(([, value]) => value);
  byId("facts").replaceChildren(...known.flatMap(([label, value]) => [element("dt", {}, both(LABELS[label])), element("dd", { "data-fact": label }, value)]));
  byId("answer").hidden = false;
  byId("answer-title").focus();
}

function time(iso) {
  if (!iso) return undefined;
  const words = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "zh-CN", { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Shanghai" });
  return `${words.format(new Date(iso))} ${language() === "en" ? "(Beijing time)" : "（北京时间）"}`;
}

byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) verifyFile(file);
  event.target.value = "";
});

const drop = byId("drop");
for (const kind of ["dragover", "dragenter"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", true);
  });
}
drop.addEventListener("dragleave", () => drop.removeAttribute("data-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.removeAttribute("data-over");
  const [file] = event.dataTransfer.files;
  if (file) verifyFile(file);
});

byId("number-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (fields.complete(event.target)) lookUp(byId("number").value.trim());
});

document.addEventListener("language", () => {
  if (last && !byId("answer").hidden) hold(last);
});

const asked = new URLSearchParams(location.search).get("number");
if (asked) {
  byId("number").value = asked;
  lookUp(asked);
}
