;; Logs bytes that are not UTF-8: Trap.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\ff\fe\c0\80")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (call $log (i32.const 0) (i32.const 16) (i32.const 4))
    (i32.const 32)))
