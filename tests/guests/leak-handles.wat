;; Takes a new handle on its message without end and drops none: QuotaExceeded, resource handles.
(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func $message (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (loop $for_ever
      (drop (call $message (local.get $event)))
      (br $for_ever))
    (unreachable)))
