// The server's interfaces as modules, printed from wit/ by `make sdks`.
//
// Options that are none are null, bytes are a Uint8Array, numbers of 64 bits are exact up to 2 to the power of 53. What may be
// refused throws an error whose `payload` is the case in the WIT; evroute.js makes sentences of that.

/** SIP messages as handlers see them. */
declare module 'evroute:sip/types@0.1.0' {
  /** Why an edit was refused. Nothing was changed. */
  export type EditError =
    /** This event cannot honour the edit (for example a header of a message that has left already). */
    | { tag: 'not-allowed-here' }
    /**
     * The value would break the message: CR, LF or NUL in it, not a URI, not a header name.
     * The text says which, for the log only.
     */
    | { tag: 'invalid'; val: string }
    /** The message would grow past the server's size or header count limit. */
    | { tag: 'too-large' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /**
   * The message an event is about: a handler's own copy.
   *
   * Edits are visible to later reads in the same run and reach the wire only if the run returns a
   * verdict. Octets that are not ASCII come %-escaped from getters that return a string; raw octets come
   * from those that return a list.
   */
  export class Message {
    private constructor();
    /** True for a request, false for a response. */
    isRequest(): boolean;
    /** The method, case kept; for a response that of its CSeq. `$rm`. */
    method(): string;
    /** The Request-URI as it would be sent now; none in a response. `$ru`. */
    requestUri(): string | null;
    /** The status code; none in a request. `$rs`. */
    statusCode(): number | null;
    /** The URI of From. `$fu`. */
    fromUri(): string;
    /** The user part of From's URI; none when it has none. `$fU`. */
    fromUser(): string | null;
    /** The tag of From. `$ft`. */
    fromTag(): string | null;
    /** The URI of To. `$tu`. */
    toUri(): string;
    /** The user part of To's URI; none when it has none. `$tU`. */
    toUser(): string | null;
    /** The tag of To; none outside a dialog. `$tt`. */
    toTag(): string | null;
    /** Call-ID. `$ci`. */
    callId(): string;
    /** The number of CSeq. `$cs`. */
    cseq(): number;
    /**
     * The first header field of this name, folded lines joined, outer white space cut. Names are compared
     * without case and compact forms count as the long name. `$hdr(name)`.
     */
    header(name: string): Uint8Array | null;
    /** All header fields of this name in order, at most `limit` of them. */
    headers(name: string, limit: number): Uint8Array[];
    /** The body, empty when there is none. `$rb`. */
    body(): Uint8Array;
    /** Replaces the Request-URI. `$ru = ...`. */
    setRequestUri(uri: string): void;
    /** Adds a header field after the last one. `append_hf`. */
    appendHeader(name: string, value: Uint8Array): void;
    /** Leaves exactly one header field of this name, with this value. */
    setHeader(name: string, value: Uint8Array): void;
    /**
     * Removes every header field of this name and returns how many there were. Via, From, To, Call-ID, CSeq,
     * Max-Forwards, Route, Record-Route and Content-Length belong to the server: not-allowed-here. `remove_hf`.
     */
    removeHeaders(name: string): number;
    /** Replaces the body; Content-Length follows. An absent content type keeps the header as it is. `set_body`. */
    setBody(contentType: string | null, body: Uint8Array): void;
  }
}

/** Payloads of the core's events. */
declare module 'evroute:core/types@0.1.1' {
  import type { Message } from 'evroute:sip/types@0.1.1';
  /** What `event_route[core:pre-routing]` carries. */
  export class PreRoutingEvent {
    private constructor();
    /** The message as it came in; edits are carried on. */
    message(): Message;
  }

  /** What `core:request` carries. */
  export class RequestEvent {
    private constructor();
    /** The request; edits reach the next hop. */
    message(): Message;
  }

  /** What `core:reply` carries. */
  export class ReplyEvent {
    private constructor();
    /** The response, before the server's Via is taken off; edits to other headers and the body reach the caller. */
    message(): Message;
    /**
     * True when `drop` is a legal verdict: for provisional responses only. Dropping a final response would leave
     * the caller's transaction waiting.
     */
    canDrop(): boolean;
  }

  /** What `event_route[core:receive-parse-error]` carries. */
  export class ReceiveParseErrorEvent {
    private constructor();
    /** What is wrong with it, for people. */
    reason(): string;
    /** The octets as received, at most `limit` of them. `$mb`. */
    raw(limit: number): Uint8Array;
    /** How many octets were received. `$ml`. */
    length(): number;
  }

  /** What `core:source-blocked` carries. */
  export class SourceBlockedEvent {
    private constructor();
    /** The source that sent too much: an IPv4 address, or the first address of a /64. */
    address(): string;
    /** The user who is blocked, by the name of his password; none where the source is blocked. */
    user(): string | null;
    /** How many seconds the block lasts. */
    seconds(): number;
  }

  /** The answer to a refused request. Frozen. */
  export interface Rejection {
    /**
     * 300 to 699; 200 to 299 to OPTIONS, MESSAGE, INFO, NOTIFY and PUBLISH, whose success leaves nothing to be kept. In
     * the place of anything else 500 is sent, and the log says so.
     */
    code: number;
    /**
     * The reason phrase; control characters become spaces, what is over 255 octets is cut, and the log
     * says so. Absent means the usual one.
     */
    reason: string | null;
  }
}

/** What a pseudo-variable can hold. */
declare module 'evroute:pv/types@0.1.0' {
  /** A value. Frozen. The literal `<null>` of Kamailio's string building never appears. */
  export type Value =
    /** Known, but without a value here, for example `$hdr(X)` where there is no such header. */
    | { tag: 'null' }
    /** A number. */
    | { tag: 'int'; val: number }
    /** Text: valid UTF-8. */
    | { tag: 'text'; val: string }
    /** Octets that are not valid UTF-8. */
    | { tag: 'octets'; val: Uint8Array };
}

/** Payloads of events that operators and handlers name themselves. */
declare module 'evroute:custom/types@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** What `custom:event:<name>` carries. */
  export class CustomEvent {
    private constructor();
    /** The event's name, as raised. */
    name(): string;
    /** The names of its parameters in the order given. */
    keys(): string[];
    /** A parameter by name; `null` when it was not given. Of two with the same name the first. */
    get(key: string): Value;
  }
}

