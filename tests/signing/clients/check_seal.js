// Check the seal of an unpacked OFD file with sm-crypto alone; nothing of novisit is used here.
//
// node check_seal.js FOLDER: prints which digests and which signatures hold, as JSON.

"use strict";
const fs = require("fs");
const path = require("path");
const { sm2, sm3 } = require(path.join(process.env.CLIENTS, "node_modules", "sm-crypto"));

const USER = { der: true, hash: true, userId: "1234567812345678" };
const CURVE = Buffer.from("06082a811ccf5501822d", "hex");
const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name));
const digest = (content) => sm3([...content]);

// The elements inside of a constructed DER element.
function inside(der) {
  const found = [];
  for (let at = header(der, 0).start; at < header(der, 0).end; ) {
    const { end } = header(der, at);
    found.push(der.subarray(at, end));
    at = end;
  }
  return found;
}

function header(der, at) {
  const first = der[at + 1];
  const count = first & 0x80 ? first & 0x7f : 0;
  const length = count ? der.readUIntBE(at + 2, count) : first;
  const start = at + 2 + count;
  return { start, end: start + length };
}

const content = (element) => element.subarray(header(element, 0).start);
const bits = (element) => content(element).subarray(1);

// The public key of a certificate: the bit string behind the name of the curve.
function keyOf(certificate) {
  const at = certificate.indexOf(CURVE) + CURVE.length;
  return bits(certificate.subarray(at, header(certificate, at).end)).toString("hex");
}

const verifies = (signed, signature, certificate) =>
  sm2.doVerifySignature([...signed], signature.toString("hex"), keyOf(certificate), USER);

const signatureXml = read("Doc_0/Signs/Sign_0/Signature.xml");
const [toSign, signer, , value] = inside(read("Doc_0/Signs/Sign_0/SignedValue.dat"));
const [, seal, , signedDigest] = inside(toSign);
const [info, maker, , makerValue] = inside(seal);

const digests = {};
for (const [, name, told] of signatureXml.toString().matchAll(/FileRef="\/([^"]+)"\s*>\s*<ofd:CheckValue>([^<]+)</g)) {
  digests[name] = digest(read(name)) === Buffer.from(told, "base64").toString("hex");
}
process.stdout.write(
  JSON.stringify({
    digests,
    signature_xml: digest(signatureXml) === bits(signedDigest).toString("hex"),
    signature: verifies(toSign, bits(value), content(signer)),
    seal: verifies(info, bits(makerValue), content(maker)),
  }),
);
