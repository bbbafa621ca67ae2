// Consent to the use of the face: read, give, take back. Nothing is captured before it is recorded.

import { both, byId, element } from "./elements.js";
import { ask } from "./service.js";

const CHOOSE = { zh: "选这个办法", en: "Choose this" };

export class Consent {
  #current;
  #id;

  get isGiven() {
    return this.#id !== undefined;
  }

  get id() {
    return this.#id;
  }

  get version() {
    return this.#current?.version ?? "";
  }

  /** Fetch the text in force and show it with the ways without the face. */
  async read() {
    this.#current = await ask("/v1/consents/current");
    const { text, version, non_face_routes: routes } = this.#current;
    byId("consent-text").replaceChildren(
      element("div", { class: "consent-words", tabindex: "0", role: "group", "aria-labelledby": "consent-title" }, both(text)),
      element("p", { class: "small quiet" }, both({ zh: "同意书版本 {version}", en: "Consent text, version {version}" }, { version })),
    );
    byId("routes").replaceChildren(...routes.map((route) => item(route)));
  }

  /** The ways without the face as choices: `choose` is called with the one that was pressed. */
  offer(place, choose) {
    const routes = this.#current?.non_face_routes ?? [];
    place.replaceChildren(
      ...routes.map((route) => {
        const id = `${place.id}-${route.id}`;
        const button = element("button", { class: "link", type: "button", "aria-describedby": id }, both(CHOOSE));
        button.addEventListener("click", () => choose(route, button));
        return item(route, { id, button });
      }),
    );
  }

  /** Record the consent under the account that is signed in. */
  async give() {
    const made = await ask("/v1/consents", { method: "POST", json: { version: this.version } });
    this.#id = made.id;
  }

  /** Another person goes on: a consent is one account's own. */
  forget() {
    this.#id = undefined;
  }

  async takeBack() {
    const id = this.#id;
    if (id === undefined) return;
    await ask(`/v1/consents/${encodeURIComponent(id)}`, { method: "DELETE" });
    this.#id = undefined;
  }
}

function item({ title, text }, { id, button } = {}) {
  return element("li", {}, element("span", { id }, element("strong", {}, both(title)), both(text)), button && " ", button);
}