/** Payloads of the deploy module's events. */
declare module 'evroute:deploy/types@0.1.0' {
  /** What `deploy:activated:<handler>` carries. */
  export class ActivatedEvent {
    private constructor();
    /** The handler that was deployed to. */
    handler(): string;
    /** The revision that is in force from now on. */
    revision(): number;
    /** The revision that was in force until now; none when there was none. */
    previous(): number | null;
    /** Who did it: the name of a token, or of the server where it promotes a canary by itself. */
    who(): string;
    /** Why, in the words of whoever did it; empty when they gave none. */
    why(): string;
  }

  /** What `deploy:rolled-back:<handler>` carries. */
  export class RolledBackEvent {
    private constructor();
    /** The handler of which a revision was taken back. */
    handler(): string;
    /** The revision that is in force from now on. */
    revision(): number;
    /**
     * The revision that gets no events any more: the canary, where it was one that was stopped; none when the handler
     * had been drained.
     */
    takenBack(): number | null;
    /** Who did it: the name of a token, or of the server where it stops a canary by itself. */
    who(): string;
    /** Why, in the words of whoever did it; empty when they gave none. */
    why(): string;
  }

  /** What `deploy:breaker-open:<handler>` carries. */
  export class BreakerOpenEvent {
    private constructor();
    /** The handler whose runs failed. */
    handler(): string;
    /** The revision that is not asked any more. */
    revision(): number;
    /** What its runs failed of: `traps`, `exhausted`, `deadlines` or `refused_effects`, and more in time. */
    reason(): string;
    /** How many runs ended in the stretch that opened it; after a probe that failed, those that were tried. */
    runs(): number;
    /** How many of them failed of the reason. */
    failures(): number;
    /** How often it has opened, this time included, since the revision was made ready. */
    openings(): number;
  }
}

/** Payloads of the transaction module's events. */
declare module 'evroute:tm/types@0.1.0' {
  import type { Message } from 'evroute:sip/types@0.1.0';
  /** What `event_route[tm:local-request]` carries. */
  export class LocalRequestEvent {
    private constructor();
    /**
     * The request about to be sent. Edits of headers, body and Request-URI are honoured; the next hop is chosen
     * after the run, so a new Request-URI changes where it goes.
     */
    message(): Message;
  }

  /** What `event_route[tm:local-response]` carries. */
  export class LocalResponseEvent {
    private constructor();
    /** The response that was sent. It has left: edits answer not-allowed-here. */
    message(): Message;
  }
}

/** Payloads of the table module's events. */
declare module 'evroute:htable/types@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** What `event_route[htable:mod-init]` carries: nothing yet. The tenant's tables exist. */
  export class ModInitEvent {
    private constructor();
    /** The tenant's name. */
    tenant(): string;
  }

  /** What `event_route[htable:expired:<table>]` carries. */
  export class ExpiredEvent {
    private constructor();
    /** The table. */
    table(): string;
    /** The entry's key. `$shtrecord(key)`. */
    key(): string;
    /** The entry's value. `$shtrecord(value)`. */
    value(): Value;
  }
}

/** Payloads of the location module's events. */
declare module 'evroute:usrloc/types@0.1.1' {
  /** What `usrloc:contact-added` carries: a copy of the contact, as it is registered. */
  export class ContactAddedEvent {
    private constructor();
    /** The address of record, `user@domain`. */
    aor(): string;
    /** The contact's URI. */
    contact(): string;
    /** Where the registration came from, `proto:address:port`. */
    received(): string;
    /** The User-Agent that registered, octets as received. */
    userAgent(): Uint8Array | null;
    /** Call-ID of the registration. */
    callId(): string;
    /** When it ends unless it is refreshed, seconds since 1970. */
    expiresAt(): number;
    /** Why: `register` (a phone did), `rpc` (the operator did), and more in time. */
    cause(): string;
  }

  /** What `usrloc:contact-updated` carries: a copy of the contact, as it is registered from now on. */
  export class ContactUpdatedEvent {
    private constructor();
    /** The address of record, `user@domain`. */
    aor(): string;
    /** The contact's URI. */
    contact(): string;
    /** Where the registration came from, `proto:address:port`. */
    received(): string;
    /** The User-Agent that registered, octets as received. */
    userAgent(): Uint8Array | null;
    /** Call-ID of the registration. */
    callId(): string;
    /** When it ends unless it is refreshed, seconds since 1970. */
    expiresAt(): number;
    /** Why: `register` (a phone did), `rpc` (the operator did), and more in time. */
    cause(): string;
  }

  /** What `usrloc:contact-removed` carries: a copy of the contact, as it was registered. */
  export class ContactRemovedEvent {
    private constructor();
    /** The address of record, `user@domain`. */
    aor(): string;
    /** The contact's URI. */
    contact(): string;
    /** Where the registration came from, `proto:address:port`. */
    received(): string;
    /** The User-Agent that registered, octets as received. */
    userAgent(): Uint8Array | null;
    /** Call-ID of the registration. */
    callId(): string;
    /** When it would have ended, or when nobody was there any more; seconds since 1970. */
    expiresAt(): number;
    /**
     * Why: `register` (the phone took it back), `replaced` (its address of record had as
     * many as it may), `rpc` (the operator did), `connection-closed`, `pings-missed`
     * (nobody is there), and more in time.
     */
    cause(): string;
  }

