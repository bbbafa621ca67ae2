// Consent to the use of the face: read, give, take back. Nothing is captured before it is recorded.

import { both, byId, element } from "./elements.js";
import { ask } from "./service.js";

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
    const { text, version } = this.#current;
    byId("consent-text").replaceChildren(
      element("div", { class: "consent-words", tabindex: "0", role: "group", "aria-labelledby": "consent-title" }, words(text)),
      element("p", { class: "small quiet" }, both({ zh: "同意书版本 {version}", en: "Consent text, version {version}" }, { version })),
    );
    const routes = this.#current.non_face_routes ?? this.#current.routes ?? [];
    if (routes.length > 0) {
      byId("routes").replaceChildren(...routes.map(route));
    }
    byId("routes-again").replaceChildren(...[...byId("routes").children].map((item) => item.cloneNode(true)));
  }

  /** Record the consent under the account that is signed in. */
  async give() {
    const made = await ask("/v1/consents", { method: "POST", json: { version: this.version } });
    this.#id = made.id;
  }

  async takeBack() {
    const id = this.#id;
    if (id === undefined) return;
    await ask(`/v1/consents/${encodeURIComponent(id)}`, { method: "DELETE" });
    this.#id = undefined;
  }
}

function words(text) {
  return typeof text === "string" ? document.createTextNode(text) : both(text);
}

function route(one) {
  if (typeof one === "string") return element("li", {}, one);
  const title = one.title ?? one.name;
  const detail = one.text ?? one.detail ?? one.description;
  return element("li", {}, title && element("strong", {}, words(title)), detail && words(detail));
}
