// The service behind the pages: one function a kind of request, and one error that carries a problem document.

import { language } from "./language.js";

/** A refusal (RFC 9457) or a broken connection; `message` is in the reader's language. */
export class Problem extends Error {
  constructor({ status = 0, code = "connection", detail = "", faults = [], retryAfter = 0 }) {
    super(detail || CONNECTION[language()]);
    Object.assign(this, { status, code, faults, retryAfter });
  }

  get isPassing() {
    return this.status === 0 || this.status === 503 || this.status === 502 || this.status === 504;
  }
}

const CONNECTION = {
  zh: "连不上服务。请检查网络后再试，您填写的内容还在。",
  en: "The service cannot be reached. Check the network and try again; what you typed is still here.",
};

export async function ask(path, { method = "GET", json, body, type } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": language() };
  if (method === "POST") headers["Idempotency-Key"] = newKey();
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (type) headers["Content-Type"] = type;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: json === undefined ? body : JSON.stringify(json), credentials: "same-origin" });
  } catch {
    throw new Problem({});
  }
  return read(answer.status, await answer.text(), answer.headers.get("Retry-After"));
}

function read(status, text, retryAfter) {
  let document = {};
  try {
    document = text ? JSON.parse(text) : {};
  } catch {
    document = {};
  }
  if (status >= 200 && status < 300) return document;
  throw new Problem({ ...document, status, retryAfter: Number(retryAfter) || 0 });
}

/** A random key for Idempotency-Key; crypto.randomUUID is missing where a page is not HTTPS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
