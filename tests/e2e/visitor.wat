;; Writes a row into `visits` of the database `main` for every request, then lets it pass: the
;; memory at 1024 stays zero, and zero is `ok(pass)`. If the row cannot be written: GuestError.
(module
  (import "evroute:sql/sql@0.1.0" "[static]connection.open" (func $open (param i32 i32 i32)))
  (import "evroute:sql/sql@0.1.0" "[method]connection.execute"
    (func $execute (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "main")
  (data (i32.const 32) "insert into visits values (1)")
  (data (i32.const 96) "the visit was not written")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  ;; err("the visit was not written") at 2048
  (func $err (result i32)
    (i32.store8 (i32.const 2048) (i32.const 1))
    (i32.store (i32.const 2052) (i32.const 96))
    (i32.store (i32.const 2056) (i32.const 25))
    (i32.const 2048))
  (func (export "evroute:core/request@0.1.1#handle") (param i32) (result i32)
    (call $open (i32.const 16) (i32.const 4) (i32.const 256))
    (if (i32.load8_u (i32.const 256)) (then (return (call $err))))
    ;; No parameters; the answer is not looked at beyond whether it is one.
    (call $execute (i32.load (i32.const 260)) (i32.const 32) (i32.const 29) (i32.const 0) (i32.const 0) (i32.const 320))
    (if (i32.load8_u (i32.const 320)) (then (return (call $err))))
    (i32.const 1024)))
