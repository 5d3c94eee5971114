//! The server's interfaces, printed from wit/ by `make sdks`: a namespace for each package, in it resources with their methods,
//! functions, and an event each with its verdict. Below lies the module `bindings`, which can be used beside it.
//!
//! Texts and bytes are `[]const u8`, options `?T`, values without a value `null`. What may be refused returns
//! `error.Refused`; a handler that returns it gives up with a sentence for the operator's log. Handles end with the run.

const c = @import("bindings");
const call = @import("call.zig").call;
const convert = @import("call.zig");
const refusal = @import("refusal.zig");

pub const allocator = @import("arena.zig").allocator;
pub const log = @import("log.zig");
pub const print = log.print;
pub const about = refusal.about;

/// Whether a text is there and reads so.
pub fn is(text: ?[]const u8, word: []const u8) bool {
    return @import("std").mem.eql(u8, text orelse return false, word);
}

pub const sip = struct {
    /// Why an edit was refused. Nothing was changed.
    pub const EditError = enum(u8) {
        /// This event cannot honour the edit (for example a header of a message that has left already).
        not_allowed_here,
        /// The value would break the message: CR, LF or NUL in it, not a URI, not a header name.
        /// The text says which, for the log only.
        invalid,
        /// The message would grow past the server's size or header count limit.
        too_large,
        /// For the log only; never branch on the text.
        other,

        /// The case of a call that has just returned `error.Refused`.
        pub fn last() @This() {
            return @fromBackingInt(refusal.last.tag);
        }
    };
    const types_edit_error_names = "\x10not allowed here\x87invalid\x09too large\x80";

    /// The message an event is about: a handler's own copy.
    ///
    /// Edits are visible to later reads in the same run and reach the wire only if the run returns a
    /// verdict. Octets that are not ASCII come %-escaped from getters that return a string; raw octets come
    /// from those that return a list.
    pub const Message = struct {
        handle: c.evroute_sip_types_own_message_t,

        /// True for a request, false for a response.
        pub fn isRequest(self: Message) bool {
            return call(bool, null, c.evroute_sip_types_method_message_is_request, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The method, case kept; for a response that of its CSeq. `$rm`.
        pub fn method(self: Message) []const u8 {
            return call([]const u8, null, c.evroute_sip_types_method_message_method, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The Request-URI as it would be sent now; none in a response. `$ru`.
        pub fn requestUri(self: Message) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_request_uri, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The status code; none in a request. `$rs`.
        pub fn statusCode(self: Message) ?u16 {
            return call(?u16, null, c.evroute_sip_types_method_message_status_code, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The URI of From. `$fu`.
        pub fn fromUri(self: Message) []const u8 {
            return call([]const u8, null, c.evroute_sip_types_method_message_from_uri, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The user part of From's URI; none when it has none. `$fU`.
        pub fn fromUser(self: Message) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_from_user, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The tag of From. `$ft`.
        pub fn fromTag(self: Message) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_from_tag, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The URI of To. `$tu`.
        pub fn toUri(self: Message) []const u8 {
            return call([]const u8, null, c.evroute_sip_types_method_message_to_uri, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The user part of To's URI; none when it has none. `$tU`.
        pub fn toUser(self: Message) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_to_user, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The tag of To; none outside a dialog. `$tt`.
        pub fn toTag(self: Message) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_to_tag, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// Call-ID. `$ci`.
        pub fn callId(self: Message) []const u8 {
            return call([]const u8, null, c.evroute_sip_types_method_message_call_id, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The number of CSeq. `$cs`.
        pub fn cseq(self: Message) u32 {
            return call(u32, null, c.evroute_sip_types_method_message_cseq, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// The first header field of this name, folded lines joined, outer white space cut. Names are compared
        /// without case and compact forms count as the long name. `$hdr(name)`.
        pub fn header(self: Message, name: []const u8) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_sip_types_method_message_header, .{ c.evroute_sip_types_borrow_message(self.handle), name });
        }

        /// All header fields of this name in order, at most `limit` of them.
        pub fn headers(self: Message, name: []const u8, limit: u32) []const []const u8 {
            return call([]const []const u8, null, c.evroute_sip_types_method_message_headers, .{ c.evroute_sip_types_borrow_message(self.handle), name, limit });
        }

        /// The body, empty when there is none. `$rb`.
        pub fn body(self: Message) []const u8 {
            return call([]const u8, null, c.evroute_sip_types_method_message_body, .{c.evroute_sip_types_borrow_message(self.handle)});
        }

        /// Replaces the Request-URI. `$ru = ...`.
        pub fn setRequestUri(self: Message, uri: []const u8) error{Refused}!void {
            return call(error{Refused}!void, types_edit_error_names, c.evroute_sip_types_method_message_set_request_uri, .{ c.evroute_sip_types_borrow_message(self.handle), uri });
        }

        /// Adds a header field after the last one. `append_hf`.
        pub fn appendHeader(self: Message, name: []const u8, value: []const u8) error{Refused}!void {
            return call(error{Refused}!void, types_edit_error_names, c.evroute_sip_types_method_message_append_header, .{ c.evroute_sip_types_borrow_message(self.handle), name, value });
        }

        /// Leaves exactly one header field of this name, with this value.
        pub fn setHeader(self: Message, name: []const u8, value: []const u8) error{Refused}!void {
            return call(error{Refused}!void, types_edit_error_names, c.evroute_sip_types_method_message_set_header, .{ c.evroute_sip_types_borrow_message(self.handle), name, value });
        }

        /// Removes every header field of this name and returns how many there were. Via, From, To, Call-ID, CSeq,
        /// Max-Forwards, Route, Record-Route and Content-Length belong to the server: not-allowed-here. `remove_hf`.
        pub fn removeHeaders(self: Message, name: []const u8) error{Refused}!u32 {
            return call(error{Refused}!u32, types_edit_error_names, c.evroute_sip_types_method_message_remove_headers, .{ c.evroute_sip_types_borrow_message(self.handle), name });
        }

        /// Replaces the body; Content-Length follows. An absent content type keeps the header as it is. `set_body`.
        pub fn setBody(self: Message, content_type: ?[]const u8, new_body: []const u8) error{Refused}!void {
            return call(error{Refused}!void, types_edit_error_names, c.evroute_sip_types_method_message_set_body, .{ c.evroute_sip_types_borrow_message(self.handle), content_type, new_body });
        }
    };
};

pub const core = struct {
    /// What `event_route[core:pre-routing]` carries.
    pub const PreRoutingEvent = struct {
        handle: c.evroute_core_types_own_pre_routing_event_t,

        /// The message as it came in; edits are carried on.
        pub fn message(self: PreRoutingEvent) sip.Message {
            return call(sip.Message, null, c.evroute_core_types_method_pre_routing_event_message, .{c.evroute_core_types_borrow_pre_routing_event(self.handle)});
        }
    };

    /// What `core:request` carries.
    pub const RequestEvent = struct {
        handle: c.evroute_core_types_own_request_event_t,

        /// The request; edits reach the next hop.
        pub fn message(self: RequestEvent) sip.Message {
            return call(sip.Message, null, c.evroute_core_types_method_request_event_message, .{c.evroute_core_types_borrow_request_event(self.handle)});
        }
    };

    /// What `core:reply` carries.
    pub const ReplyEvent = struct {
        handle: c.evroute_core_types_own_reply_event_t,

        /// The response, before the server's Via is taken off; edits to other headers and the body reach the caller.
        pub fn message(self: ReplyEvent) sip.Message {
            return call(sip.Message, null, c.evroute_core_types_method_reply_event_message, .{c.evroute_core_types_borrow_reply_event(self.handle)});
        }

        /// True when `drop` is a legal verdict: for provisional responses only. Dropping a final response would leave
        /// the caller's transaction waiting.
        pub fn canDrop(self: ReplyEvent) bool {
            return call(bool, null, c.evroute_core_types_method_reply_event_can_drop, .{c.evroute_core_types_borrow_reply_event(self.handle)});
        }
    };

    /// What `event_route[core:receive-parse-error]` carries.
    pub const ReceiveParseErrorEvent = struct {
        handle: c.evroute_core_types_own_receive_parse_error_event_t,

        /// What is wrong with it, for people.
        pub fn reason(self: ReceiveParseErrorEvent) []const u8 {
            return call([]const u8, null, c.evroute_core_types_method_receive_parse_error_event_reason, .{c.evroute_core_types_borrow_receive_parse_error_event(self.handle)});
        }

        /// The octets as received, at most `limit` of them. `$mb`.
        pub fn raw(self: ReceiveParseErrorEvent, limit: u32) []const u8 {
            return call([]const u8, null, c.evroute_core_types_method_receive_parse_error_event_raw, .{ c.evroute_core_types_borrow_receive_parse_error_event(self.handle), limit });
        }

        /// How many octets were received. `$ml`.
        pub fn length(self: ReceiveParseErrorEvent) u32 {
            return call(u32, null, c.evroute_core_types_method_receive_parse_error_event_length, .{c.evroute_core_types_borrow_receive_parse_error_event(self.handle)});
        }
    };

    /// What `core:source-blocked` carries.
    pub const SourceBlockedEvent = struct {
        handle: c.evroute_core_types_own_source_blocked_event_t,

        /// The source that sent too much: an IPv4 address, or the first address of a /64.
        pub fn address(self: SourceBlockedEvent) []const u8 {
            return call([]const u8, null, c.evroute_core_types_method_source_blocked_event_address, .{c.evroute_core_types_borrow_source_blocked_event(self.handle)});
        }

        /// The user who is blocked, by the name of his password; none where the source is blocked.
        pub fn user(self: SourceBlockedEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_core_types_method_source_blocked_event_user, .{c.evroute_core_types_borrow_source_blocked_event(self.handle)});
        }

        /// How many seconds the block lasts.
        pub fn seconds(self: SourceBlockedEvent) u32 {
            return call(u32, null, c.evroute_core_types_method_source_blocked_event_seconds, .{c.evroute_core_types_borrow_source_blocked_event(self.handle)});
        }
    };

    /// The answer to a refused request. Frozen.
    pub const Rejection = struct {
        /// 300 to 699; 200 to 299 to OPTIONS, MESSAGE, INFO, NOTIFY and PUBLISH, whose success leaves nothing to be kept. In
        /// the place of anything else 500 is sent, and the log says so.
        code: u16,
        /// The reason phrase; control characters become spaces, what is over 255 octets is cut, and the log
        /// says so. Absent means the usual one.
        reason: ?[]const u8 = null,
    };

    /// `event_route[core:pre-routing]`: a message was read and parsed and nothing has been decided yet.
    ///
    /// Raised for requests and responses alike, before transactions are looked up, so once per datagram,
    /// retransmissions included. On failure: open continues, closed drops.
    pub const pre_routing = struct {
        /// What becomes of the message.
        pub const Verdict = enum(u8) {
            /// Carry on.
            @"continue",
            /// Forget it; nothing is answered.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a PreRoutingEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_core_pre_routing_own_pre_routing_event_t, verdict: *c.exports_evroute_core_pre_routing_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = @backingInt(it);
                    return true;
                }
            }.run, .{ .name = "exports_evroute_core_pre_routing_handle" });
        }
    };

    /// `core:request`: a new request reached the server and will be routed. Kamailio's `request_route`.
    ///
    /// Raised once per transaction (a retransmission does not raise it again) and for ACK to a 2xx, which has no
    /// transaction. On failure: open passes, closed answers 500 (an ACK is dropped).
    pub const request = struct {
        /// What becomes of the request.
        pub const Verdict = union(enum) {
            /// Route it as the server would without a handler.
            pass,
            /// Answer it here and now. An ACK is dropped instead, since it cannot be answered.
            reject: Rejection,
            /// Absorb it without an answer; the sender will time out.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a RequestEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_core_request_own_request_event_t, verdict: *c.exports_evroute_core_request_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = switch (it) {
                        .pass => .{ .tag = 0 },
                        .reject => |one| .{ .tag = 1, .val = .{ .reject = .{ .code = one.code, .reason = .{ .is_some = one.reason != null, .val = convert.out(c.bindings_string_t, one.reason orelse "") } } } },
                        .drop => .{ .tag = 2 },
                    };
                    return true;
                }
            }.run, .{ .name = "exports_evroute_core_request_handle" });
        }
    };

    /// `core:reply`: a response came back for a request that the server forwarded. Kamailio's `reply_route`.
    ///
    /// On failure: forwarded as without a handler, whatever the policy, since the caller waits for it.
    pub const reply = struct {
        /// What becomes of the response.
        pub const Verdict = enum(u8) {
            /// Carry on.
            forward,
            /// Absorb it; legal where `can-drop` is true, elsewhere it is forwarded, and the log says so.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a ReplyEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_core_reply_own_reply_event_t, verdict: *c.exports_evroute_core_reply_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = @backingInt(it);
                    return true;
                }
            }.run, .{ .name = "exports_evroute_core_reply_handle" });
        }
    };

    /// `event_route[core:receive-parse-error]`: something arrived that is not a SIP message.
    ///
    /// There is nothing to decide: it is answered (400, 505) or dropped already.
    pub const receive_parse_error = struct {

        /// Subscribes, at comptime: `handler` takes a ReceiveParseErrorEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_core_receive_parse_error_own_receive_parse_error_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_core_receive_parse_error_handle" });
        }
    };

    /// `core:source-blocked`: a source, or a user, sends the tenant more than `[tenant.pike]` allows, and is blocked from
    /// now on. Raised once for each block, after the fact. Kamailio's pike has no such event.
    ///
    /// There is nothing to decide.
    pub const source_blocked = struct {

        /// Subscribes, at comptime: `handler` takes a SourceBlockedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_core_source_blocked_own_source_blocked_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_core_source_blocked_handle" });
        }
    };
};

