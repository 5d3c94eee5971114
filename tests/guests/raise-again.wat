;; Raises its own event each time it handles it: the chain ends at event_depth_max, where the raise
;; is refused and the guest says so by its error.
(module
  (import "evroute:custom/raise@0.1.0" "raise" (func $raise (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "again")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:custom/event@0.1.0#handle") (param i32) (result i32)
    ;; raise("again", []), its result at 32
    (call $raise (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 32))
    ;; result<_, string> at 64: err("again") where the raise was refused
    (i32.store8 (i32.const 64) (i32.load8_u (i32.const 32)))
    (i32.store (i32.const 68) (i32.const 16))
    (i32.store (i32.const 72) (i32.const 5))
    (i32.const 64)))
