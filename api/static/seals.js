// The administrators' page: propose a seal, approve or reject what another proposed, take one's own back.

import { both, byId, element } from "./elements.js";
import * as fields from "./fields.js";
import { language } from "./language.js";
import { ask, Problem } from "./service.js";
import { begin } from "./staff_account.js";

const WORKING = { zh: "正在办理", en: "Working" };
const NOT_ALLOWED = { zh: "此页面只供管理员使用。请退出后用管理员账号登录。", en: "This page is for administrators. Sign out and use an administrator's account." };
const SIGNED_IN = { zh: "已登录：{username}", en: "Signed in: {username}" };
const STATES = {
  proposed: { zh: "待另一人决定", en: "Waits for another" },
  approved: { zh: "已批准，待启用", en: "Approved, not in force yet" },
  in_force: { zh: "已启用", en: "In force" },
  rejected: { zh: "已驳回", en: "Rejected" },
  withdrawn: { zh: "已撤回", en: "Withdrawn" },
  expired: { zh: "已失效", en: "Lapsed" },
  failed: { zh: "启用失败", en: "Could not come in force" },
};
const LABELS = {
  code: { zh: "印章编码", en: "Seal code" },
  shown_name: { zh: "印面名称", en: "Name in the ring" },
  diameter: { zh: "直径", en: "Diameter" },
  key_name: { zh: "密钥", en: "Key" },
  certificate: { zh: "证书 SHA-256", en: "SHA-256 of the certificate" },
  since: { zh: "启用时间", en: "In force from" },
  proposed_at: { zh: "提出时间", en: "Proposed" },
  expires_at: { zh: "决定期限", en: "Decide before" },
  decided_at: { zh: "决定时间", en: "Decided" },
  reason: { zh: "原因", en: "Why" },
};
const APPROVE = { zh: "核对无误，批准", en: "It is as it should be: approve" };
const REJECT = { zh: "驳回", en: "Reject" };
const WITHDRAW = { zh: "撤回", en: "Take it back" };
const WHY = { zh: "驳回原因", en: "Why it is rejected" };
const WHY_MISSING = { zh: "请写明驳回原因。", en: "Say why it is rejected." };
const OWN = { zh: "由您提出，须由另一名管理员决定。", en: "You proposed it; another administrator decides." };
const UNREADABLE = { zh: "这不是 novisit certificates import 输出的内容。", en: "This is not what novisit certificates import printed." };
const FIELDS = { organ_id: "organ_id", code: "seal_code", key_name: "key_name", certificates: "certificates" };

async function hold(work) {
  byId("failure").hidden = true;
  byId("working").replaceChildren(both(WORKING));
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    byId("failure").replaceChildren(error instanceof Problem && error.code === "account.not_allowed" ? both(NOT_ALLOWED) : error.message);
    byId("failure").hidden = false;
  } finally {
    byId("working").replaceChildren();
  }
}

async function showDesk({ username }) {
  byId("signed-in").replaceChildren(both(SIGNED_IN, { username }));
  await showProposals();
}

async function showProposals() {
  const found = await ask("/v1/seal-proposals");
  byId("none").hidden = found.length > 0;
  byId("proposals").replaceChildren(...found.map(proposal));
}

function proposal(one) {
  const facts = [
    ["code", one.code],
    ["shown_name", one.shown_name],
    ["diameter", `${one.diameter_mm} mm`],
    ["key_name", element("code", {}, one.key_name)],
    ["certificate", one.certificate_sha256 && element("code", {}, one.certificate_sha256)],
    ["since", time(one.since)],
    ["proposed_at", time(one.proposed_at)],
    ["expires_at", one.state === "proposed" && time(one.expires_at)],
    ["decided_at", one.decided_at && time(one.decided_at)],
    ["reason", one.reason],
  ].filter(([, value]) => value);
  return element(
    "li",
    { class: "card proposal", "data-state": one.state, "data-proposal": one.id },
    element("h3", {}, `${one.holder}`, element("span", { class: "state" }, both(STATES[one.state]))),
    element("img", { class: "picture", src: `/v1/seal-proposals/${encodeURIComponent(one.id)}/picture`, alt: `${one.holder} ${one.code}`, width: 160, height: 160, loading: "lazy" }),
    element("dl", { class: "facts" }, ...facts.flatMap(([label, value]) => [element("dt", {}, both(LABELS[label])), element("dd", { "data-fact": label }, value)])),
    one.state === "proposed" && (one.is_own ? ownActions(one) : actions(one)),
  );
}

function ownActions(one) {
  return element("div", { class: "actions" }, element("span", { class: "quiet" }, both(OWN)), button(WITHDRAW, "button button-plain", () => decide(one, "withdrawal")));
}

function actions(one) {
  const reason = element("input", { id: `reason-${one.id}`, maxlength: 500, "aria-describedby": `reason-${one.id}-fault` });
  const field = element(
    "div",
    { class: "field refusal" },
    element("label", { for: reason.id }, both(WHY)),
    reason,
    element("p", { class: "fault", id: `${reason.id}-fault`, hidden: true }),
  );
  const reject = () => {
    if (reason.value.trim()) return decide(one, "rejection", { reason: reason.value.trim() });
    fields.blame(reason, both(WHY_MISSING));
    reason.focus();
  };
  return element("div", { class: "actions" }, button(APPROVE, "button", () => decide(one, "approval")), field, button(REJECT, "button button-refuse", reject));
}

function button(words, kind, act) {
  const made = element("button", { type: "button", class: kind }, both(words));
  made.addEventListener("click", act);
  return made;
}

function decide({ id }, what, json) {
  return hold(async () => {
    try {
      await ask(`/v1/seal-proposals/${encodeURIComponent(id)}/${what}`, { method: "POST", json });
    } finally {
      await showProposals();
    }
    byId("waiting-title").focus();
  });
}

byId("printed").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  fields.clear(byId("propose-form"));
  try {
    const printed = JSON.parse(await file.text());
    for (const [name, id] of Object.entries(FIELDS)) byId(id).value = String(printed[name] ?? "");
  } catch {
    fields.blame(target, both(UNREADABLE));
  }
  target.value = "";
});

byId("propose-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (!fields.complete(form)) return;
  const json = Object.fromEntries(Object.entries(FIELDS).map(([name, id]) => [name, byId(id).value.trim()]));
  const since = byId("since").value;
  hold(async () => {
    try {
      await ask("/v1/seal-proposals", { method: "POST", json: { ...json, ...(since && { since: `${since}:00+08:00` }) } });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const named = problem.faults.map((fault) => ({ ...fault, where: fault.where.map((part) => FIELDS[part] ?? part) }));
      if (!fields.show(form, { faults: named })) throw problem;
      return;
    }
    form.reset();
    await showProposals();
    byId("waiting-title").focus();
  });
});

function time(iso) {
  const words = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : "zh-CN", { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Shanghai" });
  return `${words.format(new Date(iso))} ${language() === "en" ? "(Beijing time)" : "（北京时间）"}`;
}

document.addEventListener("language", () => {
  if (!byId("desk").hidden) hold(showProposals);
});

begin(showDesk, hold);
