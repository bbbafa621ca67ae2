// What this browser remembers of the public log: the largest head it has checked. A log that no longer begins
// with it was written anew, whoever signed it.

import { checkConsistency, ProofRefused } from "./log_proof.js";
import { ask, Problem } from "./service.js";

const PLACE = "novisit_log_heads";

/** Hold a checked head against the one remembered of this log, and remember the larger. Throws ProofRefused. */
export async function remember({ log_id: id, tree_size, root_hash }) {
  const heads = read();
  const [known, found] = [heads[id], { tree_size, root_hash }];
  if (known) {
    const [first, second] = known.tree_size <= tree_size ? [known, found] : [found, known];
    await checkConsistency(first, second, first.tree_size === second.tree_size ? [] : await pathBetween(first, second));
  }
  if (!known || known.tree_size < tree_size) write({ ...heads, [id]: found });
}

/** The proof from one size to another. A log that has none for a head it once signed has lost entries. */
async function pathBetween(first, second) {
  try {
    const { path } = await ask(`/v1/transparency/consistency?first=${first.tree_size}&second=${second.tree_size}`);
    return path;
  } catch (error) {
    if (error instanceof Problem && !error.isPassing && error.status !== 429) throw new ProofRefused("the log no longer knows a head that it signed");
    throw error;
  }
}

// A browser may keep nothing for a page (storage switched off): then each visit is the first.
function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE) ?? "{}");
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

function write(heads) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(heads));
  } catch (error) {
    console.info("this browser keeps no head of the log:", error.name);
  }
}
