//! Why a run gives up: what the server refused, and for what.

const std = @import("std");
const arena = @import("arena.zig");

/// The last refusal as the bindings write it: all their errors are a case and a text, which some cases have.
pub const Refusal = extern struct { tag: u8, says: extern struct { ptr: [*]const u8, len: usize } };

pub var last: Refusal = undefined;
/// The names of its cases, each after an octet with its length, to which 128 is added where the case has a text.
pub var names: [*]const u8 = undefined;

/// What the handler was about to do.
var subject: ?[]const u8 = null;

/// What was asked for, in front of the refusal: `errdefer ev.about("table blocked");` makes "table blocked: not granted". The
/// first to say so is nearest to it.
pub noinline fn about(what: []const u8) void {
    if (subject == null) subject = what;
}

/// Ends a call of a handler: its verdict, or the sentence for the operator's log.
pub inline fn ended(result: anytype, sentence: anytype) ?Payload(@TypeOf(result)) {
    if (@typeInfo(@TypeOf(result)) != .error_union) return result;
    return result catch |err| {
        const own = if (isOnlyRefused(@TypeOf(result))) "" else if (err == error.Refused) "" else @errorName(err);
        const text = explained(own);
        sentence.* = .{ .ptr = @constCast(text.ptr), .len = text.len };
        return null;
    };
}

fn Payload(comptime Result: type) type {
    const info = @typeInfo(Result);
    return if (info == .error_union) info.error_union.payload else Result;
}

fn isOnlyRefused(comptime Result: type) bool {
    const set = @typeInfo(@typeInfo(Result).error_union.error_set).error_set.error_names orelse return false;
    return set.len == 1 and std.mem.eql(u8, set[0], "Refused");
}

/// What the handler was about to do, and why not: an error of its own by name, or the last refusal; of its case `other` only
/// what it says.
noinline fn explained(own: []const u8) []const u8 {
    var name = own;
    var says: []const u8 = "";
    if (own.len == 0) {
        var at = names;
        for (0..last.tag) |_| at += (at[0] & 127) + 1;
        name = at[1..][0 .. at[0] & 127];
        if (at[0] >= 128) says = last.says.ptr[0..last.says.len];
    }
    const what = subject orelse "";
    const room = arena.create(u8, what.len + name.len + says.len + 4).ptr;
    var end = put(room, what);
    if (what.len != 0) end = put(end, ": ");
    end = put(end, name);
    if (name.len != 0 and says.len != 0) end = put(end, ": ");
    end = put(end, says);
    return room[0 .. end - room];
}

inline fn put(at: [*]u8, text: []const u8) [*]u8 {
    @memcpy(at, text);
    return at + text.len;
}
