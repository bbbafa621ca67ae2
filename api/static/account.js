// The applicant's account: who is signed in, open one, sign in.

import { ask, Problem } from "./service.js";

/** The account that is signed in; undefined where nobody is. */
export async function current() {
  try {
    return await ask("/v1/accounts/me");
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return undefined;
    throw problem;
  }
}

export async function open({ username, password }) {
  return await ask("/v1/accounts", { method: "POST", json: { username, password } });
}

export async function signIn({ username, password }) {
  return await ask("/v1/sign-ins", { method: "POST", json: { username, password } });
}

export async function signOut() {
  await ask("/v1/sign-ins/current", { method: "DELETE" });
}