pub const pv = struct {
    /// A value. Frozen. The literal `<null>` of Kamailio's string building never appears.
    pub const Value = union(enum) {
        /// A number.
        int: i64,
        /// Text: valid UTF-8.
        text: []const u8,
        /// Octets that are not valid UTF-8.
        octets: []const u8,

        pub fn in(received: anytype) ?Value {
            return switch (received.tag) {
                1 => .{ .int = convert.in(i64, received.val.int_) },
                2 => .{ .text = convert.in([]const u8, received.val.text) },
                3 => .{ .octets = convert.in([]const u8, received.val.octets) },
                else => null,
            };
        }

        pub fn out(comptime C: type, value: ?Value) C {
            return switch (value orelse return .{ .tag = 0 }) {
                .int => |it| .{ .tag = 1, .val = .{ .int_ = convert.out(@FieldType(@FieldType(C, "val"), "int_"), it) } },
                .text => |it| .{ .tag = 2, .val = .{ .text = convert.out(@FieldType(@FieldType(C, "val"), "text"), it) } },
                .octets => |it| .{ .tag = 3, .val = .{ .octets = convert.out(@FieldType(@FieldType(C, "val"), "octets"), it) } },
            };
        }
    };

    /// Why a variable could not be read or written. The three first are different mistakes.
    pub const Error = enum(u8) {
        /// No such variable in this server.
        unknown_name,
        /// The variable exists, but this event has none (`$rs` in a request), or its capability was not granted. A write
        /// says so, too, before it says read-only.
        not_available_here,
        /// The variable exists here and cannot be written.
        read_only,
        /// The value does not fit the variable; the text is for the log.
        invalid_value,
        /// For the log only; never branch on the text.
        other,

        /// The case of a call that has just returned `error.Refused`.
        pub fn last() @This() {
            return @fromBackingInt(refusal.last.tag);
        }
    };
    const pv_error_names = "\x0cunknown name\x12not available here\x09read only\x8dinvalid value\x80";

    /// Reads a variable.
    pub fn get(name: []const u8) error{Refused}!?Value {
        return call(error{Refused}!?Value, pv_error_names, c.evroute_pv_pv_get, .{name});
    }

    /// Writes a variable. `null` removes where removing makes sense (`$sht`, `$du`).
    pub fn set(name: []const u8, value: ?Value) error{Refused}!void {
        return call(error{Refused}!void, pv_error_names, c.evroute_pv_pv_set, .{ name, value });
    }

    /// `$shv`: variables shared by all of a tenant's handlers. They start as the number 0.
    pub const shv = struct {
        /// Why a shared variable could not be used.
        pub const Error = enum(u8) {
            /// The handler was not granted shared variables.
            not_granted,
            /// The tenant's number or size quota is used up.
            quota_exceeded,
            /// `add` on a variable that holds text.
            not_a_number,
            /// For the log only; never branch on the text.
            other,

            /// The case of a call that has just returned `error.Refused`.
            pub fn last() @This() {
                return @fromBackingInt(refusal.last.tag);
            }
        };
        const shv_error_names = "\x0bnot granted\x0equota exceeded\x0cnot a number\x80";

        /// Reads a variable, with this run's own changes.
        pub fn get(name: []const u8) error{Refused}!?Value {
            return call(error{Refused}!?Value, shv_error_names, c.evroute_pv_shv_get, .{name});
        }

        /// Writes a variable; takes effect when the run returns a verdict.
        pub fn set(name: []const u8, value: ?Value) error{Refused}!void {
            return call(error{Refused}!void, shv_error_names, c.evroute_pv_shv_set, .{ name, value });
        }

        /// Adds to a number and returns what this run now sees. Applied as an addition when the run returns a verdict, so
        /// that runs at the same time lose nothing.
        pub fn add(name: []const u8, delta: i64) error{Refused}!i64 {
            return call(error{Refused}!i64, shv_error_names, c.evroute_pv_shv_add, .{ name, delta });
        }
    };

    /// A pseudo-variable that is a number; one that is something else is refused, too.
    pub fn int(name: []const u8) error{Refused}!i64 {
        if (try get(name)) |value| if (value == .int) return value.int;
        refusal.last.tag = 0;
        refusal.names = "\x0cnot a number";
        return error.Refused;
    }
};

