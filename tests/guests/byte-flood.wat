;; Writes long values under ever the same variable: few calls, many bytes: QuotaExceeded, bytes
;; moved by host calls.
(module
  (import "evroute:pv/shv@0.1.0" "set" (func $set (param i32 i32 i32 i64 i32 i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "flood")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32)
    (loop $for_ever
      ;; set("flood", text(64 KiB of NUL))
      (call $set (i32.const 16) (i32.const 5) (i32.const 2) (i64.const 65536) (i32.const 65536) (i32.const 0))
      (br $for_ever))
    (unreachable)))
