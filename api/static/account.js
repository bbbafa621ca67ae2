// The applicant's account: who is signed in, open one, sign in.

import { ask, Problem } from "./service.js";

/** The account that is signed in; undefined where nobody is. Asks only where the page came with a sign-in. */
export async function current() {
  if (!("hasSignIn" in document.body.dataset)) return undefined;
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
  const account = await ask("/v1/sign-ins", { method: "POST", json: { username, password } });
  document.body.dataset.hasSignIn = "";
  return account;
}

export async function signOut() {
  await ask("/v1/sign-ins/current", { method: "DELETE" });
  delete document.body.dataset.hasSignIn;
}