pub const custom = struct {
    /// What `custom:event:<name>` carries.
    pub const CustomEvent = struct {
        handle: c.evroute_custom_types_own_custom_event_t,

        /// The event's name, as raised.
        pub fn name(self: CustomEvent) []const u8 {
            return call([]const u8, null, c.evroute_custom_types_method_custom_event_name, .{c.evroute_custom_types_borrow_custom_event(self.handle)});
        }

        /// The names of its parameters in the order given.
        pub fn keys(self: CustomEvent) []const []const u8 {
            return call([]const []const u8, null, c.evroute_custom_types_method_custom_event_keys, .{c.evroute_custom_types_borrow_custom_event(self.handle)});
        }

        /// A parameter by name; `null` when it was not given. Of two with the same name the first.
        pub fn get(self: CustomEvent, key: []const u8) ?pv.Value {
            return call(?pv.Value, null, c.evroute_custom_types_method_custom_event_get, .{ c.evroute_custom_types_borrow_custom_event(self.handle), key });
        }
    };

    /// Raising such events from a handler.
    pub const raise = struct {
        /// Why an event could not be raised.
        pub const Error = enum(u8) {
            /// The handler was not granted it.
            not_granted,
            /// Not a name: letters, digits, `-`, `_`, `.` and `:`, 1 to 64 of them.
            invalid_name,
            /// More than 32 parameters; a key that has not 1 to 64 octets; a value over 8 KiB, or 16 KiB together; no place
            /// left in the tenant's queue; events raised by events too deep. A run that raises more events than it may ends as
            /// QuotaExceeded instead.
            quota_exceeded,
            /// For the log only; never branch on the text.
            other,

            /// The case of a call that has just returned `error.Refused`.
            pub fn last() @This() {
                return @fromBackingInt(refusal.last.tag);
            }
        };
        const raise_error_names = "\x0bnot granted\x0cinvalid name\x0equota exceeded\x80";

        /// Raises an event for the own tenant's handlers, after this run has returned a verdict; never if it returns none. What
        /// waits when the server stops is not raised any more.
        pub inline fn raise(name: []const u8, parameters: []const struct { []const u8, ?pv.Value }) error{Refused}!void {
            return call(error{Refused}!void, raise_error_names, c.evroute_custom_raise_raise, .{ name, parameters });
        }
    };

    /// `custom:event:<name>`: raised by `evroute raise`, by the RPC `custom.raise`, or by another handler.
    ///
    /// There is nothing to decide.
    pub const event = struct {

        /// Subscribes, at comptime: `handler` takes a CustomEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_custom_event_own_custom_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_custom_event_handle" });
        }
    };
};

pub const deploy = struct {
    /// What `deploy:activated:<handler>` carries.
    pub const ActivatedEvent = struct {
        handle: c.evroute_deploy_types_own_activated_event_t,

        /// The handler that was deployed to.
        pub fn handler(self: ActivatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_activated_event_handler, .{c.evroute_deploy_types_borrow_activated_event(self.handle)});
        }

        /// The revision that is in force from now on.
        pub fn revision(self: ActivatedEvent) u32 {
            return call(u32, null, c.evroute_deploy_types_method_activated_event_revision, .{c.evroute_deploy_types_borrow_activated_event(self.handle)});
        }

        /// The revision that was in force until now; none when there was none.
        pub fn previous(self: ActivatedEvent) ?u32 {
            return call(?u32, null, c.evroute_deploy_types_method_activated_event_previous, .{c.evroute_deploy_types_borrow_activated_event(self.handle)});
        }

        /// Who did it: the name of a token, or of the server where it promotes a canary by itself.
        pub fn who(self: ActivatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_activated_event_who, .{c.evroute_deploy_types_borrow_activated_event(self.handle)});
        }

        /// Why, in the words of whoever did it; empty when they gave none.
        pub fn why(self: ActivatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_activated_event_why, .{c.evroute_deploy_types_borrow_activated_event(self.handle)});
        }
    };

    /// What `deploy:rolled-back:<handler>` carries.
    pub const RolledBackEvent = struct {
        handle: c.evroute_deploy_types_own_rolled_back_event_t,

        /// The handler of which a revision was taken back.
        pub fn handler(self: RolledBackEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_rolled_back_event_handler, .{c.evroute_deploy_types_borrow_rolled_back_event(self.handle)});
        }

        /// The revision that is in force from now on.
        pub fn revision(self: RolledBackEvent) u32 {
            return call(u32, null, c.evroute_deploy_types_method_rolled_back_event_revision, .{c.evroute_deploy_types_borrow_rolled_back_event(self.handle)});
        }

        /// The revision that gets no events any more: the canary, where it was one that was stopped; none when the handler
        /// had been drained.
        pub fn takenBack(self: RolledBackEvent) ?u32 {
            return call(?u32, null, c.evroute_deploy_types_method_rolled_back_event_taken_back, .{c.evroute_deploy_types_borrow_rolled_back_event(self.handle)});
        }

        /// Who did it: the name of a token, or of the server where it stops a canary by itself.
        pub fn who(self: RolledBackEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_rolled_back_event_who, .{c.evroute_deploy_types_borrow_rolled_back_event(self.handle)});
        }

        /// Why, in the words of whoever did it; empty when they gave none.
        pub fn why(self: RolledBackEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_rolled_back_event_why, .{c.evroute_deploy_types_borrow_rolled_back_event(self.handle)});
        }
    };

    /// What `deploy:breaker-open:<handler>` carries.
    pub const BreakerOpenEvent = struct {
        handle: c.evroute_deploy_types_own_breaker_open_event_t,

        /// The handler whose runs failed.
        pub fn handler(self: BreakerOpenEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_breaker_open_event_handler, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }

        /// The revision that is not asked any more.
        pub fn revision(self: BreakerOpenEvent) u32 {
            return call(u32, null, c.evroute_deploy_types_method_breaker_open_event_revision, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }

        /// What its runs failed of: `traps`, `exhausted`, `deadlines` or `refused_effects`, and more in time.
        pub fn reason(self: BreakerOpenEvent) []const u8 {
            return call([]const u8, null, c.evroute_deploy_types_method_breaker_open_event_reason, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }

        /// How many runs ended in the stretch that opened it; after a probe that failed, those that were tried.
        pub fn runs(self: BreakerOpenEvent) u64 {
            return call(u64, null, c.evroute_deploy_types_method_breaker_open_event_runs, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }

        /// How many of them failed of the reason.
        pub fn failures(self: BreakerOpenEvent) u64 {
            return call(u64, null, c.evroute_deploy_types_method_breaker_open_event_failures, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }

        /// How often it has opened, this time included, since the revision was made ready.
        pub fn openings(self: BreakerOpenEvent) u64 {
            return call(u64, null, c.evroute_deploy_types_method_breaker_open_event_openings, .{c.evroute_deploy_types_borrow_breaker_open_event(self.handle)});
        }
    };

    /// `deploy:activated:<handler>`: a revision of a deployed handler is in force, put there or promoted from a canary.
    ///
    /// Not raised when a canary begins, by a rollback, and when the server starts. There is nothing to decide.
    pub const activated = struct {

        /// Subscribes, at comptime: `handler` takes a ActivatedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_deploy_activated_own_activated_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_deploy_activated_handle" });
        }
    };

    /// `deploy:rolled-back:<handler>`: a revision of a deployed handler was taken back, by a rollback or as a canary that was
    /// stopped.
    ///
    /// There is nothing to decide.
    pub const rolled_back = struct {

        /// Subscribes, at comptime: `handler` takes a RolledBackEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_deploy_rolled_back_own_rolled_back_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_deploy_rolled_back_handle" });
        }
    };

    /// `deploy:breaker-open:<handler>`: the circuit breaker of a revision has opened, and its fallback counts.
    ///
    /// Raised by the run that opened it, one event deeper, and not where that is deeper than the handler's
    /// `event_depth_max`. There is nothing to decide.
    pub const breaker_open = struct {

        /// Subscribes, at comptime: `handler` takes a BreakerOpenEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_deploy_breaker_open_own_breaker_open_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_deploy_breaker_open_handle" });
        }
    };
};

