// An invitation to take part in somebody's case: read the text, accept, consent to it as a verified person.

import { both, byId } from "./elements.js";
import { ask } from "./service.js";

const SUMMARY = { zh: "{organ} · {matter}：先看要确认的内容", en: "{organ}, {matter}: read first what you are asked" };
const DIGEST = { zh: "文本摘要 {digest}", en: "Digest of the text {digest}" };

export class Invitation {
  #token;
  #place;

  constructor(token) {
    this.#token = token;
  }

  /** The invitation that this page came with; undefined on any other page. */
  static here() {
    const token = document.body.dataset.invitation;
    return token && new Invitation(encodeURIComponent(token));
  }

  get isVerified() {
    return this.#place?.verified ?? false;
  }

  get purpose() {
    return { case_id: this.#place.case_id, party_id: this.#place.party_id };
  }

  /** Show the text before anybody signs in. An invitation that somebody accepted shows it to them alone. */
  async read() {
    try {
      this.#show(await ask(`/v1/invitations/${this.#token}`));
    } catch (problem) {
      if (problem.code !== "invitation.taken") throw problem;
    }
  }

  async accept() {
    this.#show(await ask(`/v1/invitations/${this.#token}/acceptance`, { method: "POST" }));
  }

  /** Ask again how far one is: accepting twice changes nothing. */
  async refresh() {
    await this.accept();
  }

  async agree() {
    const { case_id: caseId, party_id: partyId, text_digest: digest } = this.#place;
    this.#show(await ask(`/v1/cases/${caseId}/parties/${partyId}/consent`, { method: "POST", json: { text_digest: digest } }));
  }

  #show(place) {
    this.#place = place;
    const { organ, matter_name: matter, text } = place;
    const words = (tag) => SUMMARY[tag].replace("{organ}", organ.name[tag]).replace("{matter}", matter[tag]);
    byId("invitation-summary").replaceChildren(both({ zh: words("zh"), en: words("en") }));
    for (const shown of document.querySelectorAll("[data-invitation-text]")) shown.replaceChildren(both(text));
    byId("agree-digest").replaceChildren(both(DIGEST, { digest: place.text_digest.slice(0, 16) }));
    byId("invitation").hidden = false;
    byId("agree").hidden = place.consented;
    byId("agreed").hidden = !place.consented;
  }
}
