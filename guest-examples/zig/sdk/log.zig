//! The operator's log: `log.info("request [{s}]", .{message.method()})`, as `std.log` has it.

const std = @import("std");
const arena = @import("arena.zig");
const c = @import("bindings");

pub fn err(comptime format: []const u8, arguments: anytype) void {
    write(c.EVROUTE_LOG_LOG_LEVEL_ERROR, print(format, arguments));
}

pub fn warn(comptime format: []const u8, arguments: anytype) void {
    write(c.EVROUTE_LOG_LOG_LEVEL_WARNING, print(format, arguments));
}

pub fn notice(comptime format: []const u8, arguments: anytype) void {
    write(c.EVROUTE_LOG_LOG_LEVEL_NOTICE, print(format, arguments));
}

pub fn info(comptime format: []const u8, arguments: anytype) void {
    write(c.EVROUTE_LOG_LOG_LEVEL_INFO, print(format, arguments));
}

pub fn debug(comptime format: []const u8, arguments: anytype) void {
    write(c.EVROUTE_LOG_LOG_LEVEL_DEBUG, print(format, arguments));
}

fn write(level: c.evroute_log_log_level_t, line: []const u8) void {
    var text: c.bindings_string_t = .{ .ptr = @constCast(line.ptr), .len = line.len };
    c.evroute_log_log_log(level, &text);
}

/// A text as `std.fmt` makes it. What has only `{s}` and `{d}` of whole numbers is put together without that, which a run would pay for.
pub inline fn print(comptime format: []const u8, arguments: anytype) []const u8 {
    const plain = comptime pieces(format, @TypeOf(arguments));
    if (plain == null) return std.fmt.allocPrint(arena.allocator, format, arguments) catch @trap();
    var parts: [arguments.len + filled(plain.?)][]const u8 = undefined;
    var digits: [arguments.len][20]u8 = undefined;
    comptime var end = 0;
    inline for (plain.?, 0..) |piece, i| {
        if (piece.len != 0) {
            parts[end] = piece;
            end += 1;
        }
        if (i == arguments.len) break;
        parts[end] = if (@typeInfo(@TypeOf(arguments[i])) == .int) decimal(&digits[i], arguments[i]) else arguments[i];
        end += 1;
    }
    return arena.concat(&parts);
}

fn filled(comptime all: []const []const u8) usize {
    var count = 0;
    for (all) |piece| count += @intFromBool(piece.len != 0);
    return count;
}

/// What is between the arguments, where all of them are plain.
fn pieces(comptime format: []const u8, comptime Arguments: type) ?[]const []const u8 {
    const types = @typeInfo(Arguments).@"struct".field_types;
    var found: []const []const u8 = &.{};
    var rest = format;
    for (types) |T| {
        const at = std.mem.findScalar(u8, rest, '{') orelse return null;
        if (rest.len < at + 3 or rest[at + 2] != '}') return null;
        const is_plain = switch (rest[at + 1]) {
            's' => @typeInfo(T) == .pointer,
            'd' => @typeInfo(T) == .int,
            else => false,
        };
        if (!is_plain) return null;
        found = found ++ .{rest[0..at]};
        rest = rest[at + 3 ..];
    }
    if (std.mem.findAny(u8, rest, "{}") != null) return null;
    return found ++ .{rest};
}

fn decimal(digits: *[20]u8, number: anytype) []const u8 {
    var at: usize = digits.len;
    var rest: u64 = @abs(number);
    while (true) {
        at -= 1;
        digits[at] = '0' + @as(u8, @intCast(rest % 10));
        rest /= 10;
        if (rest == 0) break;
    }
    if (number < 0) {
        at -= 1;
        digits[at] = '-';
    }
    return digits[at..];
}
