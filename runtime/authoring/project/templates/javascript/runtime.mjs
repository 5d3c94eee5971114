// What `evroute build` puts around a handler in JavaScript or TypeScript. It is written anew at
// every build; change src/ instead. QuickJS has the language; this adds what programs expect around
// it (console, TextEncoder, crypto, random numbers that differ from run to run), checks what goes
// to the server, and makes a sentence of whatever is thrown.
import { getStderr } from 'wasi:cli/stderr@0.2.12';
import { getStdout } from 'wasi:cli/stdout@0.2.12';
import { getInsecureRandomBytes } from 'wasi:random/insecure@0.2.12';
import { getRandomBytes } from 'wasi:random/random@0.2.12';

import { octetsOf, textOf } from './text.mjs';

// The most octets that a stream takes at once, and the most functions that the sentence of an
// exception names.
const WRITE_MAX = 4096;
const PLACES_MAX = 16;

// Places: the tools make one file of all sources; `lines` says where its lines came from, in runs
// of lines that follow each other: [first line here, source, first line there, how many].

const lines = Symbol.for('evroute.lines');

function place(line) {
  const table = globalThis[lines];
  for (const [first, source, from, count] of table?.runs ?? []) {
    if (line >= first && line < first + count) return [table.sources[source], from + line - first];
  }
  return null;
}

/** "at deep (src/handler.js:2) < handle (src/handler.js:5)" of an exception's stack, the innermost function first. */
function places(stack) {
  const found = [];
  for (const line of String(stack ?? '').split('\n')) {
    const frame = /^\s*at (.*?) ?\(.*:(\d+):\d+\)$/.exec(line);
    const at = frame && place(Number(frame[2]));
    // What is here itself, and what the tools added, has no source that an author knows.
    if (at && !at[0].startsWith('build/')) found.push(`${frame[1]} (${at[0]}:${at[1]})`);
  }
  return found.length === 0 ? '' : ` at ${found.slice(0, PLACES_MAX).join(' < ')}`;
}

