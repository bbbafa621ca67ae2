// Staff sign in: password and authenticator code; at the first time both are set up. Each step is a section of the page.

import { current, signOut } from "./account.js";
import { byId } from "./elements.js";
import * as fields from "./fields.js";
import { ask, Problem } from "./service.js";

const SECTIONS = ["sign-in", "change", "enrol"];
const NEXT = { change_password: "change", enrol_second_factor: "enrol" };

/** Lead to a signed-in account of staff; `onReady(account)` is called each time there is one. */
export async function begin(onReady, hold) {
  const goOn = (account) => step(account, onReady);
  on("sign-in-form", hold, async ({ username, password, totp }) => {
    const account = await ask("/v1/sign-ins", { method: "POST", json: { username, password, ...(totp && { totp }) } });
    document.body.dataset.hasSignIn = "";
    return goOn(account);
  });
  on("change-form", hold, async ({ current: old, new: chosen }) => goOn(await ask("/v1/accounts/me/password", { method: "POST", json: { current: old, new: chosen } })));
  on("enrol-form", hold, async ({ code }) => goOn(await ask("/v1/accounts/me/totp", { method: "PUT", json: { code } })));
  byId("sign-out").addEventListener("click", () => hold(async () => {
    await signOut();
    await goOn(undefined);
  }));
  await hold(async () => goOn(await current()));
}

async function step(account, onReady) {
  const wanted = account ? NEXT[account.next_step] : "sign-in";
  for (const id of SECTIONS) byId(id).hidden = id !== wanted;
  byId("desk").hidden = Boolean(wanted);
  if (wanted === "enrol") await showSecret();
  if (wanted) byId(`${wanted}-title`).focus();
  else await onReady(account);
}

async function showSecret() {
  const { secret, qr } = await ask("/v1/accounts/me/totp", { method: "POST" });
  const picture = qr.includes("xmlns=") ? qr : qr.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
  byId("enrol-picture").src = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  byId("enrol-secret").textContent = secret.match(/.{1,4}/g).join(" ");
}

/** Send a form: what the service blames is shown beside its field, the rest above. Secrets do not stay in the page. */
function on(id, hold, send) {
  const form = byId(id);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!fields.complete(form)) return;
    const values = Object.fromEntries([...form.elements].filter(({ name }) => name).map((input) => [input.name, input.type === "password" ? input.value : input.value.trim()]));
    hold(async () => {
      try {
        await send(values);
        form.reset();
      } catch (problem) {
        if (!(problem instanceof Problem && fields.show(form, problem))) throw problem;
      }
    });
  });
}
