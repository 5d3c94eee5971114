;; Returns a verdict that does not exist: Trap.
(module
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    ;; ok(verdict number 7)
    (i32.store8 (i32.const 20) (i32.const 7))
    (i32.const 16)))