pub const tm = struct {
    /// What `event_route[tm:local-request]` carries.
    pub const LocalRequestEvent = struct {
        handle: c.evroute_tm_types_own_local_request_event_t,

        /// The request about to be sent. Edits of headers, body and Request-URI are honoured; the next hop is chosen
        /// after the run, so a new Request-URI changes where it goes.
        pub fn message(self: LocalRequestEvent) sip.Message {
            return call(sip.Message, null, c.evroute_tm_types_method_local_request_event_message, .{c.evroute_tm_types_borrow_local_request_event(self.handle)});
        }
    };

    /// What `event_route[tm:local-response]` carries.
    pub const LocalResponseEvent = struct {
        handle: c.evroute_tm_types_own_local_response_event_t,

        /// The response that was sent. It has left: edits answer not-allowed-here.
        pub fn message(self: LocalResponseEvent) sip.Message {
            return call(sip.Message, null, c.evroute_tm_types_method_local_response_event_message, .{c.evroute_tm_types_borrow_local_response_event(self.handle)});
        }
    };

    /// `event_route[tm:local-request]`: the server is about to send a request of its own.
    ///
    /// Raised once, before the first send, for every method. On failure: open sends, closed drops.
    pub const local_request = struct {
        /// What the server does next.
        pub const Verdict = enum(u8) {
            /// Send it, as edited.
            send,
            /// Do not send it; whoever asked for it is told so.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a LocalRequestEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_tm_local_request_own_local_request_event_t, verdict: *c.exports_evroute_tm_local_request_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = @backingInt(it);
                    return true;
                }
            }.run, .{ .name = "exports_evroute_tm_local_request_handle" });
        }
    };

    /// `event_route[tm:local-response]`: the server has sent a response that it made itself.
    ///
    /// There is nothing to decide.
    pub const local_response = struct {

        /// Subscribes, at comptime: `handler` takes a LocalResponseEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_tm_local_response_own_local_response_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_tm_local_response_handle" });
        }
    };
};

pub const htable = struct {
    /// What `event_route[htable:mod-init]` carries: nothing yet. The tenant's tables exist.
    pub const ModInitEvent = struct {
        handle: c.evroute_htable_types_own_mod_init_event_t,

        /// The tenant's name.
        pub fn tenant(self: ModInitEvent) []const u8 {
            return call([]const u8, null, c.evroute_htable_types_method_mod_init_event_tenant, .{c.evroute_htable_types_borrow_mod_init_event(self.handle)});
        }
    };

    /// What `event_route[htable:expired:<table>]` carries.
    pub const ExpiredEvent = struct {
        handle: c.evroute_htable_types_own_expired_event_t,

        /// The table.
        pub fn table(self: ExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_htable_types_method_expired_event_table, .{c.evroute_htable_types_borrow_expired_event(self.handle)});
        }

        /// The entry's key. `$shtrecord(key)`.
        pub fn key(self: ExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_htable_types_method_expired_event_key, .{c.evroute_htable_types_borrow_expired_event(self.handle)});
        }

        /// The entry's value. `$shtrecord(value)`.
        pub fn value(self: ExpiredEvent) ?pv.Value {
            return call(?pv.Value, null, c.evroute_htable_types_method_expired_event_value, .{c.evroute_htable_types_borrow_expired_event(self.handle)});
        }
    };

    /// Why a table could not be used.
    pub const Error = enum(u8) {
        /// No such table, or this handler was not granted it. The two look alike on purpose.
        not_granted,
        /// The table's entry or octet limit is used up.
        quota_exceeded,
        /// `add` on an entry that holds text.
        not_a_number,
        /// For the log only; never branch on the text.
        other,

        /// The case of a call that has just returned `error.Refused`.
        pub fn last() @This() {
            return @fromBackingInt(refusal.last.tag);
        }
    };
    const htable_error_names = "\x0bnot granted\x0equota exceeded\x0cnot a number\x80";

    /// One table.
    pub const Table = struct {
        handle: c.evroute_htable_htable_own_table_t,

        /// Opens a table by the name it has in the tenant's configuration.
        pub fn open(name: []const u8) error{Refused}!Table {
            return call(error{Refused}!Table, htable_error_names, c.evroute_htable_htable_static_table_open, .{name});
        }

        /// The entry's value; none when there is no entry.
        pub fn get(self: Table, key: []const u8) error{Refused}!?pv.Value {
            return call(error{Refused}!?pv.Value, htable_error_names, c.evroute_htable_htable_method_table_get, .{ c.evroute_htable_htable_borrow_table(self.handle), key });
        }

        /// Writes an entry. An absent time to live means the table's own; 0 means for good. `null` removes. A key has 1 to 256
        /// octets and a value at most 64 KiB; others are refused as `other`.
        pub fn set(self: Table, key: []const u8, value: ?pv.Value, ttl_seconds: ?u32) error{Refused}!void {
            return call(error{Refused}!void, htable_error_names, c.evroute_htable_htable_method_table_set, .{ c.evroute_htable_htable_borrow_table(self.handle), key, value, ttl_seconds });
        }

        /// Removes an entry and says whether there was one.
        pub fn remove(self: Table, key: []const u8) error{Refused}!bool {
            return call(error{Refused}!bool, htable_error_names, c.evroute_htable_htable_method_table_remove, .{ c.evroute_htable_htable_borrow_table(self.handle), key });
        }

        /// Adds to a number (a missing entry counts as 0) and returns what this run now sees. Applied as an addition
        /// when the run returns a verdict, so that runs at the same time lose nothing: the sum is another by then if others
        /// have added meanwhile. `$shtinc`.
        pub fn add(self: Table, key: []const u8, delta: i64) error{Refused}!i64 {
            return call(error{Refused}!i64, htable_error_names, c.evroute_htable_htable_method_table_add, .{ c.evroute_htable_htable_borrow_table(self.handle), key, delta });
        }
    };

    /// `event_route[htable:mod-init]`: the tenant's tables are ready; raised once at start, before calls are taken.
    ///
    /// On failure: open proceeds, closed aborts the tenant's start.
    pub const mod_init = struct {
        /// What the server does next.
        pub const Verdict = enum(u8) {
            /// Start.
            proceed,
            /// Do not start this tenant; the reason belongs into the log. Its requests are answered 503. A server whose only tenant
            /// does not start does not start either.
            abort_startup,
        };

        /// Subscribes, at comptime: `handler` takes a ModInitEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_htable_mod_init_own_mod_init_event_t, verdict: *c.exports_evroute_htable_mod_init_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = @backingInt(it);
                    return true;
                }
            }.run, .{ .name = "exports_evroute_htable_mod_init_handle" });
        }
    };

    /// `event_route[htable:expired:<table>]`: an entry's time is over and nothing has removed it yet.
    ///
    /// No lock is held: if the entry was written meanwhile, the verdict changes nothing. On failure: removed, whatever the
    /// policy.
    pub const expired = struct {
        /// What becomes of the entry.
        pub const Verdict = union(enum) {
            /// Remove it.
            remove,
            /// Keep it for this many seconds from now; 0 removes.
            extend: u32,
        };

        /// Subscribes, at comptime: `handler` takes a ExpiredEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_htable_expired_own_expired_event_t, verdict: *c.exports_evroute_htable_expired_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = switch (it) {
                        .remove => .{ .tag = 0 },
                        .extend => |one| .{ .tag = 1, .val = .{ .extend = one } },
                    };
                    return true;
                }
            }.run, .{ .name = "exports_evroute_htable_expired_handle" });
        }
    };
};

