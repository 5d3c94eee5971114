;; Writes one entry after another until it is told that there is no room: refused as quota-exceeded,
;; and GuestError. What it has written is gone with its run.
(module
  (import "evroute:htable/htable@0.1.0" "[static]table.open" (func $open (param i32 i32 i32)))
  (import "evroute:htable/htable@0.1.0" "[method]table.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "blocked")
  (data (i32.const 32) "no room")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (local $number i32)
    (call $open (i32.const 16) (i32.const 7) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (unreachable)))
    (loop $next
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      ;; A key of two letters.
      (i32.store8 (i32.const 48)
        (i32.add (i32.const 65) (i32.and (local.get $number) (i32.const 15))))
      (i32.store8 (i32.const 49)
        (i32.add (i32.const 65) (i32.shr_u (local.get $number) (i32.const 4))))
      (call $set (i32.load (i32.const 68)) (i32.const 48) (i32.const 2)
        (i32.const 1) (i64.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96))
      (br_if $next (i32.eqz (i32.load8_u (i32.const 96)))))
    ;; quota-exceeded is 1
    (if (i32.ne (i32.load8_u (i32.const 100)) (i32.const 1)) (then (unreachable)))
    (i32.store8 (i32.const 160) (i32.const 1))
    (i32.store (i32.const 164) (i32.const 32))
    (i32.store (i32.const 168) (i32.const 7))
    (i32.const 160)))