  /** What `event_route[usrloc:contact-expired]` carries: a copy of the contact. `$ulc(exp=>...)`. */
  export class ContactExpiredEvent {
    private constructor();
    /** The address of record, `user@domain`. */
    aor(): string;
    /** The contact's URI. */
    contact(): string;
    /** Where the registration came from, `proto:address:port`. */
    received(): string;
    /** The User-Agent that registered, octets as received. */
    userAgent(): Uint8Array | null;
    /** Call-ID of the registration. */
    callId(): string;
    /** When it expired, seconds since 1970. */
    expiredAt(): number;
    /** Why it is gone: `expired`, and more in time. */
    cause(): string;
  }
}

/** Payloads of the timer module's events. */
declare module 'evroute:timer/types@0.1.0' {
  /** What `timer:<name>` carries. */
  export class TimerEvent {
    private constructor();
    /** The timer's name in the tenant's configuration. */
    name(): string;
    /** How many ticks were skipped because the run before took too long. */
    missed(): number;
  }
}

/** Payloads of the tls module's events. */
declare module 'evroute:tls/types@0.1.0' {
  /** What `tls:certificate-expiring` carries. */
  export class CertificateExpiringEvent {
    private constructor();
    /** The names that the certificate is for, in lower case; `*.example.com` among them. */
    names(): string[];
    /** Its last second, since 1970. */
    notAfter(): number;
    /** How many whole days are left; 0 on the last day, and when it has ended. */
    daysLeft(): number;
  }

  /** What `event_route[tls:connection-out]` carries. */
  export class ConnectionOutEvent {
    private constructor();
    /**
     * Whom the connection has to be to: the host that the way began with, before DNS. It is asked
     * for, and verified.
     */
    name(): string;
    /** Where that is, as in `203.0.113.5:5061`. `$sndto(ip)`, `$sndto(port)`. */
    address(): string;
  }
}

/** Payloads of the registrar's events. */
declare module 'evroute:registrar/types@0.1.0' {
  /**
   * What `registrar:auth-failed` carries. There is no hash and no nonce in it, and nothing that
   * says whether the user exists.
   */
  export class AuthFailedEvent {
    private constructor();
    /** The user name as it was sent. */
    userName(): string;
    /** What it would have to be known in: the tenant's realm, or the domain that was called. */
    realm(): string;
    /** Address and port of whoever sent the request, as in `203.0.113.5:5060`. */
    source(): string;
    /** The method of the request. */
    method(): string;
    /** Its Call-ID. */
    callId(): string;
    /**
     * `wrong`: no such user, or another password; `replayed`: an answer that was used before;
     * `forbidden`: right, but for somebody else's address. There may be more of them later.
     */
    reason(): string;
    /**
     * How many wrong passwords this source has sent for this name, without a right one between;
     * 0 for other reasons.
     */
    failures(): number;
  }
}

/** Payloads of the event about HTTP, and what it is answered with. */
declare module 'evroute:xhttp/types@0.1.0' {
  /** What `event_route[xhttp:request]` carries: a request of HTTP/1.1 or 1.0 with its whole body. */
  export class HttpRequestEvent {
    private constructor();
    /** The method, case kept: `GET`. `$rm`. */
    method(): string;
    /** What was asked for as it was written, path and query: `/calls?limit=5`. `$hu`. */
    target(): string;
    /** The path alone, still %-escaped: `/calls`. */
    path(): string;
    /** What stands behind the first `?`, still %-escaped; none where there is no `?`. */
    query(): string | null;
    /** The first header field of this name, outer white space cut; names are compared without case. `$hdr(name)`. */
    header(name: string): Uint8Array | null;
    /** All header fields of this name in order, at most `limit` of them. */
    headers(name: string, limit: number): Uint8Array[];
    /** The names of all header fields in their order, as they were written, at most `limit` of them. */
    headerNames(limit: number): string[];
    /** The body, empty when there is none. `$rb`. */
    body(): Uint8Array;
    /** Address and port of whoever sent it, as in `203.0.113.5:40112`. `$si`, `$sp`. */
    source(): string;
    /** How it came: `tcp`, or `tls` for HTTPS. There may be more later. `$proto`. */
    transport(): string;
  }

  /** One header field of an answer. Frozen. */
  export interface HeaderField {
    /**
     * Its name, a token. Fields that say where the answer ends or what becomes of the connection are the server's own:
     * Content-Length, Transfer-Encoding, Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade, Date. One of
     * these, or one that would break the answer, is left out, and the log says so.
     */
    name: string;
    /** Its value, without CR, LF and other control characters. */
    value: Uint8Array;
  }

  /** An answer. Frozen. */
  export interface Answer {
    /** 200 to 599; in the place of anything else 500 is sent, and the log says so. */
    status: number;
    /**
     * The reason phrase; control characters become spaces, what is over 255 octets is cut, and the log says so.
     * Absent means the usual one.
     */
    reason: string | null;
    /** Header fields, at most 64, in this order. */
    headers: HeaderField[];
    /** The body; of 204 and 304, and where the method is HEAD, it is not sent. */
    body: Uint8Array;
  }
}

