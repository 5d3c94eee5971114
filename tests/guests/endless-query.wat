;; As endless-request, in the lane of those that wait: it could open a database. With much fuel
;; DeadlineExceeded on every request.
(module
  (import "evroute:sql/sql@0.1.0" "[static]connection.open" (func $open (param i32 i32 i32)))
  (memory (export "memory") 1)
  (global $never (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:core/request@0.1.1#handle") (param i32) (result i32)
    (if (global.get $never) (then (call $open (i32.const 16) (i32.const 0) (i32.const 512))))
    (loop $for_ever (br $for_ever))
    (unreachable)))
