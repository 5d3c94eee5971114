;; Asks for header fields by names of a hundred thousand bytes: QuotaExceeded, bytes moved by host
;; calls. What a guest only names has moved, too.
(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message" (func $message (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[method]message.header" (func $header (param i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export "evroute:tm/local-request@0.1.0#handle") (param $event i32) (result i32)
    (local $message i32)
    (memory.fill (i32.const 4096) (i32.const 120) (i32.const 100000))
    (local.set $message (call $message (local.get $event)))
    (loop $for_ever
      ;; message.header("xxx..."), its result at 128
      (call $header (local.get $message) (i32.const 4096) (i32.const 100000) (i32.const 128))
      (br $for_ever))
    (unreachable)))