/** Payloads of events about connections of WebSocket. */
declare module 'evroute:websocket/types@0.1.0' {
  /** What `event_route[websocket:closed]` carries. */
  export class ClosedEvent {
    private constructor();
    /** Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`. */
    source(): string;
    /** Our address and port. `$Ri`, `$Rp`. */
    local(): string;
    /** `ws`, or `wss` over TLS. `$proto`. */
    transport(): string;
    /** What its handshake asked for, path and query: `/sip`. */
    target(): string;
    /** The page that asked for it, as its browser said; none from what is no browser. */
    origin(): string | null;
    /** When its handshake was done, seconds since 1970. */
    openedAt(): number;
  }
}

/** Payloads of the events of trunks. */
declare module 'evroute:uac/types@0.1.0' {
  /** What `uac:registered` carries. */
  export class RegisteredEvent {
    private constructor();
    /** The trunk's name, as in `[[tenant.trunk]]`. */
    trunk(): string;
    /** Whom it is registered with, as in `sip:sip.carrier.example`. */
    registrar(): string;
    /** Who is registered there. */
    user(): string;
    /**
     * What the peer granted, in seconds. It is refreshed before they are over, which raises
     * nothing.
     */
    expires(): number;
  }

  /** What `uac:failed` carries. */
  export class FailedEvent {
    private constructor();
    /** The trunk's name, as in `[[tenant.trunk]]`. */
    trunk(): string;
    /** Whom it is to be registered with, as in `sip:sip.carrier.example`. */
    registrar(): string;
    /** Who is to be registered there. */
    user(): string;
    /** The status code of the answer; 408 where none came, 503 where nothing was sent. */
    code(): number;
    /** What the peer said, or what this server says of it: `the password is wrong`. */
    reason(): string;
    /** The how manyth attempt in a row it is that failed, from 1. */
    failures(): number;
    /** When the next attempt is, in seconds from now. */
    retrySeconds(): number;
  }
}

/** Payloads of events about connections of TCP, and of what runs over it. */
declare module 'evroute:tcp/types@0.1.0' {
  /** What `event_route[tcp:closed]` carries. */
  export class TcpClosedEvent {
    private constructor();
    /** Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`. */
    source(): string;
    /** Our address and port. `$Ri`, `$Rp`. */
    local(): string;
    /** `tcp`, `tls`, `ws` or `wss`. `$proto`. */
    transport(): string;
    /**
     * Why: `peer` (the other side closed it), `reset` (it broke), `idle` (nothing came for too
     * long), `server` (this server closed it: what came was no SIP or too slow, its place was
     * needed for another), and more in time.
     */
    cause(): string;
    /** How long it was there, in whole seconds. */
    lastedSeconds(): number;
  }
}

/** Pseudo-variables by Kamailio's spelling: `$ru`, `$hdr(X-Foo)`, `$sht(calls=>alice)`, `$shv(counter)`. */
declare module 'evroute:pv/pv@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** Why a variable could not be read or written. The three first are different mistakes. */
  export type Error =
    /** No such variable in this server. */
    | { tag: 'unknown-name' }
    /**
     * The variable exists, but this event has none (`$rs` in a request), or its capability was not granted. A write
     * says so, too, before it says read-only.
     */
    | { tag: 'not-available-here' }
    /** The variable exists here and cannot be written. */
    | { tag: 'read-only' }
    /** The value does not fit the variable; the text is for the log. */
    | { tag: 'invalid-value'; val: string }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /** Reads a variable. */
  export function get(name: string): Value;

  /** Writes a variable. `null` removes where removing makes sense (`$sht`, `$du`). */
  export function set(name: string, value: Value): void;
}

/** `$shv`: variables shared by all of a tenant's handlers. They start as the number 0. */
declare module 'evroute:pv/shv@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** Why a shared variable could not be used. */
  export type Error =
    /** The handler was not granted shared variables. */
    | { tag: 'not-granted' }
    /** The tenant's number or size quota is used up. */
    | { tag: 'quota-exceeded' }
    /** `add` on a variable that holds text. */
    | { tag: 'not-a-number' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /** Reads a variable, with this run's own changes. */
  export function get(name: string): Value;

  /** Writes a variable; takes effect when the run returns a verdict. */
  export function set(name: string, value: Value): void;

  /**
   * Adds to a number and returns what this run now sees. Applied as an addition when the run returns a verdict, so
   * that runs at the same time lose nothing.
   */
  export function add(name: string, delta: number): number;
}

/** Raising such events from a handler. */
declare module 'evroute:custom/raise@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** Why an event could not be raised. */
  export type Error =
    /** The handler was not granted it. */
    | { tag: 'not-granted' }
    /** Not a name: letters, digits, `-`, `_`, `.` and `:`, 1 to 64 of them. */
    | { tag: 'invalid-name' }
    /**
     * More than 32 parameters; a key that has not 1 to 64 octets; a value over 8 KiB, or 16 KiB together; no place
     * left in the tenant's queue; events raised by events too deep. A run that raises more events than it may ends as
     * QuotaExceeded instead.
     */
    | { tag: 'quota-exceeded' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /**
   * Raises an event for the own tenant's handlers, after this run has returned a verdict; never if it returns none. What
   * waits when the server stops is not raised any more.
   */
  export function raise(name: string, parameters: Array<[string, Value]>): void;
}

/**
 * `$sht`: in-memory tables shared by one tenant's handlers.
 *
 * Writes are seen by later reads of the same run and take effect, all of them or none, when it returns a verdict.
 */