pub const usrloc = struct {
    /// What `usrloc:contact-added` carries: a copy of the contact, as it is registered.
    pub const ContactAddedEvent = struct {
        handle: c.evroute_usrloc_types_own_contact_added_event_t,

        /// The address of record, `user@domain`.
        pub fn aor(self: ContactAddedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_added_event_aor, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// The contact's URI.
        pub fn contact(self: ContactAddedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_added_event_contact, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// Where the registration came from, `proto:address:port`.
        pub fn received(self: ContactAddedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_added_event_received, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// The User-Agent that registered, octets as received.
        pub fn userAgent(self: ContactAddedEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_usrloc_types_method_contact_added_event_user_agent, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// Call-ID of the registration.
        pub fn callId(self: ContactAddedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_added_event_call_id, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// When it ends unless it is refreshed, seconds since 1970.
        pub fn expiresAt(self: ContactAddedEvent) u64 {
            return call(u64, null, c.evroute_usrloc_types_method_contact_added_event_expires_at, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }

        /// Why: `register` (a phone did), `rpc` (the operator did), and more in time.
        pub fn cause(self: ContactAddedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_added_event_cause, .{c.evroute_usrloc_types_borrow_contact_added_event(self.handle)});
        }
    };

    /// What `usrloc:contact-updated` carries: a copy of the contact, as it is registered from now on.
    pub const ContactUpdatedEvent = struct {
        handle: c.evroute_usrloc_types_own_contact_updated_event_t,

        /// The address of record, `user@domain`.
        pub fn aor(self: ContactUpdatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_aor, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// The contact's URI.
        pub fn contact(self: ContactUpdatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_contact, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// Where the registration came from, `proto:address:port`.
        pub fn received(self: ContactUpdatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_received, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// The User-Agent that registered, octets as received.
        pub fn userAgent(self: ContactUpdatedEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_user_agent, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// Call-ID of the registration.
        pub fn callId(self: ContactUpdatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_call_id, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// When it ends unless it is refreshed, seconds since 1970.
        pub fn expiresAt(self: ContactUpdatedEvent) u64 {
            return call(u64, null, c.evroute_usrloc_types_method_contact_updated_event_expires_at, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }

        /// Why: `register` (a phone did), `rpc` (the operator did), and more in time.
        pub fn cause(self: ContactUpdatedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_updated_event_cause, .{c.evroute_usrloc_types_borrow_contact_updated_event(self.handle)});
        }
    };

    /// What `usrloc:contact-removed` carries: a copy of the contact, as it was registered.
    pub const ContactRemovedEvent = struct {
        handle: c.evroute_usrloc_types_own_contact_removed_event_t,

        /// The address of record, `user@domain`.
        pub fn aor(self: ContactRemovedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_aor, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// The contact's URI.
        pub fn contact(self: ContactRemovedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_contact, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// Where the registration came from, `proto:address:port`.
        pub fn received(self: ContactRemovedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_received, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// The User-Agent that registered, octets as received.
        pub fn userAgent(self: ContactRemovedEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_user_agent, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// Call-ID of the registration.
        pub fn callId(self: ContactRemovedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_call_id, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// When it would have ended, or when nobody was there any more; seconds since 1970.
        pub fn expiresAt(self: ContactRemovedEvent) u64 {
            return call(u64, null, c.evroute_usrloc_types_method_contact_removed_event_expires_at, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }

        /// Why: `register` (the phone took it back), `replaced` (its address of record had as
        /// many as it may), `rpc` (the operator did), `connection-closed`, `pings-missed`
        /// (nobody is there), and more in time.
        pub fn cause(self: ContactRemovedEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_removed_event_cause, .{c.evroute_usrloc_types_borrow_contact_removed_event(self.handle)});
        }
    };

    /// What `event_route[usrloc:contact-expired]` carries: a copy of the contact. `$ulc(exp=>...)`.
    pub const ContactExpiredEvent = struct {
        handle: c.evroute_usrloc_types_own_contact_expired_event_t,

        /// The address of record, `user@domain`.
        pub fn aor(self: ContactExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_aor, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// The contact's URI.
        pub fn contact(self: ContactExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_contact, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// Where the registration came from, `proto:address:port`.
        pub fn received(self: ContactExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_received, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// The User-Agent that registered, octets as received.
        pub fn userAgent(self: ContactExpiredEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_user_agent, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// Call-ID of the registration.
        pub fn callId(self: ContactExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_call_id, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// When it expired, seconds since 1970.
        pub fn expiredAt(self: ContactExpiredEvent) u64 {
            return call(u64, null, c.evroute_usrloc_types_method_contact_expired_event_expired_at, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }

        /// Why it is gone: `expired`, and more in time.
        pub fn cause(self: ContactExpiredEvent) []const u8 {
            return call([]const u8, null, c.evroute_usrloc_types_method_contact_expired_event_cause, .{c.evroute_usrloc_types_borrow_contact_expired_event(self.handle)});
        }
    };

    /// `usrloc:contact-added`: a contact is registered that was not before. Kamailio has no such event.
    ///
    /// Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
    pub const contact_added = struct {

        /// Subscribes, at comptime: `handler` takes a ContactAddedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_usrloc_contact_added_own_contact_added_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_usrloc_contact_added_handle" });
        }
    };

    /// `usrloc:contact-updated`: a contact that was registered is registered again. Kamailio
    /// has no such event.
    ///
    /// Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
    pub const contact_updated = struct {

        /// Subscribes, at comptime: `handler` takes a ContactUpdatedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_usrloc_contact_updated_own_contact_updated_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_usrloc_contact_updated_handle" });
        }
    };

    /// `usrloc:contact-removed`: a contact is not registered any more, before its time was over.
    /// Kamailio has no such event.
    ///
    /// Raised when the registration is on the disk, where it is kept there. There is nothing to decide.
    pub const contact_removed = struct {

        /// Subscribes, at comptime: `handler` takes a ContactRemovedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_usrloc_contact_removed_own_contact_removed_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_usrloc_contact_removed_handle" });
        }
    };

    /// `event_route[usrloc:contact-expired]`: a registered contact's time is over; it is gone already.
    ///
    /// There is nothing to decide.
    pub const contact_expired = struct {

        /// Subscribes, at comptime: `handler` takes a ContactExpiredEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_usrloc_contact_expired_own_contact_expired_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_usrloc_contact_expired_handle" });
        }
    };
};

pub const timer = struct {
    /// What `timer:<name>` carries.
    pub const TimerEvent = struct {
        handle: c.evroute_timer_types_own_timer_event_t,

        /// The timer's name in the tenant's configuration.
        pub fn name(self: TimerEvent) []const u8 {
            return call([]const u8, null, c.evroute_timer_types_method_timer_event_name, .{c.evroute_timer_types_borrow_timer_event(self.handle)});
        }

        /// How many ticks were skipped because the run before took too long.
        pub fn missed(self: TimerEvent) u32 {
            return call(u32, null, c.evroute_timer_types_method_timer_event_missed, .{c.evroute_timer_types_borrow_timer_event(self.handle)});
        }
    };

    /// `timer:<name>`: a configured interval is over. A timer never overlaps itself. Kamailio's `rtimer` and `timer` modules.
    ///
    /// There is nothing to decide.
    pub const timer = struct {

        /// Subscribes, at comptime: `handler` takes a TimerEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_timer_timer_own_timer_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_timer_timer_handle" });
        }
    };
};

pub const tls = struct {
    /// What `tls:certificate-expiring` carries.
    pub const CertificateExpiringEvent = struct {
        handle: c.evroute_tls_types_own_certificate_expiring_event_t,

        /// The names that the certificate is for, in lower case; `*.example.com` among them.
        pub fn names(self: CertificateExpiringEvent) []const []const u8 {
            return call([]const []const u8, null, c.evroute_tls_types_method_certificate_expiring_event_names, .{c.evroute_tls_types_borrow_certificate_expiring_event(self.handle)});
        }

        /// Its last second, since 1970.
        pub fn notAfter(self: CertificateExpiringEvent) u64 {
            return call(u64, null, c.evroute_tls_types_method_certificate_expiring_event_not_after, .{c.evroute_tls_types_borrow_certificate_expiring_event(self.handle)});
        }

        /// How many whole days are left; 0 on the last day, and when it has ended.
        pub fn daysLeft(self: CertificateExpiringEvent) u32 {
            return call(u32, null, c.evroute_tls_types_method_certificate_expiring_event_days_left, .{c.evroute_tls_types_borrow_certificate_expiring_event(self.handle)});
        }
    };

    /// What `event_route[tls:connection-out]` carries.
    pub const ConnectionOutEvent = struct {
        handle: c.evroute_tls_types_own_connection_out_event_t,

        /// Whom the connection has to be to: the host that the way began with, before DNS. It is asked
        /// for, and verified.
        pub fn name(self: ConnectionOutEvent) []const u8 {
            return call([]const u8, null, c.evroute_tls_types_method_connection_out_event_name, .{c.evroute_tls_types_borrow_connection_out_event(self.handle)});
        }

        /// Where that is, as in `203.0.113.5:5061`. `$sndto(ip)`, `$sndto(port)`.
        pub fn address(self: ConnectionOutEvent) []const u8 {
            return call([]const u8, null, c.evroute_tls_types_method_connection_out_event_address, .{c.evroute_tls_types_borrow_connection_out_event(self.handle)});
        }
    };

    /// `tls:certificate-expiring`: the tenant's own certificate ends within the days of `expiring_days`; raised when that
    /// begins, and once for each day that is left. Kamailio has no such event.
    ///
    /// There is nothing to decide.
    pub const certificate_expiring = struct {

        /// Subscribes, at comptime: `handler` takes a CertificateExpiringEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_tls_certificate_expiring_own_certificate_expiring_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_tls_certificate_expiring_handle" });
        }
    };

    /// `event_route[tls:connection-out]`: a connection over TLS is about to be dialled for the tenant;
    /// nothing was sent yet, and the dial waits, as long as a handshake may take. Not raised where a
    /// connection is used that is there.
    ///
    /// On failure: open continues, closed drops.
    pub const connection_out = struct {
        /// What becomes of the connection.
        pub const Verdict = enum(u8) {
            /// It is dialled.
            @"continue",
            /// It is not; what was to be sent over it is undeliverable.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a ConnectionOutEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_tls_connection_out_own_connection_out_event_t, verdict: *c.exports_evroute_tls_connection_out_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = @backingInt(it);
                    return true;
                }
            }.run, .{ .name = "exports_evroute_tls_connection_out_handle" });
        }
    };
};

pub const registrar = struct {
    /// What `registrar:auth-failed` carries. There is no hash and no nonce in it, and nothing that
    /// says whether the user exists.
    pub const AuthFailedEvent = struct {
        handle: c.evroute_registrar_types_own_auth_failed_event_t,

        /// The user name as it was sent.
        pub fn userName(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_user_name, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// What it would have to be known in: the tenant's realm, or the domain that was called.
        pub fn realm(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_realm, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// Address and port of whoever sent the request, as in `203.0.113.5:5060`.
        pub fn source(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_source, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// The method of the request.
        pub fn method(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_method, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// Its Call-ID.
        pub fn callId(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_call_id, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// `wrong`: no such user, or another password; `replayed`: an answer that was used before;
        /// `forbidden`: right, but for somebody else's address. There may be more of them later.
        pub fn reason(self: AuthFailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_registrar_types_method_auth_failed_event_reason, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }

        /// How many wrong passwords this source has sent for this name, without a right one between;
        /// 0 for other reasons.
        pub fn failures(self: AuthFailedEvent) u32 {
            return call(u32, null, c.evroute_registrar_types_method_auth_failed_event_failures, .{c.evroute_registrar_types_borrow_auth_failed_event(self.handle)});
        }
    };

    /// `registrar:auth-failed`: somebody answered a challenge and was not let in. Raised after the
    /// refusal has been decided, which no handler can change. Requests that are not looked at, since
    /// too many wrong passwords came before them, raise nothing. Kamailio has no such event.
    ///
    /// There is nothing to decide.
    pub const auth_failed = struct {

        /// Subscribes, at comptime: `handler` takes a AuthFailedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_registrar_auth_failed_own_auth_failed_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_registrar_auth_failed_handle" });
        }
    };
};

pub const xhttp = struct {
    /// What `event_route[xhttp:request]` carries: a request of HTTP/1.1 or 1.0 with its whole body.
    pub const HttpRequestEvent = struct {
        handle: c.evroute_xhttp_types_own_http_request_event_t,

        /// The method, case kept: `GET`. `$rm`.
        pub fn method(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_method, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// What was asked for as it was written, path and query: `/calls?limit=5`. `$hu`.
        pub fn target(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_target, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// The path alone, still %-escaped: `/calls`.
        pub fn path(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_path, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// What stands behind the first `?`, still %-escaped; none where there is no `?`.
        pub fn query(self: HttpRequestEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_xhttp_types_method_http_request_event_query, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// The first header field of this name, outer white space cut; names are compared without case. `$hdr(name)`.
        pub fn header(self: HttpRequestEvent, name: []const u8) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_xhttp_types_method_http_request_event_header, .{ c.evroute_xhttp_types_borrow_http_request_event(self.handle), name });
        }

        /// All header fields of this name in order, at most `limit` of them.
        pub fn headers(self: HttpRequestEvent, name: []const u8, limit: u32) []const []const u8 {
            return call([]const []const u8, null, c.evroute_xhttp_types_method_http_request_event_headers, .{ c.evroute_xhttp_types_borrow_http_request_event(self.handle), name, limit });
        }

        /// The names of all header fields in their order, as they were written, at most `limit` of them.
        pub fn headerNames(self: HttpRequestEvent, limit: u32) []const []const u8 {
            return call([]const []const u8, null, c.evroute_xhttp_types_method_http_request_event_header_names, .{ c.evroute_xhttp_types_borrow_http_request_event(self.handle), limit });
        }

        /// The body, empty when there is none. `$rb`.
        pub fn body(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_body, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// Address and port of whoever sent it, as in `203.0.113.5:40112`. `$si`, `$sp`.
        pub fn source(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_source, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }

        /// How it came: `tcp`, or `tls` for HTTPS. There may be more later. `$proto`.
        pub fn transport(self: HttpRequestEvent) []const u8 {
            return call([]const u8, null, c.evroute_xhttp_types_method_http_request_event_transport, .{c.evroute_xhttp_types_borrow_http_request_event(self.handle)});
        }
    };

    /// One header field of an answer. Frozen.
    pub const HeaderField = struct {
        /// Its name, a token. Fields that say where the answer ends or what becomes of the connection are the server's own:
        /// Content-Length, Transfer-Encoding, Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade, Date. One of
        /// these, or one that would break the answer, is left out, and the log says so.
        name: []const u8,
        /// Its value, without CR, LF and other control characters.
        value: []const u8,
    };

    /// An answer. Frozen.
    pub const Answer = struct {
        /// 200 to 599; in the place of anything else 500 is sent, and the log says so.
        status: u16,
        /// The reason phrase; control characters become spaces, what is over 255 octets is cut, and the log says so.
        /// Absent means the usual one.
        reason: ?[]const u8 = null,
        /// Header fields, at most 64, in this order.
        headers: []const HeaderField,
        /// The body; of 204 and 304, and where the method is HEAD, it is not sent.
        body: []const u8,
    };

    /// `event_route[xhttp:request]`: a request of HTTP came, on a port of SIP or on one of HTTP alone.
    ///
    /// Handshakes of WebSocket are requests of HTTP, too. On failure: open passes, closed answers 500.
    pub const request = struct {
        /// What becomes of the request.
        pub const Verdict = union(enum) {
            /// What the server does without a handler: a handshake at the path of `[websocket]` becomes a WebSocket, everything
            /// else is answered 404.
            pass,
            /// Answer it. The connection stays as long as the client wants it to. `xhttp_reply`.
            reply: Answer,
            /// Answer it, and close the connection. `set_reply_close`.
            reply_and_close: Answer,
            /// Make the connection a WebSocket, whatever the path: `ws_handle_handshake`. What is no proper handshake, or comes
            /// from a page that `[websocket]` does not name, is refused by the server.
            upgrade,
            /// Close the connection without an answer.
            drop,
        };

        /// Subscribes, at comptime: `handler` takes a HttpRequestEvent and returns Verdict or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_xhttp_request_own_http_request_event_t, verdict: *c.exports_evroute_xhttp_request_verdict_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    const it: Verdict = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    verdict.* = switch (it) {
                        .pass => .{ .tag = 0 },
                        .reply => |one| .{ .tag = 1, .val = .{ .reply = .{ .status = one.status, .reason = .{ .is_some = one.reason != null, .val = convert.out(c.bindings_string_t, one.reason orelse "") }, .headers = convert.out(c.evroute_xhttp_types_list_header_field_t, one.headers), .body = convert.out(c.bindings_list_u8_t, one.body) } } },
                        .reply_and_close => |one| .{ .tag = 2, .val = .{ .reply_and_close = .{ .status = one.status, .reason = .{ .is_some = one.reason != null, .val = convert.out(c.bindings_string_t, one.reason orelse "") }, .headers = convert.out(c.evroute_xhttp_types_list_header_field_t, one.headers), .body = convert.out(c.bindings_list_u8_t, one.body) } } },
                        .upgrade => .{ .tag = 3 },
                        .drop => .{ .tag = 4 },
                    };
                    return true;
                }
            }.run, .{ .name = "exports_evroute_xhttp_request_handle" });
        }
    };
};

pub const websocket = struct {
    /// What `event_route[websocket:closed]` carries.
    pub const ClosedEvent = struct {
        handle: c.evroute_websocket_types_own_closed_event_t,

        /// Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`.
        pub fn source(self: ClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_websocket_types_method_closed_event_source, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }

        /// Our address and port. `$Ri`, `$Rp`.
        pub fn local(self: ClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_websocket_types_method_closed_event_local, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }

        /// `ws`, or `wss` over TLS. `$proto`.
        pub fn transport(self: ClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_websocket_types_method_closed_event_transport, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }

        /// What its handshake asked for, path and query: `/sip`.
        pub fn target(self: ClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_websocket_types_method_closed_event_target, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }

        /// The page that asked for it, as its browser said; none from what is no browser.
        pub fn origin(self: ClosedEvent) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_websocket_types_method_closed_event_origin, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }

        /// When its handshake was done, seconds since 1970.
        pub fn openedAt(self: ClosedEvent) u64 {
            return call(u64, null, c.evroute_websocket_types_method_closed_event_opened_at, .{c.evroute_websocket_types_borrow_closed_event(self.handle)});
        }
    };

    /// `event_route[websocket:closed]`: a connection of WebSocket is gone, whoever has closed it; what
    /// was registered over it is, too. Not raised for those that end with the server.
    ///
    /// There is nothing to decide.
    pub const closed = struct {

        /// Subscribes, at comptime: `handler` takes a ClosedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_websocket_closed_own_closed_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_websocket_closed_handle" });
        }
    };
};

pub const uac = struct {
    /// What `uac:registered` carries.
    pub const RegisteredEvent = struct {
        handle: c.evroute_uac_types_own_registered_event_t,

        /// The trunk's name, as in `[[tenant.trunk]]`.
        pub fn trunk(self: RegisteredEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_registered_event_trunk, .{c.evroute_uac_types_borrow_registered_event(self.handle)});
        }

        /// Whom it is registered with, as in `sip:sip.carrier.example`.
        pub fn registrar(self: RegisteredEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_registered_event_registrar, .{c.evroute_uac_types_borrow_registered_event(self.handle)});
        }

        /// Who is registered there.
        pub fn user(self: RegisteredEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_registered_event_user, .{c.evroute_uac_types_borrow_registered_event(self.handle)});
        }

        /// What the peer granted, in seconds. It is refreshed before they are over, which raises
        /// nothing.
        pub fn expires(self: RegisteredEvent) u32 {
            return call(u32, null, c.evroute_uac_types_method_registered_event_expires, .{c.evroute_uac_types_borrow_registered_event(self.handle)});
        }
    };

    /// What `uac:failed` carries.
    pub const FailedEvent = struct {
        handle: c.evroute_uac_types_own_failed_event_t,

        /// The trunk's name, as in `[[tenant.trunk]]`.
        pub fn trunk(self: FailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_failed_event_trunk, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// Whom it is to be registered with, as in `sip:sip.carrier.example`.
        pub fn registrar(self: FailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_failed_event_registrar, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// Who is to be registered there.
        pub fn user(self: FailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_failed_event_user, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// The status code of the answer; 408 where none came, 503 where nothing was sent.
        pub fn code(self: FailedEvent) u16 {
            return call(u16, null, c.evroute_uac_types_method_failed_event_code, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// What the peer said, or what this server says of it: `the password is wrong`.
        pub fn reason(self: FailedEvent) []const u8 {
            return call([]const u8, null, c.evroute_uac_types_method_failed_event_reason, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// The how manyth attempt in a row it is that failed, from 1.
        pub fn failures(self: FailedEvent) u32 {
            return call(u32, null, c.evroute_uac_types_method_failed_event_failures, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }

        /// When the next attempt is, in seconds from now.
        pub fn retrySeconds(self: FailedEvent) u32 {
            return call(u32, null, c.evroute_uac_types_method_failed_event_retry_seconds, .{c.evroute_uac_types_borrow_failed_event(self.handle)});
        }
    };

    /// `uac:registered`: a trunk is registered that was not before. Kamailio's `uac` raises nothing.
    ///
    /// There is nothing to decide.
    pub const registered = struct {

        /// Subscribes, at comptime: `handler` takes a RegisteredEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_uac_registered_own_registered_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_uac_registered_handle" });
        }
    };

    /// `uac:failed`: an attempt to register with a trunk failed. It may be registered still, by an
    /// attempt before. Raised for every attempt; they become rarer, half an hour apart at last.
    ///
    /// There is nothing to decide.
    pub const failed = struct {

        /// Subscribes, at comptime: `handler` takes a FailedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_uac_failed_own_failed_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_uac_failed_handle" });
        }
    };
};

pub const tcp = struct {
    /// What `event_route[tcp:closed]` carries.
    pub const TcpClosedEvent = struct {
        handle: c.evroute_tcp_types_own_tcp_closed_event_t,

        /// Address and port of the other side, as in `203.0.113.5:40112`. `$si`, `$sp`.
        pub fn source(self: TcpClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_tcp_types_method_tcp_closed_event_source, .{c.evroute_tcp_types_borrow_tcp_closed_event(self.handle)});
        }

        /// Our address and port. `$Ri`, `$Rp`.
        pub fn local(self: TcpClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_tcp_types_method_tcp_closed_event_local, .{c.evroute_tcp_types_borrow_tcp_closed_event(self.handle)});
        }

        /// `tcp`, `tls`, `ws` or `wss`. `$proto`.
        pub fn transport(self: TcpClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_tcp_types_method_tcp_closed_event_transport, .{c.evroute_tcp_types_borrow_tcp_closed_event(self.handle)});
        }

        /// Why: `peer` (the other side closed it), `reset` (it broke), `idle` (nothing came for too
        /// long), `server` (this server closed it: what came was no SIP or too slow, its place was
        /// needed for another), and more in time.
        pub fn cause(self: TcpClosedEvent) []const u8 {
            return call([]const u8, null, c.evroute_tcp_types_method_tcp_closed_event_cause, .{c.evroute_tcp_types_borrow_tcp_closed_event(self.handle)});
        }

        /// How long it was there, in whole seconds.
        pub fn lastedSeconds(self: TcpClosedEvent) u64 {
            return call(u64, null, c.evroute_tcp_types_method_tcp_closed_event_lasted_seconds, .{c.evroute_tcp_types_borrow_tcp_closed_event(self.handle)});
        }
    };

    /// `event_route[tcp:closed]`: a connection is gone over which requests of the tenant came since it
    /// handles this event. Kamailio's `tcpops` raises `tcp:closed`, `tcp:reset` and `tcp:timeout`; here
    /// the cause says which. A connection tells eight tenants at most, those whose requests came first.
    /// Not raised for those that end with the server.
    ///
    /// There is nothing to decide.
    pub const closed = struct {

        /// Subscribes, at comptime: `handler` takes a TcpClosedEvent and returns void or an error.
        pub fn handle(comptime handler: anytype) void {
            @export(&struct {
                fn run(raised: c.exports_evroute_tcp_closed_own_tcp_closed_event_t, sentence: *c.bindings_string_t) callconv(.c) bool {
                    _ = refusal.ended(handler(.{ .handle = raised }), sentence) orelse return false;
                    return true;
                }
            }.run, .{ .name = "exports_evroute_tcp_closed_handle" });
        }
    };
};

pub const sql = struct {
    /// A column's or parameter's value. Frozen.
    pub const Value = union(enum) {
        /// A whole number.
        int: i64,
        /// A floating point number.
        real: f64,
        /// Text.
        text: []const u8,
        /// Octets.
        octets: []const u8,

        pub fn in(received: anytype) ?Value {
            return switch (received.tag) {
                1 => .{ .int = convert.in(i64, received.val.int_) },
                2 => .{ .real = convert.in(f64, received.val.real) },
                3 => .{ .text = convert.in([]const u8, received.val.text) },
                4 => .{ .octets = convert.in([]const u8, received.val.octets) },
                else => null,
            };
        }

        pub fn out(comptime C: type, value: ?Value) C {
            return switch (value orelse return .{ .tag = 0 }) {
                .int => |it| .{ .tag = 1, .val = .{ .int_ = convert.out(@FieldType(@FieldType(C, "val"), "int_"), it) } },
                .real => |it| .{ .tag = 2, .val = .{ .real = convert.out(@FieldType(@FieldType(C, "val"), "real"), it) } },
                .text => |it| .{ .tag = 3, .val = .{ .text = convert.out(@FieldType(@FieldType(C, "val"), "text"), it) } },
                .octets => |it| .{ .tag = 4, .val = .{ .octets = convert.out(@FieldType(@FieldType(C, "val"), "octets"), it) } },
            };
        }
    };

    /// Why a statement did not run to its end.
    pub const Error = enum(u8) {
        /// No such database, or this handler was not granted it. The two look alike on purpose.
        not_granted,
        /// It took longer than the database's deadline.
        deadline,
        /// No connection was free, or the database cannot be reached.
        unavailable,
        /// The database refused it. The text is for the log only; never branch on it.
        refused,
        /// The result is larger than the configured limit.
        too_large,
        /// For the log only; never branch on the text.
        other,

        /// The case of a call that has just returned `error.Refused`.
        pub fn last() @This() {
            return @fromBackingInt(refusal.last.tag);
        }
    };
    const sql_error_names = "\x0bnot granted\x08deadline\x0bunavailable\x87refused\x09too large\x80";

    /// One database.
    pub const Connection = struct {
        handle: c.evroute_sql_sql_own_connection_t,

        /// Opens a database by its label. An empty label stands for the tenant's only database; where there are several,
        /// the error (`other`) says so.
        pub fn open(label: []const u8) error{Refused}!Connection {
            return call(error{Refused}!Connection, sql_error_names, c.evroute_sql_sql_static_connection_open, .{label});
        }

        /// Runs one statement that returns no rows and says how many it changed. Parameters are bound, `?` in the text.
        pub inline fn execute(self: Connection, statement: []const u8, parameters: []const ?Value) error{Refused}!u64 {
            return call(error{Refused}!u64, sql_error_names, c.evroute_sql_sql_method_connection_execute, .{ c.evroute_sql_sql_borrow_connection(self.handle), statement, parameters });
        }

        /// Runs one statement that returns rows. Parameters are bound, `?` in the text.
        pub inline fn query(self: Connection, statement: []const u8, parameters: []const ?Value) error{Refused}!Rows {
            return call(error{Refused}!Rows, sql_error_names, c.evroute_sql_sql_method_connection_query, .{ c.evroute_sql_sql_borrow_connection(self.handle), statement, parameters });
        }
    };

    /// A cursor over a result.
    pub const Rows = struct {
        handle: c.evroute_sql_sql_own_rows_t,

        /// The names of the columns.
        pub fn columns(self: Rows) []const []const u8 {
            return call([]const []const u8, null, c.evroute_sql_sql_method_rows_columns, .{c.evroute_sql_sql_borrow_rows(self.handle)});
        }

        /// The next rows, at most `limit` of them, which is to be more than 0; empty at the end.
        pub fn next(self: Rows, limit: u32) error{Refused}![]const []const ?Value {
            return call(error{Refused}![]const []const ?Value, sql_error_names, c.evroute_sql_sql_method_rows_next, .{ c.evroute_sql_sql_borrow_rows(self.handle), limit });
        }
    };
};

pub const textops = struct {
    /// Header fields of the event's message by place and by pattern, beside those by name that a message has. Kamailio's
    /// module textops. In an event without a message there are none.
    pub const headers = struct {
        /// Why nothing was removed.
        pub const Error = enum(u8) {
            /// This event cannot honour the edit.
            not_allowed_here,
            /// It is no pattern. The text says why, for the log only.
            invalid,
            /// For the log only; never branch on the text.
            other,

            /// The case of a call that has just returned `error.Refused`.
            pub fn last() @This() {
                return @fromBackingInt(refusal.last.tag);
            }
        };
        const headers_error_names = "\x10not allowed here\x87invalid\x80";

        /// How many header fields the message has now, edits counted in.
        pub fn count() u32 {
            return call(u32, null, c.evroute_textops_headers_count, .{});
        }

        /// The name of the field at this place, from 0, as it was written; none behind the last one.
        pub fn name(place: u32) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_textops_headers_name, .{place});
        }

        /// The value of the field at this place, folded lines joined, outer white space cut; none behind the last one.
        pub fn value(place: u32) ?[]const u8 {
            return call(?[]const u8, null, c.evroute_textops_headers_value, .{place});
        }

        /// Removes every header field whose name this pattern matches, and returns how many there were. `*` stands for any
        /// characters, `?` for one; letters of both cases are the same, and compact forms count as the long name. Fields that
        /// belong to the server, as for a message's remove-headers, stay whatever the pattern is. Invalid is what is empty,
        /// longer than 64 octets, has more than 8 `*`, or what no name has. `remove_hf_re`.
        pub fn removeMatching(pattern: []const u8) error{Refused}!u32 {
            return call(error{Refused}!u32, headers_error_names, c.evroute_textops_headers_remove_matching, .{pattern});
        }
    };

    /// What is added to the answer that a verdict of the event gives its request: `reject` of `core:request`.
    ///
    /// It counts if the run returns a verdict, as the run's other effects do, and whichever handler of the event gives the
    /// answer. Where no verdict answers, nobody reads it. What is refused is missing in the answer, which is given all the
    /// same; the log says so.
    pub const reply = struct {
        /// Why something was refused. Nothing was changed.
        pub const Error = enum(u8) {
            /// The field belongs to the server, or this event gives no answer.
            not_allowed_here,
            /// CR, LF or NUL in it, no header name, or a Contact that is no list of addresses. The text says which, for the log
            /// only.
            invalid,
            /// The answer has `run_reply_headers_max` fields already, or would have more than `run_reply_bytes_max` octets.
            too_large,
            /// For the log only; never branch on the text.
            other,

            /// The case of a call that has just returned `error.Refused`.
            pub fn last() @This() {
                return @fromBackingInt(refusal.last.tag);
            }
        };
        const reply_error_names = "\x10not allowed here\x87invalid\x09too large\x80";

        /// Adds a header field: Contact to a 3xx, Retry-After to a 503, WWW-Authenticate to a 401. Via, From, To, Call-ID,
        /// CSeq, Max-Forwards, Route, Record-Route, Content-Length and Content-Type belong to the server: not-allowed-here.
        /// `append_to_reply`.
        pub fn appendHeader(name: []const u8, value: []const u8) error{Refused}!void {
            return call(error{Refused}!void, reply_error_names, c.evroute_textops_reply_append_header, .{ name, value });
        }

        /// Gives the answer this body, in the place of one that was given before. An empty one takes it away.
        /// `set_reply_body`.
        pub fn setBody(content_type: []const u8, new_body: []const u8) error{Refused}!void {
            return call(error{Refused}!void, reply_error_names, c.evroute_textops_reply_set_body, .{ content_type, new_body });
        }
    };
};
