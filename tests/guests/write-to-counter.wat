;; Writes to a variable that counts when it is read: refused as read-only, and nothing is counted.
;; GuestError where the server says something else.
(module
  (import "evroute:pv/pv@0.1.0" "set" (func $set (param i32 i32 i32 i64 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "$shtinc(blocked=>x)")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; set("$shtinc(blocked=>x)", int(1)), its result at 64: err(read-only) is 1 there and 2 at 68
    (call $set (i32.const 16) (i32.const 19) (i32.const 1) (i64.const 1) (i32.const 0) (i32.const 64))
    ;; result<verdict, string> at 128
    (i32.store8 (i32.const 128)
      (i32.eqz (i32.and
        (i32.eq (i32.load8_u (i32.const 64)) (i32.const 1))
        (i32.eq (i32.load8_u (i32.const 68)) (i32.const 2)))))
    (i32.const 128)))
