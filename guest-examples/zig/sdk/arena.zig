//! C's arena: memory is handed out and never taken back, since a run's instance is thrown away as a whole.

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

/// What the server allocates with, which is there in any case.
extern fn cabi_realloc(old: ?[*]u8, old_size: usize, alignment: usize, size: usize) [*]u8;

/// Room for that many.
pub fn create(comptime T: type, count: usize) []T {
    const room = cabi_realloc(null, 0, @alignOf(T), count * @sizeOf(T));
    return @as([*]T, @ptrCast(@alignCast(room)))[0..count];
}

/// One text of many. Without room for it the run cannot go on.
pub fn concat(parts: []const []const u8) []const u8 {
    var len: usize = 0;
    for (parts) |part| len += part.len;
    const text = (malloc(len) orelse @trap())[0..len];
    var at: usize = 0;
    for (parts) |part| {
        @memcpy(text[at..][0..part.len], part);
        at += part.len;
    }
    return text;
}
