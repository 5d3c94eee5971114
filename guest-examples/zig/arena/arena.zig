//! C's arena as an allocator: memory is handed out and never taken back, since a run's instance is thrown away as a whole.

const std = @import("std");

extern fn malloc(len: usize) ?[*]u8;

pub const allocator: std.mem.Allocator = .{ .ptr = undefined, .vtable = &.{
    .alloc = alloc,
    .resize = std.mem.Allocator.noResize,
    .remap = std.mem.Allocator.noRemap,
    .free = std.mem.Allocator.noFree,
} };

/// What malloc gives is aligned for anything a handler asks for.
fn alloc(_: *anyopaque, len: usize, _: std.mem.Alignment, _: usize) ?[*]u8 {
    return malloc(len);
}

/// A text for the server, of the bindings' own type.
pub fn text(comptime Text: type, from: []const u8) Text {
    return .{ .ptr = @constCast(from.ptr), .len = from.len };
}

/// A text of the server's.
pub fn slice(received: anytype) []const u8 {
    return if (received.len == 0) "" else received.ptr[0..received.len];
}
