;; Gives up with a sentence of 100,000 bytes in several lines: GuestError, cut to what a log bears.
(module
  (memory (export "memory") 3)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 100000))
    (i32.store8 (i32.const 65546) (i32.const 0x0a))
    (i32.store8 (i32.const 16) (i32.const 1))
    (i32.store (i32.const 20) (i32.const 65536))
    (i32.store (i32.const 24) (i32.const 100000))
    (i32.const 16)))
