// Verify a seal: by the file, or look up a certificate by its number.

import { both, byId, element } from "./elements.js";
import * as fields from "./fields.js";
import { language } from "./language.js";
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
const STEPS = {
  file: { zh: "文件可读", en: "The file can be read" },
  seal: { zh: "有一枚印章签名", en: "One seal signature" },
  coverage: { zh: "签名覆盖整个文件", en: "The signature covers the whole file" },
  integrity: { zh: "内容与盖章时一致", en: "The content is as it was sealed" },
  changes: { zh: "盖章之后没有添加", en: "Nothing was added after the seal" },
  algorithms: { zh: "算法足够强", en: "The algorithms are strong enough" },
  certificate: { zh: "印章证书可信", en: "The seal's certificate is trusted" },
  revocation: { zh: "盖章时证书未吊销", en: "Not revoked when sealed" },
  time: { zh: "时间戳真实", en: "The time stamps are genuine" },
  verdict: { zh: "总体判定", en: "The verdict as a whole" },
  holder: { zh: "印章属于签发单位", en: "The seal belongs to the issuing office" },
};
const LABELS = {
  holder: { zh: "印章所有者", en: "Seal of" },
  sealed_at: { zh: "盖章时间", en: "Sealed at" },
  number: { zh: "证照编号", en: "Number" },
  title: { zh: "证照", en: "Certificate" },
  organ: { zh: "签发单位", en: "Issued by" },
  subject: { zh: "持证人", en: "Held by" },
  status: { zh: "状态", en: "Status" },
  valid_from: { zh: "生效", en: "Valid from" },
  valid_until: { zh: "有效期至", en: "Valid until" },
  sub_indication: { zh: "原因代码", en: "Sub-indication" },
  sha256: { zh: "文件 SHA-256", en: "SHA-256 of the file" },
  verified_at: { zh: "核验时间", en: "Verified at" },
};
const STATUSES = {
  issued: { kind: "genuine", icon: "passed", title: { zh: "查到这份证照", en: "This certificate exists" }, lead: { zh: "请与手中证照核对下列内容；要确认文件没有改动，请再用文件验证。", en: "Compare what follows with the certificate in hand; to be sure that the file was not changed, verify the file as well." } },
  expired: { kind: "undecided", icon: "undecided", title: { zh: "证照已过期", en: "This certificate has expired" }, lead: { zh: "它曾经签发，但有效期已过。", en: "It was issued, but its time is over." } },
  sealing: { kind: "undecided", icon: "undecided", title: { zh: "正在盖章", en: "It is being sealed" }, lead: { zh: "已经批准，盖章完成后即可核验。", en: "It is approved and can be verified once sealed." } },
};
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
  last = async () => showSeal(await ask("/v1/seal-verifications", { method: "POST", body: file, type: "application/pdf" }));
  hold(last);
}

function lookUp(number) {
  last = async () => showCertificate(await ask(`/v1/certificates/${encodeURIComponent(number)}`));
  hold(last);
}

function showSeal(found) {
  const by = found.sealed_by ?? found;
  const words = ANSWERS[found.status] ?? ANSWERS.INDETERMINATE;
  const isGenuine = found.status === "TOTAL_PASSED";
  show(words, [
    ["holder", by.holder],
    ["sealed_at", time(by.sealed_at)],
    ["number", found.certificate_number ?? found.number],
    ["sub_indication", isGenuine ? undefined : found.sub_indication],
    ["verified_at", time(found.verified_at)],
    ["sha256", found.digest ?? found.sha256],
  ]);
  if (by.demonstration) byId("answer-lead").append(" ", both(DEMONSTRATION));
  const checks = found.checks ?? [];
  byId("checks").replaceChildren(...checks.map(check));
  byId("checks-details").hidden = checks.length === 0;
  byId("checks-details").open = !isGenuine;
}

function check({ number, code, outcome, passed, text, detail, reason }) {
  const said = outcome ?? (passed ? "passed" : "failed");
  const why = text ?? detail ?? reason;
  return element(
    "li",
    { "data-outcome": said, "data-code": code },
    element("span", { class: "step-number" }, `${number}.`),
    element("span", {}, element("strong", {}, STEPS[code] ? both(STEPS[code]) : code), why && element("span", { class: "small" }, why)),
    element("span", { class: "outcome" }, both(OUTCOMES[said] ?? OUTCOMES.undecided)),
  );
}

function showCertificate(found) {
  show(STATUSES[found.status] ?? OTHER_STATUS, [
    ["number", found.number],
    ["title", inBoth(found.title ?? { zh: found.title_zh, en: found.title_en })],
    ["organ", inBoth(found.organ ?? found.organ_name ?? { zh: found.organ_name_zh, en: found.organ_name_en })],
    ["subject", found.holder],
    ["valid_from", found.valid_from],
    ["valid_until", found.valid_until],
    ["sealed_at", time(found.sealed_at ?? found.issued_at)],
  ]);
  byId("checks-details").hidden = true;
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

function inBoth(text) {
  if (typeof text === "string") return text;
  return text?.zh && text?.en ? both(text) : text?.zh;
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
