// What every handler in JavaScript and TypeScript would repeat. esbuild leaves out what a handler does not import, so that a
// component asks for nothing else. Texts, numbers, octets (Uint8Array) and null are the values of variables, tables and
// databases here; what the server refuses is thrown as a sentence, which a handler that does not catch it gives up with.
export * from './log.js';
export * as pv from './pv.js';
export * as shv from './shv.js';
export { Table } from './table.js';
export { Database } from './database.js';
export { raise } from './raise.js';
export { valueOf } from './value.js';
export { explained } from './refusal.js';
export { appendHeader, body, header, headers, setBody, setHeader } from './header.js';
export { fields, removeHeaders } from './fields.js';
export * as reply from './reply.js';
export { octetsOf as octets, textOf as text } from './text.js';
