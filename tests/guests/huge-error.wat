;; Gives up with a sentence of 15 MiB: QuotaExceeded, bytes moved by host calls.
(module
  (memory (export "memory") 242)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; Memory begins as zeros, and NUL is valid UTF-8.
    (i32.store8 (i32.const 16) (i32.const 1))
    (i32.store (i32.const 20) (i32.const 65536))
    (i32.store (i32.const 24) (i32.const 15728640))
    (i32.const 16)))
