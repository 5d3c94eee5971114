;; Logs a short line without end: QuotaExceeded, log lines.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "spam")
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (loop $for_ever
      (call $log (i32.const 0) (i32.const 16) (i32.const 4))
      (br $for_ever))
    (unreachable)))
