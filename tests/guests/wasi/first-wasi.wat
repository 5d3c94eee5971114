;; World `first-wasi`. Uses WASI by the names of version 0.2.0: Returned, `send`.
(module
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $number (result i64)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (if (i64.eq (call $number) (call $number)) (then (unreachable)))
    (i32.const 16)))
