// Text and octets: headers and bodies are octets, since nobody promises that they are UTF-8.

/**
 * The octets of a text in UTF-8.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function octetsOf(text) {
  const octets = new Uint8Array(text.length * 3);
  let length = 0;
  for (const letter of text) {
    let code = letter.codePointAt(0) ?? 0;
    // Half of a pair is no character.
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    if (code < 0x80) {
      octets[length++] = code;
      continue;
    }
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    octets[length++] = [0, 0xc0, 0xe0, 0xf0][more] | (code >> (6 * more));
    for (let i = more - 1; i >= 0; i--) octets[length++] = 0x80 | ((code >> (6 * i)) & 0x3f);
  }
  return octets.slice(0, length);
}

/**
 * The text of octets in UTF-8; what is not UTF-8 becomes U+FFFD.
 * @param {Uint8Array} octets
 * @returns {string}
 */
export function textOf(octets) {
  let text = '';
  for (let at = 0; at < octets.length; ) {
    const first = octets[at++];
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const more = first >= 0xc2 && first < 0xe0 ? 1 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xf0 && first < 0xf5 ? 3 : 0;
    let code = first & (0x3f >> more);
    let read = 0;
    while (read < more && (octets[at] & 0xc0) === 0x80 && isNext(first, read, octets[at])) {
      code = (code << 6) | (octets[at++] & 0x3f);
      read++;
    }
    text += more > 0 && read === more ? String.fromCodePoint(code) : '\ufffd';
  }
  return text;
}

/**
 * Whether an octet may be the second one after the first: not of an overlong form, half of a pair, or past Unicode's end.
 * @param {number} first
 * @param {number} read how many have followed it already
 * @param {number} octet
 */
function isNext(first, read, octet) {
  if (read > 0) return true;
  if (first === 0xe0) return octet >= 0xa0;
  if (first === 0xed) return octet < 0xa0;
  if (first === 0xf0) return octet >= 0x90;
  return first !== 0xf4 || octet < 0x90;
}

/**
 * A text as the server takes it: half of a pair is no character, and becomes U+FFFD.
 * @param {string} text
 * @returns {string}
 */
export function wellFormed(text) {
  // The types of ES2022 do not know it yet.
  return /** @type {any} */ (String(text)).toWellFormed();
}
