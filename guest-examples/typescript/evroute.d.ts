// What the examples use of the server's interfaces, as TypeScript sees them: see wit/ for all of it and what it means.
// Results are returned or thrown, options are null, numbers of 64 bits are exact up to 2 to the power of 53.

declare module 'evroute:pv/types@0.1.0' {
  export type Value =
    | { tag: 'null' }
    | { tag: 'int'; val: number }
    | { tag: 'text'; val: string }
    | { tag: 'octets'; val: Uint8Array };
}

declare module 'evroute:pv/pv@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  export function get(name: string): Value;
  export function set(name: string, value: Value): void;
}

declare module 'evroute:pv/shv@0.1.0' {
  export function add(name: string, delta: number): number;
}

declare module 'evroute:log/log@0.1.0' {
  export function log(level: 'error' | 'warning' | 'notice' | 'info' | 'debug', text: string): void;
}

declare module 'evroute:htable/htable@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  export class Table {
    static open(name: string): Table;
    get(key: string): Value | null;
    set(key: string, value: Value, ttlSeconds: number | null): void;
    remove(key: string): boolean;
    add(key: string, delta: number): number;
  }
}

declare module 'evroute:sql/sql@0.1.0' {
  export type Value =
    | { tag: 'null' }
    | { tag: 'int' | 'real'; val: number }
    | { tag: 'text'; val: string }
    | { tag: 'octets'; val: Uint8Array };
  export class Connection {
    static open(label: string): Connection;
    execute(statement: string, parameters: Value[]): number;
  }
}

declare module 'evroute:sip/types@0.1.0' {
  export interface Message {
    method(): string;
    requestUri(): string | null;
    fromUri(): string;
    fromUser(): string | null;
  }
}

declare module 'evroute:htable/mod-init@0.1.0' {
  export interface ModInitEvent {
    tenant(): string;
  }
  export interface ModInit {
    handle(event: ModInitEvent): 'proceed' | 'abort-startup';
  }
}

declare module 'evroute:htable/expired@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  export interface ExpiredEvent {
    table(): string;
    key(): string;
    value(): Value;
  }
  export interface Expired {
    handle(event: ExpiredEvent): { tag: 'remove' } | { tag: 'extend'; val: number };
  }
}

declare module 'evroute:tm/local-request@0.1.0' {
  import type { Message } from 'evroute:sip/types@0.1.0';
  export interface LocalRequest {
    handle(event: { message(): Message }): 'send' | 'drop';
  }
}

declare module 'evroute:core/request@0.1.0' {
  import type { Message } from 'evroute:sip/types@0.1.0';
  export type Verdict =
    | { tag: 'pass' | 'drop' }
    | { tag: 'reject'; val: { code: number; reason: string | null } };
  export interface Request {
    handle(event: { message(): Message }): Verdict;
  }
}
