;; World `wasi`. Asks for more randomness than there is memory: QuotaExceeded, bytes moved by host
;; calls.
(module
  (import "wasi:random/random@0.2.12" "get-random-bytes" (func $bytes (param i64 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (call $bytes (i64.const -1) (i32.const 64))
    (i32.const 16)))
