;; Calls the host and returns ok(true).
(module
  (import "evroute:probe/host@0.1.0" "call" (func $call))
  (memory (export "memory") 1)
  (data (i32.const 1028) "\01")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 2048))
  (func (export "evroute:probe/asked@0.1.0#handle") (param i32) (result i32)
    (call $call)
    (i32.const 1024)))
