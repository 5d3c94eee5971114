;; Logs lines of 1,000 bytes without end: QuotaExceeded, log bytes, before the lines are too many.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 0x61) (i32.const 1000))
    (loop $for_ever
      (call $log (i32.const 0) (i32.const 0) (i32.const 1000))
      (br $for_ever))
    (unreachable)))