declare module 'evroute:htable/htable@0.1.0' {
  import type { Value } from 'evroute:pv/types@0.1.0';
  /** Why a table could not be used. */
  export type Error =
    /** No such table, or this handler was not granted it. The two look alike on purpose. */
    | { tag: 'not-granted' }
    /** The table's entry or octet limit is used up. */
    | { tag: 'quota-exceeded' }
    /** `add` on an entry that holds text. */
    | { tag: 'not-a-number' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /** One table. */
  export class Table {
    private constructor();
    /** Opens a table by the name it has in the tenant's configuration. */
    static open(name: string): Table;
    /** The entry's value; none when there is no entry. */
    get(key: string): Value | null;
    /**
     * Writes an entry. An absent time to live means the table's own; 0 means for good. `null` removes. A key has 1 to 256
     * octets and a value at most 64 KiB; others are refused as `other`.
     */
    set(key: string, value: Value, ttlSeconds: number | null): void;
    /** Removes an entry and says whether there was one. */
    remove(key: string): boolean;
    /**
     * Adds to a number (a missing entry counts as 0) and returns what this run now sees. Applied as an addition
     * when the run returns a verdict, so that runs at the same time lose nothing: the sum is another by then if others
     * have added meanwhile. `$shtinc`.
     */
    add(key: string, delta: number): number;
  }
}

/** The operator's log. The server adds tenant, event, handler and Call-ID. Kamailio's `xlog`. */
declare module 'evroute:log/log@0.1.0' {
  /** Kamailio's log levels that a handler may use. Frozen. */
  export type Level =
    /** `L_ERR`. */
    | 'error'
    /** `L_WARN`. */
    | 'warning'
    /** `L_NOTICE`. */
    | 'notice'
    /** `L_INFO`. */
    | 'info'
    /** `L_DBG`. */
    | 'debug';

  /**
   * Writes one line. Lines of a failed run are written too: they say why. Control characters are escaped. A run that
   * writes more lines or octets than its limits ends as QuotaExceeded.
   */
  export function log(level: Level, text: string): void;
}

/**
 * Databases that the operator named in the tenant's configuration.
 *
 * Writes to a database are outside the run: they are done when the call returns and stay done if the run fails
 * later. A handler that imports this runs in the async lane.
 */
declare module 'evroute:sql/sql@0.1.0' {
  /** A column's or parameter's value. Frozen. */
  export type Value =
    /** NULL. */
    | { tag: 'null' }
    /** A whole number. */
    | { tag: 'int'; val: number }
    /** A floating point number. */
    | { tag: 'real'; val: number }
    /** Text. */
    | { tag: 'text'; val: string }
    /** Octets. */
    | { tag: 'octets'; val: Uint8Array };

  /** Why a statement did not run to its end. */
  export type Error =
    /** No such database, or this handler was not granted it. The two look alike on purpose. */
    | { tag: 'not-granted' }
    /** It took longer than the database's deadline. */
    | { tag: 'deadline' }
    /** No connection was free, or the database cannot be reached. */
    | { tag: 'unavailable' }
    /** The database refused it. The text is for the log only; never branch on it. */
    | { tag: 'refused'; val: string }
    /** The result is larger than the configured limit. */
    | { tag: 'too-large' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /** One database. */
  export class Connection {
    private constructor();
    /**
     * Opens a database by its label. An empty label stands for the tenant's only database; where there are several,
     * the error (`other`) says so.
     */
    static open(label: string): Connection;
    /** Runs one statement that returns no rows and says how many it changed. Parameters are bound, `?` in the text. */
    execute(statement: string, parameters: Value[]): number;
    /** Runs one statement that returns rows. Parameters are bound, `?` in the text. */
    query(statement: string, parameters: Value[]): Rows;
  }

  /** A cursor over a result. */
  export class Rows {
    private constructor();
    /** The names of the columns. */
    columns(): string[];
    /** The next rows, at most `limit` of them, which is to be more than 0; empty at the end. */
    next(limit: number): Array<Value[]>;
  }
}

/**
 * Header fields of the event's message by place and by pattern, beside those by name that a message has. Kamailio's
 * module textops. In an event without a message there are none.
 */
declare module 'evroute:textops/headers@0.1.0' {
  /** Why nothing was removed. */
  export type Error =
    /** This event cannot honour the edit. */
    | { tag: 'not-allowed-here' }
    /** It is no pattern. The text says why, for the log only. */
    | { tag: 'invalid'; val: string }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /** How many header fields the message has now, edits counted in. */
  export function count(): number;

  /** The name of the field at this place, from 0, as it was written; none behind the last one. */
  export function name(place: number): string | null;

  /** The value of the field at this place, folded lines joined, outer white space cut; none behind the last one. */
  export function value(place: number): Uint8Array | null;

  /**
   * Removes every header field whose name this pattern matches, and returns how many there were. `*` stands for any
   * characters, `?` for one; letters of both cases are the same, and compact forms count as the long name. Fields that
   * belong to the server, as for a message's remove-headers, stay whatever the pattern is. Invalid is what is empty,
   * longer than 64 octets, has more than 8 `*`, or what no name has. `remove_hf_re`.
   */
  export function removeMatching(pattern: string): number;
}

/**
 * What is added to the answer that a verdict of the event gives its request: `reject` of `core:request`.
 *
 * It counts if the run returns a verdict, as the run's other effects do, and whichever handler of the event gives the
 * answer. Where no verdict answers, nobody reads it. What is refused is missing in the answer, which is given all the
 * same; the log says so.
 */
declare module 'evroute:textops/reply@0.1.0' {
  /** Why something was refused. Nothing was changed. */
  export type Error =
    /** The field belongs to the server, or this event gives no answer. */
    | { tag: 'not-allowed-here' }
    /**
     * CR, LF or NUL in it, no header name, or a Contact that is no list of addresses. The text says which, for the log
     * only.
     */
    | { tag: 'invalid'; val: string }
    /** The answer has `run_reply_headers_max` fields already, or would have more than `run_reply_bytes_max` octets. */
    | { tag: 'too-large' }
    /** For the log only; never branch on the text. */
    | { tag: 'other'; val: string };

