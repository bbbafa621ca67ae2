// The browser's own check of a proof of the public log: RFC 9162 trees with SHA-256, heads signed with ECDSA P-256.
// Nothing the service says of the proof is believed; docs/guide/transparency.md has the bytes.

export const FORMAT = "novisit-log-proof-1";
const LEAF_FORMAT = "novisit-seal-log-1";
const CONTEXT = "novisit tree head 1\n";
const HASH_BYTES = 32;
const COORDINATE_BYTES = 32;

/** A proof that does not hold; `message` says which part, for the console and the tests. */
export class ProofRefused extends Error {}

/** Whether this browser can check at all: WebCrypto is missing where a page is not HTTPS. */
export function canCheck() {
  return Boolean(globalThis.crypto?.subtle);
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/**
 * Check that every entry stands under the signed head, and that number and file are those of the entries.
 *
 * `keys` are the log's public keys as the service publishes them (log id, PEM); `digest` is the SHA-256 of the
 * file in hand; `status` is what the service says of the certificate. Throws ProofRefused.
 */
export async function checkProof(proof, { keys, number, digest, status }) {
  require(proof.format === FORMAT && proof.entries.length > 0, "the form of the proof");
  await checkHead(proof.head, keys);
  for (const entry of proof.entries) {
    const leaf = await sha256(join(Uint8Array.of(0), text(entry.leaf)));
    require(hex(leaf) === entry.leaf_hash, "the hash of an entry");
    await checkInclusion({ leaf, index: entry.index, size: proof.head.tree_size, path: entry.path, root: proof.head.root_hash });
  }
  const leaves = proof.entries.map(({ leaf }) => JSON.parse(leaf));
  require(leaves.every(({ format, certificate }) => format === LEAF_FORMAT && certificate === leaves[0].certificate), "one certificate in all entries");
  require(leaves[0].event === "issued" && leaves.slice(1).every(({ event }) => event !== "issued"), "an issue before an end");
  // An end may be entered before a head covers it; but what the log ended, the service may not call valid.
  require(leaves.length === 1 || status !== "issued", "a certificate that the log ended");
  if (digest) await checkOpening(proof.opening, leaves, { number, digest });
}

/** Check a head's signature under the key whose SHA-256 is the id of the log. */
export async function checkHead(head, keys) {
  const named = keys.find(({ log_id: id }) => id === head.log_id);
  require(named, "a key of the log for this head");
  const der = bytesOfPem(named.pem);
  require(hex(await sha256(der)) === head.log_id, "the id of the log");
  const key = await crypto.subtle.importKey("spki", der, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, rawSignature(base64(head.signature)), signedBytes(head));
  require(holds, "the signature of the head");
}

/** Lead an audit path from a leaf to the root (section 2.1.3.2). */
export async function checkInclusion({ leaf, index, size, path, root }) {
  require(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size, "the place of an entry");
  let [place, last, hash] = [index, size - 1, leaf];
  for (const sibling of path.map(bytes)) {
    require(last > 0, "the length of the path");
    if (place % 2 === 1 || place === last) {
      hash = await nodeHash(sibling, hash);
      [place, last] = aboveLone(place, last);
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  require(last === 0 && hex(hash) === root, "the path from an entry to the root");
}

/** Check that the tree of the larger head begins with that of the smaller (section 2.1.4.2). */
export async function checkConsistency(first, second, proof) {
  require(first.tree_size > 0 && first.tree_size <= second.tree_size, "the sizes of two heads");
  if (first.tree_size === second.tree_size) {
    require(first.root_hash === second.root_hash && proof.length === 0, "one root for one size");
    return;
  }
  const path = proof.map(bytes);
  if (isPowerOfTwo(first.tree_size)) path.unshift(bytes(first.root_hash));
  require(path.length > 0, "the length of the path");
  let [place, last] = [first.tree_size - 1, second.tree_size - 1];
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  let [old, grown] = [path[0], path[0]];
  for (const hash of path.slice(1)) {
    require(last > 0, "the length of the path");
    if (place % 2 === 1 || place === last) {
      [old, grown] = [await nodeHash(hash, old), await nodeHash(hash, grown)];
      [place, last] = aboveLone(place, last);
    } else {
      grown = await nodeHash(grown, hash);
    }
    [place, last] = [half(place), half(last)];
  }
  require(last === 0 && hex(old) === first.root_hash && hex(grown) === second.root_hash, "the way from one head to the next");
}

/** The entries hold number and files as salted digests: see that they are those in hand. */
async function checkOpening(opening, leaves, { number, digest }) {
  require(opening, "what opens the entries");
  require(opening.number === number, "the number of the certificate");
  require(Object.values(opening.documents).includes(digest), "the file in hand");
  const certificate = await commit(opening.salt, "certificate", number);
  for (const leaf of leaves) {
    require(leaf.certificate === certificate, "the certificate of an entry");
    require(Object.keys(leaf.documents).length === Object.keys(opening.documents).length, "the files of an entry");
    for (const [form, sha] of Object.entries(opening.documents)) {
      require(leaf.documents[form] === (await commit(opening.salt, `document-${form}`, sha)), "a file of an entry");
    }
  }
}

async function commit(salt, purpose, value) {
  return hex(await sha256(text(JSON.stringify([LEAF_FORMAT, salt, purpose, value]))));
}

/** TreeHeadDataV2 behind the id of the log (section 4.10). */
function signedBytes({ log_id: id, timestamp_ms: at, tree_size: size, root_hash: root }) {
  const numbers = new DataView(new ArrayBuffer(16));
  numbers.setBigUint64(0, BigInt(at));
  numbers.setBigUint64(8, BigInt(size));
  return join(text(CONTEXT), Uint8Array.of(HASH_BYTES), bytes(id), new Uint8Array(numbers.buffer), Uint8Array.of(HASH_BYTES), bytes(root), Uint8Array.of(0, 0));
}

/** WebCrypto takes the two numbers of a signature side by side; the log writes them in DER. */
function rawSignature(der) {
  require(der[0] === 0x30 && der[1] === der.length - 2, "the form of a signature");
  const numbers = [];
  for (let at = 2; at < der.length; at += 2 + der[at + 1]) {
    const number = der.slice(at + 2, at + 2 + der[at + 1]);
    const digits = number.slice(Math.max(0, number.length - COORDINATE_BYTES));
    require(der[at] === 0x02 && number.length > 0 && number.slice(0, -COORDINATE_BYTES).every((byte) => byte === 0), "the form of a signature");
    numbers.push(join(new Uint8Array(COORDINATE_BYTES - digits.length), digits));
  }
  require(numbers.length === 2, "the form of a signature");
  return join(...numbers);
}

function nodeHash(left, right) {
  return sha256(join(Uint8Array.of(1), left, right));
}

function aboveLone(place, last) {
  let [at, end] = [place, last];
  while (at % 2 === 0 && at > 0) [at, end] = [half(at), half(end)];
  return [at, end];
}

// Places may pass what JavaScript shifts, so they are halved.
function half(number) {
  return Math.floor(number / 2);
}

function isPowerOfTwo(number) {
  let rest = number;
  while (rest > 1 && rest % 2 === 0) rest /= 2;
  return rest === 1;
}

function require(holds, what) {
  if (!holds) throw new ProofRefused(`the proof of the log does not hold: ${what}`);
}

function bytes(hexadecimal) {
  require(/^[0-9a-f]{64}$/.test(hexadecimal), "a hash");
  return Uint8Array.from(hexadecimal.match(/../g), (pair) => Number.parseInt(pair, 16));
}

export function hex(given) {
  return Array.from(given, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(given) {
  return Uint8Array.from(atob(given), (sign) => sign.charCodeAt(0));
}

function bytesOfPem(pem) {
  return base64(pem.replace(/-----[A-Z ]+-----|\s/g, ""));
}

function text(given) {
  return new TextEncoder().encode(given);
}

function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
