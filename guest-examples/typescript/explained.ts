// What the server refuses is thrown as it is in WIT, { tag, val }; what a handler throws is the sentence in the operator's log.
type Refusal = { tag: string; val?: string };

export function explained<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const refusal = ((error as { payload?: Refusal }).payload ?? error) as Refusal;
    throw `${what}: ${refusal.val ?? refusal.tag ?? error}`;
  }
}
