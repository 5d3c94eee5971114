// What the server refuses is thrown as it is in the WIT, { tag, val }; what a handler throws is the sentence in the operator's log.

/**
 * What is to be thrown for it: "table blocked: not granted".
 * @param {string} what what it is about
 * @param {any} error what was thrown
 */
export function refused(what, error) {
  const refusal = error?.payload ?? error;
  if (typeof refusal?.tag !== 'string') return error;
  const parts = refusal.tag === 'other' ? [what] : [what, refusal.tag.replaceAll('-', ' ')];
  return [...parts, ...(refusal.val == null ? [] : [refusal.val])].join(': ');
}

/**
 * Does what may be refused. The functions here have that inline, since a closure costs more than a call of the server.
 * @template T
 * @param {string} what
 * @param {() => T} action
 * @returns {T}
 */
export function explained(what, action) {
  try {
    return action();
  } catch (error) {
    throw refused(what, error);
  }
}
