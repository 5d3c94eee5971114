// What the server refuses is thrown as it is in WIT, { tag, val }; what a handler throws is the sentence in the operator's log.
export function explained(what, action) {
  try {
    return action();
  } catch (error) {
    const refusal = error?.payload ?? error;
    throw `${what}: ${refusal?.val ?? refusal?.tag ?? refusal}`;
  }
}