/** What was thrown, as the sentence with which the run gives up. A string is one already. */
function sentence(thrown) {
  if (typeof thrown === 'string') return thrown;
  const refusal = thrown?.payload ?? thrown;
  if (typeof refusal?.tag === 'string') {
    const why = [refusal.tag.replaceAll('-', ' '), ...(refusal.val == null ? [] : [shown(refusal.val)])];
    return why.join(': ') + places(thrown.stack);
  }
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}${places(thrown.stack)}`;
  return `${shown(thrown)} was thrown, which is no Error and no string`;
}

// Shapes: what the WIT says of verdicts and parameters.

const NUMBERS = { u8: 2 ** 8 - 1, u16: 2 ** 16 - 1, u32: 2 ** 32 - 1, u64: Number.MAX_SAFE_INTEGER };

function shown(value) {
  let text;
  try {
    text = typeof value === 'string' ? JSON.stringify(value) : typeof value === 'function' ? `function ${value.name}` : JSON.stringify(value);
  } catch {}
  text ??= String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function literal(name, shape) {
  return shape === null ? `{ tag: '${name}' }` : `{ tag: '${name}', val: ... }`;
}

/** Why a value is not what the WIT says, or null. Of an object options that are omitted become null, as the server wants. */
function misfit(value, shape) {
  if (shape === null || shape === 'any') return null;
  if (shape === 'string') return typeof value === 'string' ? null : `${shown(value)}, which is not a string`;
  if (shape === 'bool') return typeof value === 'boolean' ? null : `${shown(value)}, which is not true or false`;
  if (shape === 'octets') {
    if (value instanceof Uint8Array) return null;
    return `${shown(value)}, which is not a Uint8Array${typeof value === 'string' ? ": write octets('...') of src/evroute/evroute.js" : ''}`;
  }
  if (shape === 'list') return Array.isArray(value) ? null : `${shown(value)}, which is not an array`;
  if (shape === 's64') return Number.isSafeInteger(value) ? null : `${shown(value)}, which is no whole number`;
  if (shape === 'f64') return typeof value === 'number' ? null : `${shown(value)}, which is not a number`;
  if (shape in NUMBERS) {
    const fits = Number.isInteger(value) && value >= 0 && value <= NUMBERS[shape];
    return fits ? null : `${shown(value)}, which is no whole number from 0 to ${NUMBERS[shape]}`;
  }
  if ('option' in shape) return value == null ? null : misfit(value, shape.option);
  if ('enum' in shape) {
    return shape.enum.includes(value) ? null : `${shown(value)}, which is not ${shape.enum.map((one) => `'${one}'`).join(' or ')}`;
  }
  if ('variant' in shape) {
    const name = value?.tag;
    if (typeof name === 'string' && Object.hasOwn(shape.variant, name)) return misfit(value.val, shape.variant[name]);
    return `${shown(value)}, which is not ${Object.entries(shape.variant).map(([one, inner]) => literal(one, inner)).join(' or ')}`;
  }
  if (typeof value !== 'object' || value === null) return `${shown(value)}, which is not an object`;
  for (const [field, inner] of Object.entries(shape.record)) {
    if (value[field] === undefined && inner?.option !== undefined) value[field] = null;
    const why = misfit(value[field], inner);
    if (why !== null) return `an object whose ${field} is ${why}`;
  }
  return null;
}

/** A value whose texts the server takes: half of a pair is no character, and becomes U+FFFD. */
function wellFormed(value) {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (value?.constructor !== Object) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, wellFormed(inner)]));
}

/** The handler of an event, which always ends with a verdict or a sentence. */
export function guarded(name, handler, shape) {
  const handle = handler?.handle;
  if (typeof handle !== 'function') throw new Error(`${name} has no function handle`);
  const where = () => {
    const at = place(handle.lineNumber);
    return at === null ? `${name}.handle` : `${name}.handle (${at[0]}:${at[1]})`;
  };
  return {
    handle(event) {
      let verdict;
      try {
        verdict = handle.call(handler, event);
      } catch (thrown) {
        throw wellFormed(sentence(thrown));
      }
      if (shape === null) return typeof verdict?.then === 'function' ? refuse(where(), verdict) : undefined;
      const why = misfit(verdict, shape);
      if (why !== null) refuse(where(), verdict, why);
      return wellFormed(verdict);
    },
  };
}

function refuse(where, verdict, why) {
  if (typeof verdict?.then === 'function') {
    throw `${where} returned a Promise, and nothing can be waited for in a run: take async away`;
  }
  throw wellFormed(`${where} returned ${why}`);
}

/** Puts a check before the methods of a class of the server's: another type would end the run without a word. */
export function checked(kind, name, methods) {
  for (const [method, { params, isStatic }] of Object.entries(methods)) {
    const owner = isStatic ? kind : kind.prototype;
    const original = owner?.[method];
    if (typeof original !== 'function') continue;
    owner[method] = function (...given) {
      for (let i = 0; i < params.length; i++) {
        const [parameter, shape] = params[i];
        const why = misfit(given[i], shape);
        if (why !== null) throw new TypeError(`${name}.${method}: ${parameter} is ${why}`);
        given[i] = wellFormed(given[i] ?? null);
      }
      return original.apply(this, given);
    };
  }
}

// The console: a line of the operator's log each, as whatever is printed.

let streams = null;

function print(stream, parts) {
  streams ??= [getStdout(), getStderr()];
  const octets = octetsOf(`${parts.map(printed).join(' ')}\n`);
  for (let at = 0; at < octets.length; at += WRITE_MAX) {
    streams[stream].blockingWriteAndFlush(octets.slice(at, at + WRITE_MAX));
  }
}

function printed(part) {
  if (typeof part === 'string') return part;
  if (part instanceof Error) return sentence(part);
  if (typeof part === 'object' && part !== null) {
    try {
      return JSON.stringify(part);
    } catch {}
  }
  return String(part);
}

const out = (...parts) => print(0, parts);
const err = (...parts) => print(1, parts);
globalThis.console = { log: out, info: out, debug: out, warn: err, error: err, trace: err };

// Text.

globalThis.TextEncoder = class TextEncoder {
  get encoding() {
    return 'utf-8';
  }
  encode(text = '') {
    return octetsOf(String(text));
  }
};
globalThis.TextDecoder = class TextDecoder {
  constructor(label = 'utf-8') {
    if (!/^utf-?8$/i.test(label)) throw new RangeError(`TextDecoder: ${label} is not known here, only utf-8`);
  }
  get encoding() {
    return 'utf-8';
  }
  decode(octets = new Uint8Array()) {
    return textOf(new Uint8Array(octets.buffer ?? octets, octets.byteOffset ?? 0, octets.byteLength));
  }
};

// Randomness. The picture of the interpreter that every run begins with has none yet: the first who
// asks in a run gets it from the run's seed. Math.random is sfc32.

let state = null;

Math.random = () => {
  state ??= new Uint32Array(getInsecureRandomBytes(16).buffer);
  const sum = (state[0] + state[1] + state[3]) | 0;
  state[3] += 1;
  state[0] = state[1] ^ (state[1] >>> 9);
  state[1] = (state[2] + (state[2] << 3)) | 0;
  state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum;
  return (sum >>> 0) / 2 ** 32;
};

globalThis.crypto = {
  getRandomValues(array) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(getRandomBytes(array.byteLength));
    return array;
  },
  randomUUID() {
    const octets = getRandomBytes(16);
    octets[6] = (octets[6] & 0x0f) | 0x40;
    octets[8] = (octets[8] & 0x3f) | 0x80;
    const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  },
};
