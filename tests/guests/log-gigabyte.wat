;; Logs a gigabyte in lines of 1 MiB: QuotaExceeded with the first of them, bytes moved by host
;; calls.
(module
  (import "evroute:log/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 17)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (local $lines i32)
    (memory.fill (i32.const 65536) (i32.const 0x61) (i32.const 1048576))
    (loop $next
      (call $log (i32.const 0) (i32.const 65536) (i32.const 1048576))
      (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $lines) (i32.const 1024))))
    ;; ok(send): a zero of each.
    (i32.const 16)))
