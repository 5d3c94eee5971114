//! Calls to the server: values of Zig are made of the bindings' and the other way round, by their types.

const std = @import("std");
const arena = @import("arena.zig");
const refusal = @import("refusal.zig");

/// Calls a function of the bindings, whose last parameters are for what it returns, unless that is a number or a handle. `names`
/// are those of the cases of its error, where it has one.
pub inline fn call(comptime Result: type, comptime names: ?[*]const u8, comptime function: anytype, arguments: anytype) Result {
    const parameters = @typeInfo(@TypeOf(function)).@"fn".param_types;
    var passed: std.meta.ArgsTuple(@TypeOf(function)) = undefined;
    var room: Room(@TypeOf(function)) = undefined;
    inline for (arguments, 0..) |argument, i| {
        const Wanted = parameters[i].?;
        if (@typeInfo(Wanted) != .pointer) {
            passed[i] = argument;
        } else if (isAbsent(argument)) {
            passed[i] = null;
        } else {
            room[i] = out(@TypeOf(room[i]), present(argument));
            passed[i] = &room[i];
        }
    }
    inline for (arguments.len..parameters.len) |i| passed[i] = &room[i];
    if (names != null) passed[parameters.len - 1] = @ptrCast(&refusal.last);
    if (@typeInfo(Result) == .error_union) {
        const Value = @typeInfo(Result).error_union.payload;
        const last = parameters.len - 1;
        if (!@call(.auto, function, passed)) {
            refusal.names = names.?;
            return error.Refused;
        }
        return if (Value == void) {} else in(Value, room[last - 1]);
    }
    const returned = @call(.auto, function, passed);
    if (parameters.len == arguments.len) return in(Result, returned);
    const last = parameters.len - 1;
    if (@TypeOf(returned) == void) return in(Result, room[last]);
    return if (returned) in(@typeInfo(Result).optional.child, room[last]) else null;
}

/// What the function's pointers point to.
fn Room(comptime Function: type) type {
    const parameters = @typeInfo(Function).@"fn".param_types;
    var types: [parameters.len]type = undefined;
    for (parameters, &types) |parameter, *ty| ty.* = switch (@typeInfo(parameter.?)) {
        .pointer => |pointer| pointer.child,
        else => void,
    };
    return @Tuple(&types);
}

/// An option that is none; a value that is null is a value.
fn isAbsent(argument: anytype) bool {
    const info = @typeInfo(@TypeOf(argument));
    if (info != .optional or isVariant(info.optional.child)) return false;
    return argument == null;
}

fn present(argument: anytype) Present(@TypeOf(argument)) {
    const Argument = @TypeOf(argument);
    return if (Present(Argument) == Argument) argument else argument.?;
}

fn Present(comptime Argument: type) type {
    const info = @typeInfo(Argument);
    return if (info == .optional and !isVariant(info.optional.child)) info.optional.child else Argument;
}

/// Values, which convert themselves.
fn isVariant(comptime T: type) bool {
    return @typeInfo(T) == .@"union";
}

/// For the server.
pub fn out(comptime C: type, value: anytype) C {
    const Value = @TypeOf(value);
    switch (@typeInfo(Value)) {
        .optional => |info| return info.child.out(C, value),
        .@"struct" => return if (@hasField(C, "name"))
            .{ .name = out(@FieldType(C, "name"), value.name), .value = out(@FieldType(C, "value"), value.value) }
        else
            .{ .f0 = out(@FieldType(C, "f0"), value[0]), .f1 = out(@FieldType(C, "f1"), value[1]) },
        .pointer => {
            const Element = std.meta.Child(@FieldType(C, "ptr"));
            if (Element == u8) return .{ .ptr = @constCast(value.ptr), .len = value.len };
            if (value.len == 0) return .{};
            const all = arena.create(Element, value.len);
            for (all, value) |*to, from| to.* = out(Element, from);
            return .{ .ptr = all.ptr, .len = all.len };
        },
        else => return value,
    }
}

/// From the server.
pub fn in(comptime T: type, received: anytype) T {
    if (T == @TypeOf(received)) return received;
    if (T == []const u8) return if (received.len == 0) "" else received.ptr[0..received.len];
    switch (@typeInfo(T)) {
        .optional => |info| {
            // An entry is there or is null: nothing can be both.
            if (@hasField(@TypeOf(received), "is_some")) return if (received.is_some) info.child.in(received.val) else null;
            return info.child.in(received);
        },
        .@"struct" => return .{ .handle = received },
        .pointer => |info| {
            const all = arena.create(info.child, received.len);
            for (all, received.ptr[0..received.len]) |*to, from| to.* = in(info.child, from);
            return all;
        },
        else => @compileError("no " ++ @typeName(T) ++ " comes from the server"),
    }
}
