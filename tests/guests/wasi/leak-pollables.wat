;; World `wasi`. Takes something to wait for without end and drops none: QuotaExceeded, resource
;; handles.
(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $after (param i64) (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (loop $for_ever
      (drop (call $after (i64.const 0)))
      (br $for_ever))
    (unreachable)))