  /**
   * Adds a header field: Contact to a 3xx, Retry-After to a 503, WWW-Authenticate to a 401. Via, From, To, Call-ID,
   * CSeq, Max-Forwards, Route, Record-Route, Content-Length and Content-Type belong to the server: not-allowed-here.
   * `append_to_reply`.
   */
  export function appendHeader(name: string, value: Uint8Array): void;

  /**
   * Gives the answer this body, in the place of one that was given before. An empty one takes it away.
   * `set_reply_body`.
   */
  export function setBody(contentType: string, body: Uint8Array): void;
}

/**
 * `event_route[core:pre-routing]`: a message was read and parsed and nothing has been decided yet.
 *
 * Raised for requests and responses alike, before transactions are looked up, so once per datagram,
 * retransmissions included. On failure: open continues, closed drops.
 */
declare module 'evroute:core/pre-routing@0.1.1' {
  import type { PreRoutingEvent } from 'evroute:core/types@0.1.1';
  /** What becomes of the message. */
  export type Verdict =
    /** Carry on. */
    | 'continue'
    /** Forget it; nothing is answered. */
    | 'drop';

  /** What a handler exports: `export const preRouting: PreRouting = { handle(event) { ... } }`. */
  export interface PreRouting {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: PreRoutingEvent): Verdict;
  }
}

/**
 * `core:request`: a new request reached the server and will be routed. Kamailio's `request_route`.
 *
 * Raised once per transaction (a retransmission does not raise it again) and for ACK to a 2xx, which has no
 * transaction. On failure: open passes, closed answers 500 (an ACK is dropped).
 */
declare module 'evroute:core/request@0.1.1' {
  import type { RequestEvent } from 'evroute:core/types@0.1.1';
  import type { Rejection } from 'evroute:core/types@0.1.1';
  /** What becomes of the request. */
  export type Verdict =
    /** Route it as the server would without a handler. */
    | { tag: 'pass' }
    /** Answer it here and now. An ACK is dropped instead, since it cannot be answered. */
    | { tag: 'reject'; val: Rejection }
    /** Absorb it without an answer; the sender will time out. */
    | { tag: 'drop' };

  /** What a handler exports: `export const request: Request = { handle(event) { ... } }`. */
  export interface Request {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: RequestEvent): Verdict;
  }
}

/**
 * `core:reply`: a response came back for a request that the server forwarded. Kamailio's `reply_route`.
 *
 * On failure: forwarded as without a handler, whatever the policy, since the caller waits for it.
 */
declare module 'evroute:core/reply@0.1.1' {
  import type { ReplyEvent } from 'evroute:core/types@0.1.1';
  /** What becomes of the response. */
  export type Verdict =
    /** Carry on. */
    | 'forward'
    /** Absorb it; legal where `can-drop` is true, elsewhere it is forwarded, and the log says so. */
    | 'drop';

  /** What a handler exports: `export const reply: Reply = { handle(event) { ... } }`. */
  export interface Reply {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ReplyEvent): Verdict;
  }
}

/**
 * `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.
 *
 * There is nothing to decide: it is answered (400, 505) or dropped already.
 */
declare module 'evroute:core/receive-parse-error@0.1.1' {
  import type { ReceiveParseErrorEvent } from 'evroute:core/types@0.1.1';
  /** What a handler exports: `export const receiveParseError: ReceiveParseError = { handle(event) { ... } }`. */
  export interface ReceiveParseError {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ReceiveParseErrorEvent): void;
  }
}

/**
 * `core:source-blocked`: a source, or a user, sends the tenant more than `[tenant.pike]` allows, and is blocked from
 * now on. Raised once for each block, after the fact. Kamailio's pike has no such event.
 *
 * There is nothing to decide.
 */
declare module 'evroute:core/source-blocked@0.1.1' {
  import type { SourceBlockedEvent } from 'evroute:core/types@0.1.1';
  /** What a handler exports: `export const sourceBlocked: SourceBlocked = { handle(event) { ... } }`. */
  export interface SourceBlocked {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: SourceBlockedEvent): void;
  }
}

/**
 * `custom:event:<name>`: raised by `evroute raise`, by the RPC `custom.raise`, or by another handler.
 *
 * There is nothing to decide.
 */
declare module 'evroute:custom/event@0.1.0' {
  import type { CustomEvent } from 'evroute:custom/types@0.1.0';
  /** What a handler exports: `export const event: Event = { handle(event) { ... } }`. */
  export interface Event {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: CustomEvent): void;
  }
}

/**
 * `deploy:activated:<handler>`: a revision of a deployed handler is in force, put there or promoted from a canary.
 *
 * Not raised when a canary begins, by a rollback, and when the server starts. There is nothing to decide.
 */
declare module 'evroute:deploy/activated@0.1.0' {
  import type { ActivatedEvent } from 'evroute:deploy/types@0.1.0';
  /** What a handler exports: `export const activated: Activated = { handle(event) { ... } }`. */
  export interface Activated {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ActivatedEvent): void;
  }
}

/**
 * `deploy:rolled-back:<handler>`: a revision of a deployed handler was taken back, by a rollback or as a canary that was
 * stopped.
 *
 * There is nothing to decide.
 */
