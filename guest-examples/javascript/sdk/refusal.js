// What the server refuses is thrown as it is in the WIT, { tag, val }; what a handler throws is the sentence in the operator's log.

/**
 * Does what may be refused: "table blocked: not granted".
 * @template T
 * @param {string} what what it is about
 * @param {() => T} action
 * @returns {T}
 */
export function explained(what, action) {
  try {
    return action();
  } catch (error) {
    const refusal = /** @type {any} */ (error)?.payload ?? error;
    if (typeof refusal?.tag !== 'string') throw error;
    const parts = refusal.tag === 'other' ? [what] : [what, refusal.tag.replaceAll('-', ' ')];
    throw [...parts, ...(refusal.val == null ? [] : [refusal.val])].join(': ');
  }
}
