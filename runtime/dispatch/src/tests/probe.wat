;; Calls the host, works a little, so that its deadline is looked at, and returns ok(true).
(module
  (import "evroute:probe/host@0.1.0" "call" (func $call))
  (memory (export "memory") 1)
  (data (i32.const 1028) "\01")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func (export "evroute:probe/asked@0.1.0#handle") (param i32) (result i32)
    (local $turns i32)
    (call $call)
    (loop $work
      (local.set $turns (i32.add (local.get $turns) (i32.const 1)))
      (br_if $work (i32.lt_u (local.get $turns) (i32.const 1000))))
    (i32.const 1024)))