declare module 'evroute:deploy/rolled-back@0.1.0' {
  import type { RolledBackEvent } from 'evroute:deploy/types@0.1.0';
  /** What a handler exports: `export const rolledBack: RolledBack = { handle(event) { ... } }`. */
  export interface RolledBack {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: RolledBackEvent): void;
  }
}

/**
 * `deploy:breaker-open:<handler>`: the circuit breaker of a revision has opened, and its fallback counts.
 *
 * Raised by the run that opened it, one event deeper, and not where that is deeper than the handler's
 * `event_depth_max`. There is nothing to decide.
 */
declare module 'evroute:deploy/breaker-open@0.1.0' {
  import type { BreakerOpenEvent } from 'evroute:deploy/types@0.1.0';
  /** What a handler exports: `export const breakerOpen: BreakerOpen = { handle(event) { ... } }`. */
  export interface BreakerOpen {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: BreakerOpenEvent): void;
  }
}

/**
 * `event_route[tm:local-request]`: the server is about to send a request of its own.
 *
 * Raised once, before the first send, for every method. On failure: open sends, closed drops.
 */
declare module 'evroute:tm/local-request@0.1.0' {
  import type { LocalRequestEvent } from 'evroute:tm/types@0.1.0';
  /** What the server does next. */
  export type Verdict =
    /** Send it, as edited. */
    | 'send'
    /** Do not send it; whoever asked for it is told so. */
    | 'drop';

  /** What a handler exports: `export const localRequest: LocalRequest = { handle(event) { ... } }`. */
  export interface LocalRequest {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: LocalRequestEvent): Verdict;
  }
}

/**
 * `event_route[tm:local-response]`: the server has sent a response that it made itself.
 *
 * There is nothing to decide.
 */
declare module 'evroute:tm/local-response@0.1.0' {
  import type { LocalResponseEvent } from 'evroute:tm/types@0.1.0';
  /** What a handler exports: `export const localResponse: LocalResponse = { handle(event) { ... } }`. */
  export interface LocalResponse {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: LocalResponseEvent): void;
  }
}

/**
 * `event_route[htable:mod-init]`: the tenant's tables are ready; raised once at start, before calls are taken.
 *
 * On failure: open proceeds, closed aborts the tenant's start.
 */
declare module 'evroute:htable/mod-init@0.1.0' {
  import type { ModInitEvent } from 'evroute:htable/types@0.1.0';
  /** What the server does next. */
  export type Verdict =
    /** Start. */
    | 'proceed'
    /**
     * Do not start this tenant; the reason belongs into the log. Its requests are answered 503. A server whose only tenant
     * does not start does not start either.
     */
    | 'abort-startup';

  /** What a handler exports: `export const modInit: ModInit = { handle(event) { ... } }`. */
  export interface ModInit {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ModInitEvent): Verdict;
  }
}

/**
 * `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed it yet.
 *
 * No lock is held: if the entry was written meanwhile, the verdict changes nothing. On failure: removed, whatever the
 * policy.
 */
declare module 'evroute:htable/expired@0.1.0' {
  import type { ExpiredEvent } from 'evroute:htable/types@0.1.0';
  /** What becomes of the entry. */
  export type Verdict =
    /** Remove it. */
    | { tag: 'remove' }
    /** Keep it for this many seconds from now; 0 removes. */
    | { tag: 'extend'; val: number };

  /** What a handler exports: `export const expired: Expired = { handle(event) { ... } }`. */
  export interface Expired {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ExpiredEvent): Verdict;
  }
}

/**
 * `usrloc:contact-added`: a contact is registered that was not before. Kamailio has no such event.
 *
 * Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
 */
declare module 'evroute:usrloc/contact-added@0.1.1' {
  import type { ContactAddedEvent } from 'evroute:usrloc/types@0.1.1';
  /** What a handler exports: `export const contactAdded: ContactAdded = { handle(event) { ... } }`. */
  export interface ContactAdded {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ContactAddedEvent): void;
  }
}

/**
 * `usrloc:contact-updated`: a contact that was registered is registered again. Kamailio
 * has no such event.
 *
 * Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
 */
declare module 'evroute:usrloc/contact-updated@0.1.1' {
  import type { ContactUpdatedEvent } from 'evroute:usrloc/types@0.1.1';
  /** What a handler exports: `export const contactUpdated: ContactUpdated = { handle(event) { ... } }`. */
  export interface ContactUpdated {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ContactUpdatedEvent): void;
  }
}

/**
 * `usrloc:contact-removed`: a contact is not registered any more, before its time was over.
 * Kamailio has no such event.
 *
 * Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
 */
declare module 'evroute:usrloc/contact-removed@0.1.1' {
  import type { ContactRemovedEvent } from 'evroute:usrloc/types@0.1.1';
  /** What a handler exports: `export const contactRemoved: ContactRemoved = { handle(event) { ... } }`. */
  export interface ContactRemoved {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ContactRemovedEvent): void;
  }
}

/**
 * `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.
 *
 * There is nothing to decide.
 */
declare module 'evroute:usrloc/contact-expired@0.1.1' {
  import type { ContactExpiredEvent } from 'evroute:usrloc/types@0.1.1';
  /** What a handler exports: `export const contactExpired: ContactExpired = { handle(event) { ... } }`. */
  export interface ContactExpired {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ContactExpiredEvent): void;
  }
}

/**
 * `timer:<name>`: a configured interval is over. A timer never overlaps itself. Kamailio's `rtimer` and `timer` modules.
 *
 * There is nothing to decide.
 */
declare module 'evroute:timer/timer@0.1.0' {
  import type { TimerEvent } from 'evroute:timer/types@0.1.0';
  /** What a handler exports: `export const timer: Timer = { handle(event) { ... } }`. */
  export interface Timer {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: TimerEvent): void;
  }
}

