;; Logs a line that begins in its memory and ends far behind it: Trap.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (call $log (i32.const 0) (i32.const 65520) (i32.const 1024))
    (i32.const 32)))
