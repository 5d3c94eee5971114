;; Breaks after it has written an entry and a shared variable: Trap, and both are as they were
;; before. Where a write is refused it returns a verdict instead, so that the test notices.
(module
  (import "evroute:htable/htable@0.1.0" "[static]table.open" (func $open (param i32 i32 i32)))
  (import "evroute:htable/htable@0.1.0" "[method]table.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "evroute:pv/shv@0.1.0" "add" (func $add (param i32 i32 i64 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "blocked")
  (data (i32.const 32) "mallory")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; table.open("blocked"), its result at 64
    (call $open (i32.const 16) (i32.const 7) (i32.const 64))
    ;; table.set("mallory", int(7), none), its result at 96
    (call $set (i32.load (i32.const 68)) (i32.const 32) (i32.const 7)
      (i32.const 1) (i64.const 7) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 96))
    ;; shv.add("mallory", 7), its result at 128
    (call $add (i32.const 32) (i32.const 7) (i64.const 7) (i32.const 128))
    (if (i32.or (i32.load8_u (i32.const 64)) (i32.or (i32.load8_u (i32.const 96)) (i32.load8_u (i32.const 128))))
      (then (return (i32.const 512))))
    (unreachable)))