/**
 * `tls:certificate-expiring`: the tenant's own certificate ends within the days of `expiring_days`; raised when that
 * begins, and once for each day that is left. Kamailio has no such event.
 *
 * There is nothing to decide.
 */
declare module 'evroute:tls/certificate-expiring@0.1.0' {
  import type { CertificateExpiringEvent } from 'evroute:tls/types@0.1.0';
  /** What a handler exports: `export const certificateExpiring: CertificateExpiring = { handle(event) { ... } }`. */
  export interface CertificateExpiring {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: CertificateExpiringEvent): void;
  }
}

/**
 * `event_route[tls:connection-out]`: a connection over TLS is about to be dialled for the tenant;
 * nothing was sent yet, and the dial waits, as long as a handshake may take. Not raised where a
 * connection is used that is there.
 *
 * On failure: open continues, closed drops.
 */
declare module 'evroute:tls/connection-out@0.1.0' {
  import type { ConnectionOutEvent } from 'evroute:tls/types@0.1.0';
  /** What becomes of the connection. */
  export type Verdict =
    /** It is dialled. */
    | 'continue'
    /** It is not; what was to be sent over it is undeliverable. */
    | 'drop';

  /** What a handler exports: `export const connectionOut: ConnectionOut = { handle(event) { ... } }`. */
  export interface ConnectionOut {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ConnectionOutEvent): Verdict;
  }
}

/**
 * `registrar:auth-failed`: somebody answered a challenge and was not let in. Raised after the
 * refusal has been decided, which no handler can change. Requests that are not looked at, since
 * too many wrong passwords came before them, raise nothing. Kamailio has no such event.
 *
 * There is nothing to decide.
 */
declare module 'evroute:registrar/auth-failed@0.1.0' {
  import type { AuthFailedEvent } from 'evroute:registrar/types@0.1.0';
  /** What a handler exports: `export const authFailed: AuthFailed = { handle(event) { ... } }`. */
  export interface AuthFailed {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: AuthFailedEvent): void;
  }
}

/**
 * `event_route[xhttp:request]`: a request of HTTP came, on a port of SIP or on one of HTTP alone.
 *
 * Handshakes of WebSocket are requests of HTTP, too. On failure: open passes, closed answers 500.
 */
declare module 'evroute:xhttp/request@0.1.0' {
  import type { HttpRequestEvent } from 'evroute:xhttp/types@0.1.0';
  import type { Answer } from 'evroute:xhttp/types@0.1.0';
  /** What becomes of the request. */
  export type Verdict =
    /**
     * What the server does without a handler: a handshake at the path of `[websocket]` becomes a WebSocket, everything
     * else is answered 404.
     */
    | { tag: 'pass' }
    /** Answer it. The connection stays as long as the client wants it to. `xhttp_reply`. */
    | { tag: 'reply'; val: Answer }
    /** Answer it, and close the connection. `set_reply_close`. */
    | { tag: 'reply-and-close'; val: Answer }
    /**
     * Make the connection a WebSocket, whatever the path: `ws_handle_handshake`. What is no proper handshake, or comes
     * from a page that `[websocket]` does not name, is refused by the server.
     */
    | { tag: 'upgrade' }
    /** Close the connection without an answer. */
    | { tag: 'drop' };

  /** What a handler exports: `export const request: Request = { handle(event) { ... } }`. */
  export interface Request {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: HttpRequestEvent): Verdict;
  }
}

/**
 * `event_route[websocket:closed]`: a connection of WebSocket is gone, whoever has closed it; what
 * was registered over it is, too. Not raised for those that end with the server.
 *
 * There is nothing to decide.
 */
declare module 'evroute:websocket/closed@0.1.0' {
  import type { ClosedEvent } from 'evroute:websocket/types@0.1.0';
  /** What a handler exports: `export const closed: Closed = { handle(event) { ... } }`. */
  export interface Closed {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: ClosedEvent): void;
  }
}

/**
 * `uac:registered`: a trunk is registered that was not before. Kamailio's `uac` raises nothing.
 *
 * There is nothing to decide.
 */
declare module 'evroute:uac/registered@0.1.0' {
  import type { RegisteredEvent } from 'evroute:uac/types@0.1.0';
  /** What a handler exports: `export const registered: Registered = { handle(event) { ... } }`. */
  export interface Registered {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: RegisteredEvent): void;
  }
}

/**
 * `uac:failed`: an attempt to register with a trunk failed. It may be registered still, by an
 * attempt before. Raised for every attempt; they become rarer, half an hour apart at last.
 *
 * There is nothing to decide.
 */
declare module 'evroute:uac/failed@0.1.0' {
  import type { FailedEvent } from 'evroute:uac/types@0.1.0';
  /** What a handler exports: `export const failed: Failed = { handle(event) { ... } }`. */
  export interface Failed {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: FailedEvent): void;
  }
}

/**
 * `event_route[tcp:closed]`: a connection is gone over which requests of the tenant came since it
 * handles this event. Kamailio's `tcpops` raises `tcp:closed`, `tcp:reset` and `tcp:timeout`; here
 * the cause says which. A connection tells eight tenants at most, those whose requests came first.
 * Not raised for those that end with the server.
 *
 * There is nothing to decide.
 */
declare module 'evroute:tcp/closed@0.1.0' {
  import type { TcpClosedEvent } from 'evroute:tcp/types@0.1.0';
  /** What a handler exports: `export const closed: Closed = { handle(event) { ... } }`. */
  export interface Closed {
    /** A thrown string gives up with that sentence in the operator's log. */
    handle(event: TcpClosedEvent): void;
  }
}
