// What is around the language in a run, beside ECMAScript's own: written by `evroute build` into every component.
// There are no timers, no fetch, no files.

/** A line of the operator's log: log, info and debug at the level info, the others as warnings. */
declare const console: Record<'log' | 'info' | 'debug' | 'warn' | 'error' | 'trace', (...parts: unknown[]) => void>;

/** Texts to octets in UTF-8. */
declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

/** Octets in UTF-8 to texts; what is not UTF-8 becomes U+FFFD. */
declare class TextDecoder {
  constructor(label?: 'utf-8' | 'utf8');
  readonly encoding: string;
  decode(octets?: ArrayBufferView | ArrayBuffer): string;
}

/** Random numbers of the run's seed, as `Math.random()` has them too. */
declare const crypto: {
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): string;
};

declare function atob(text: string): string;
declare function btoa(text: string): string;
