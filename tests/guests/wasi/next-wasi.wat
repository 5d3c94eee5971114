;; World `next-wasi`. Uses WASI 0.3: refused at deploy, with the import's name.
(module
  (import "wasi:random/random@0.3.0" "get-random-u64" (func $number (result i64)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (drop (call $number))
    (i32.const 16)))
